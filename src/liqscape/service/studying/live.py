"""The study of a live map: a thread of its own follows the history, woken by each stored frame."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import HistoryReplaced, StoreError
from liqscape.feed.pause import pause
from liqscape.service.executors import beside
from liqscape.service.studying.standing import StudyState

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars

    from liqscape.store.studies import CoinSpan

log = logging.getLogger("liqscape.live")

RETRY_SECONDS = 30.0
"""After a folder could not be read, or another program was at it."""


class LiveStudy:
    """`stored` wakes it, `run` studies; doors read `state` and `rows`.

    The frames that wait are those in the history: however far it falls behind, nothing but a flag is queued.

    kept  folder whose studies are gone on with, where the history's own is not to be written.
    """

    def __init__(self, data: Path, executor: Executor | None = None, kept: Path | None = None) -> None:
        from liqscape.service.studying.follow import StudyFollower
        from liqscape.store.studies import StudyReader

        self.state = StudyState()
        self._follower = StudyFollower(data, self.state, kept=kept)
        self._reader = StudyReader(data if kept is None else kept)
        self._executor = executor
        self._has_stored = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stored(self, _: int = 0) -> None:
        """A frame is durable. From any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._has_stored.set)

    async def run(self, stop: asyncio.Event) -> None:
        """Study until `stop`; then what was studied is kept."""
        self._loop = asyncio.get_running_loop()
        self._has_stored.set()  # what is there already
        try:
            while not stop.is_set():
                await _either(stop, self._has_stored)
                self._has_stored.clear()
                if not (stop.is_set() or await self._advance(stop.is_set)):
                    await pause(stop, RETRY_SECONDS)
                    self._has_stored.set()
            await beside(self._executor, self._follower.close)
        except HistoryReplaced as error:
            log.warning("the history is not studied any more: %s", error)
        except (StoreError, OSError) as error:
            log.warning("what was studied last is studied again after the next start: %s", error)
        finally:
            self._loop = None

    async def _advance(self, is_over: Callable[[], bool]) -> bool:
        try:
            await beside(self._executor, self._follower.advance, is_over)
        except (StoreError, OSError) as error:
            if isinstance(error, HistoryReplaced):
                raise
            log.warning("the history is not studied now: %s", error)
            return False
        return True

    def rows(
        self, table: str, coin: str | None = None, start_ms: int | None = None, end_ms: int | None = None
    ) -> polars.DataFrame:
        """Rows of a table as `StudyReader.rows` gives them, with those that are in no part yet. From any thread."""
        from liqscape.service.studying.merging import merge_rows

        pending = self._follower.pending(
            table
        )  # first: what is put into a part meanwhile is in both, and left out below
        stored = self._reader.rows(table, coin, start_ms, end_ms)
        return merge_rows(table, stored, pending, coin, start_ms, end_ms)

    def spans(self, coin: str) -> list[CoinSpan]:
        """What is kept of a coin, by day."""
        return self._reader.spans(coin)

    def end_state(self, coin: str) -> bytes | None:
        """How a coin stood at the end of the last part that has it."""
        return self._reader.end_state(coin)


async def _either(stop: asyncio.Event, some: asyncio.Event) -> None:
    tasks = [asyncio.create_task(stop.wait()), asyncio.create_task(some.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
