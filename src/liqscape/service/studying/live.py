"""The study of a live map: a thread of its own follows the history, woken by each stored frame."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from liqscape.errors import HistoryReplaced, StoreError
from liqscape.feed.pause import pause
from liqscape.service.executors import beside
from liqscape.service.studying.follow import StudyFollower
from liqscape.service.studying.standing import StudyState
from liqscape.store.studies import StudyReader
from liqscape.store.studies.schema import time_column

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("liqscape.live")

RETRY_SECONDS = 30.0
"""After a folder could not be read, or another program was at it."""


class LiveStudy:
    """`stored` wakes it, `run` studies; doors read `state` and `rows`.

    The frames that wait are those in the history: however far it falls behind, nothing but a flag is queued.
    """

    def __init__(self, data: Path, executor: Executor | None = None) -> None:
        self.state = StudyState()
        self._follower = StudyFollower(data, self.state)
        self._reader = StudyReader(data)
        self._executor = executor
        self._has_stored = asyncio.Event()
        self._is_ended = False

    def stored(self, _: int = 0) -> None:
        """A frame is durable. On the loop."""
        self._has_stored.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Study until `stop`; then what was studied is kept."""
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
    ) -> pl.DataFrame:
        """Rows of a table as `StudyReader.rows` gives them, with those that are in no part yet. From any thread."""
        pending = self._follower.pending(
            table
        )  # first: what is put into a part meanwhile is in both, and left out below
        stored = self._reader.rows(table, coin, start_ms, end_ms)
        return merge_rows(table, stored, pending, coin, start_ms, end_ms)


def merge_rows(
    table: str,
    stored: pl.DataFrame,
    pending: pl.DataFrame,
    coin: str | None,
    start_ms: int | None,
    end_ms: int | None,
) -> pl.DataFrame:
    """Stored rows and those of a span that are not among them yet, in order of time."""
    time = time_column(table)
    kept = pending if coin is None else pending.filter(pl.col("coin") == coin)
    if start_ms is not None:
        kept = kept.filter(pl.col(time).dt.epoch("ms") >= start_ms)
    if end_ms is not None:
        kept = kept.filter(pl.col(time).dt.epoch("ms") < end_ms)
    if not kept.height:
        return stored
    return pl.concat([stored, kept]).unique(maintain_order=True).sort(time, maintain_order=True)


async def _either(stop: asyncio.Event, some: asyncio.Event) -> None:
    tasks = [asyncio.create_task(stop.wait()), asyncio.create_task(some.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
