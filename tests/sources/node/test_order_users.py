"""Users out of growing files of order statuses; what is no status is counted and passed over."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from small_sandbox import SmallSandbox, eventful_sandbox

from liqscape.sandbox.files import NodeFiles
from liqscape.sources.node.order_users import OrderUsers
from liqscape.wire.node.order_statuses import parse_order_statuses
from liqscape.wire.node.tables import Batching

DAY_MS = 1_770_076_800_000
"""2026-02-03."""
COINS = {"BTC"}


def name(number: int) -> str:
    return f"0x{number:040x}"


def write(folder: Path, hour: str, *users: int, table: str = "node_order_statuses") -> None:
    path = folder / table / "hourly" / hour
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        for user in users:
            line = {"time": "t", "user": name(user), "status": "open", "order": {"coin": "BTC"}}
            file.write(json.dumps(line).encode() + b"\n")


def test_users_come_once_for_every_piece_of_the_files(tmp_path: Path) -> None:
    reader = OrderUsers(tmp_path, start_ms=DAY_MS)
    assert reader.read(COINS) is None
    write(tmp_path, "20260203/0", 1, 2, 1)
    assert reader.read(COINS) == {name(1), name(2)}
    assert reader.read(COINS) is None
    write(tmp_path, "20260203/1", 2, 3)
    assert reader.read(COINS) == {name(2), name(3)}
    assert (reader.figures().statuses, reader.figures().malformed) == (5, 0)


def test_hours_before_the_present_one_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, "20260202/23", 1)
    write(tmp_path, "20260203/0", 2)
    assert OrderUsers(tmp_path, start_ms=DAY_MS).read(COINS) == {name(2)}


def test_a_line_that_is_none_is_counted(tmp_path: Path) -> None:
    write(tmp_path, "20260203/0", 1)
    with (tmp_path / "node_order_statuses" / "hourly" / "20260203" / "0").open("ab") as file:
        file.write(b'{"user": 5}\n\xff\xfe\n')
    write(tmp_path, "20260203/0", 2)
    reader = OrderUsers(tmp_path, start_ms=DAY_MS)
    assert reader.read(COINS) == {name(1), name(2)}
    assert reader.figures().malformed == 2


def test_lines_without_a_user_of_ours_are_lines_all_the_same(tmp_path: Path) -> None:
    write(tmp_path, "20260203/0", 1)
    assert OrderUsers(tmp_path, start_ms=DAY_MS).read({"ETH"}) == set()


def test_run_hands_over_what_comes_until_it_is_stopped(tmp_path: Path) -> None:
    found: list[str] = []

    async def whole() -> None:
        stop = asyncio.Event()

        def sink(addresses: list[str]) -> None:
            found.extend(addresses)
            if len(found) == 2:
                write(tmp_path, "20260203/0", 3)
            else:
                stop.set()

        write(tmp_path, "20260203/0", 2, 1)
        reader = OrderUsers(tmp_path, start_ms=DAY_MS)
        await asyncio.wait_for(reader.run(stop, lambda: COINS, sink, interval_seconds=0.001), 20)

    asyncio.run(whole())
    assert found == [name(1), name(2), name(3)]


@pytest.mark.parametrize("is_by_block", [True, False])
def test_orders_of_a_sandbox_name_those_who_have_them(tmp_path: Path, is_by_block: bool) -> None:
    world: SmallSandbox = eventful_sandbox()
    files = NodeFiles(tmp_path, is_by_block=is_by_block, state_every=None, has_orders=True)
    account = world.open(77, 1_000.0)
    output = world.step(1_000, world.order(account, 0, 0.001, price=1_000.0))
    files.observe(world.exchange, output)
    files.close()
    reader = OrderUsers(tmp_path, start_ms=output.time_ms)
    assert world.exchange.addresses[account] in (reader.read(set(world.exchange.markets.coins)) or ())
    (path,) = tmp_path.glob("node_order_statuses*/hourly/*/*")
    batching = Batching.BLOCK if is_by_block else Batching.EVENT
    statuses = [
        each for line in path.read_bytes().splitlines() for each in parse_order_statuses(line, batching, "x").statuses
    ]
    assert {each.status for each in statuses} == {"open"}


def test_a_sandbox_writes_no_orders_unless_it_is_told_to(tmp_path: Path) -> None:
    world = eventful_sandbox()
    files = NodeFiles(tmp_path, state_every=None)
    files.observe(world.exchange, world.step(1_000))
    files.close()
    assert not list(tmp_path.glob("node_order_statuses*"))
