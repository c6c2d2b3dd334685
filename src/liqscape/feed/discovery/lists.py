"""Lists of the statistics host: who has an account of note, and which addresses are vaults. Read once a day."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from liqscape.errors import FeedError, WireError
from liqscape.feed.discovery.addresses import AddressBook
from liqscape.feed.discovery.listing import observe_leaderboard, observe_vault_list
from liqscape.feed.records import RecordKind
from liqscape.units import DAY_MS

log = logging.getLogger("liqscape.live")

RETRY_S = 60.0

Fetch = Callable[[], Awaitable[bytes | None]]
"""The list's bytes, None where the server has none; raises FeedError."""
Take = Callable[[AddressBook, bytes, str, int], int]
"""(book, content, address, now ms) to the number of rows; raises WireError."""
Say = Callable[[RecordKind, str, bytes], None]


async def keep_leaderboard(
    stop: asyncio.Event, fetch: Fetch, url: str, book: AddressBook, say: Say, now_ms: Callable[[], int]
) -> None:
    """The leaderboard, as `_keep` keeps it."""
    await _keep("leaderboard", observe_leaderboard, stop, fetch, url, book, say, now_ms)


async def keep_vaults(
    stop: asyncio.Event, fetch: Fetch, url: str, book: AddressBook, say: Say, now_ms: Callable[[], int]
) -> None:
    """The list of vaults, as `_keep` keeps it."""
    await _keep("list of vaults", observe_vault_list, stop, fetch, url, book, say, now_ms)


async def _keep(
    what: str,
    take: Take,
    stop: asyncio.Event,
    fetch: Fetch,
    url: str,
    book: AddressBook,
    say: Say,
    now_ms: Callable[[], int],
) -> None:
    """At the start and once a day, into the book and as a record; a failure is tried again soon.

    Ends where the server has none.
    """
    while not stop.is_set():
        wait_s = DAY_MS / 1_000.0
        try:
            content = await fetch()
            if content is None:
                log.info("%s: no %s; addresses come from prints", url, what)
                return
            take(book, content, url, now_ms())
            say(RecordKind.LISTING, url, content)
        except (FeedError, WireError) as error:
            log.warning("%s: %s", what, error)
            wait_s = RETRY_S
        try:
            async with asyncio.timeout(wait_s):
                await stop.wait()
        except TimeoutError:
            continue
