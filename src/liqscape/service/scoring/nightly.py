"""Scores of a live map: each UTC day after its end, in a process of low priority, from what is stored."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import QuestionError, StoreError
from liqscape.service.executors import beside
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from liqscape.service.scoring.quiet import QuietWorker

log = logging.getLogger("liqscape.live")

AFTER_MS = 10 * MINUTE_MS
"""Into the new day: liquidations of the last minutes are confirmed by then, mostly."""
RETRY_MS = HOUR_MS
"""After another program scored, or the folder could not be written."""


class NightlyScores:
    """`stored` wakes it, `run` scores. Time is that of stored frames, so a replayed market is scored alike."""

    def __init__(self, data: Path, executor: Executor | None = None) -> None:
        self._data = data
        self._executor = executor
        self._is_due = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._next_ms = 0
        self._worker: QuietWorker | None = None

    def stored(self, time_ms: int = 0) -> None:
        """A frame of this time is durable. From any thread."""
        if self._loop is not None and time_ms >= self._next_ms and time_ms % DAY_MS >= AFTER_MS:
            self._next_ms = (time_ms // DAY_MS + 1) * DAY_MS + AFTER_MS
            self._loop.call_soon_threadsafe(self._is_due.set)

    async def run(self, stop: asyncio.Event) -> None:
        """Score until `stop`; a day under way is left and scored again after the next start."""
        self._loop = asyncio.get_running_loop()
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                due = asyncio.create_task(self._is_due.wait())
                await asyncio.wait((stopped, due), return_when=asyncio.FIRST_COMPLETED)
                due.cancel()
                if stop.is_set():
                    break
                self._is_due.clear()
                scoring = asyncio.create_task(beside(self._executor, self._score, stop.is_set))
                await asyncio.wait((stopped, scoring), return_when=asyncio.FIRST_COMPLETED)
                if not scoring.done() and self._worker is not None:
                    self._worker.stop()
                await scoring
        finally:
            self._loop = None
            stopped.cancel()

    def _score(self, is_over: Callable[[], bool]) -> None:
        """Every day that is over and not scored; in a thread."""
        from liqscape.service.scoring.quiet import QuietWorker, score_days

        self._worker = worker = QuietWorker()
        try:
            count = score_days(self._data, worker, is_over)
        except (StoreError, QuestionError, OSError) as error:
            log.warning("days are not scored now: %s", error)
            self._next_ms = self._next_ms - DAY_MS + RETRY_MS
            return
        finally:
            worker.close()
        if count:
            log.info("%d days were scored", count)
