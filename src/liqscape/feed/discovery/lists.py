"""Lists of the statistics host: who has an account of note, and which addresses are vaults. Read once a day."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from liqscape.errors import FeedError, WireError
from liqscape.feed.beside_loop import BesideLoop
from liqscape.feed.discovery.addresses import AddressBook
from liqscape.feed.discovery.listing import leaderboard_steps, observe_vault_list
from liqscape.feed.records import RecordKind
from liqscape.steps import Steps, at_once
from liqscape.units import DAY_MS

log = logging.getLogger("liqscape.live")

RETRY_S = 60.0

Fetch = Callable[[], Awaitable[bytes | None]]
"""The list's bytes, None where the server has none; raises FeedError."""
Take = Callable[[AddressBook, bytes, str, int], Steps[int]]
"""(book, content, address, now ms) to the number of rows; raises WireError."""
Say = Callable[[RecordKind, str, bytes], None]


def _vault_list_steps(book: AddressBook, content: bytes, source: str, now_ms: int) -> Steps[int]:
    """Some thousand rows: in one go."""
    return at_once(observe_vault_list(book, content, source, now_ms))


async def _keep(
    what: str,
    take: Take,
    stop: asyncio.Event,
    *,
    fetch: Fetch,
    url: str,
    book: AddressBook,
    say: Say,
    now_ms: Callable[[], int],
    beside: BesideLoop | None = None,
) -> None:
    """At the start and once a day, into the book and as a record; a failure is tried again soon.

    Ends where the server has none.
    """
    beside = beside or BesideLoop()
    while not stop.is_set():
        wait_s = DAY_MS / 1_000.0
        try:
            content = await fetch()
            if content is None:
                log.info("%s: no %s; addresses come from prints", url, what)
                return
            await beside.run(take(book, content, url, now_ms()))
            say(RecordKind.LISTING, url, content)
        except (FeedError, WireError) as error:
            log.warning("%s: %s", what, error)
            wait_s = RETRY_S
        try:
            async with asyncio.timeout(wait_s):
                await stop.wait()
        except TimeoutError:
            continue


keep_leaderboard = partial(_keep, "leaderboard", leaderboard_steps)
"""The leaderboard, as `_keep` keeps it."""
keep_vaults = partial(_keep, "list of vaults", _vault_list_steps)
"""The list of vaults, as `_keep` keeps it."""
