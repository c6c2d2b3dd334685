"""A leaderboard taken in beside other work is the one taken in at once; nothing is taken of one that cannot be read."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import msgspec
import numpy as np
import pytest

from liqscape.errors import RemoteWireError
from liqscape.feed.beside_loop import BesideLoop
from liqscape.feed.discovery import AddressBook, observe_leaderboard
from liqscape.feed.discovery.listing import ROWS, leaderboard_steps

NOW_MS = 1_770_000_000_000
COUNT = 2 * ROWS + 7
BOARD = msgspec.json.encode(
    {
        "leaderboardRows": [
            {
                "ethAddress": f"0x{number:040X}",
                "accountValue": f"{number}.5",
                "windowPerformances": [["week", {"pnl": "0", "roi": "0", "vlm": f"{number % 3}"}]],
                "prize": 0,
                "displayName": None,
            }
            for number in range(COUNT)
        ]
    }
)


async def beside(book: AddressBook, content: bytes) -> tuple[int, int]:
    """(rows taken in, times that another task of the loop had its turn meanwhile)."""
    turns = [0]

    async def other() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    with ThreadPoolExecutor(1) as pool:
        try:
            count = await BesideLoop(pool).run(leaderboard_steps(book, content, "board", NOW_MS))
        finally:
            task.cancel()
    return count, turns[0]


def test_a_leaderboard_taken_in_beside_other_work_is_the_one_taken_in_at_once() -> None:
    here, there = AddressBook(), AddressBook()
    assert observe_leaderboard(here, BOARD, "board", NOW_MS) == COUNT
    count, turns = asyncio.run(beside(there, BOARD))
    assert count == COUNT
    assert turns > COUNT // ROWS, "others have their turn between blocks of rows"
    assert list(there.addresses) == list(here.addresses)
    np.testing.assert_array_equal(there.columns().account_value, here.columns().account_value)
    np.testing.assert_array_equal(there.columns().week_volume, here.columns().week_volume)


def test_nothing_is_taken_of_a_leaderboard_that_cannot_be_read() -> None:
    book = AddressBook()
    with pytest.raises(RemoteWireError, match="board"):
        asyncio.run(beside(book, BOARD[:-1]))
    assert not len(book)
