"""The process of low priority that a live map's days are scored in; it can be ended at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path

from liqscape.service.scoring.pieces import ScoredPiece, ScoreTask, score_piece
from liqscape.service.scoring.run import ScoreWanted, score_history
from liqscape.service.studying.executors import ProcessExecutor

NICENESS = 15
"""Of 19: the map's own work goes first."""


def score_days(data: Path, worker: QuietWorker, is_over: Callable[[], bool]) -> int:
    """Score every day that is over, a day at a time; how many were. Raises StoreError, QuestionError."""
    count = 0
    wanted = ScoreWanted(is_whole_days=True)
    try:
        for day in score_history(data, wanted, worker, 1, days_a_piece=1, work=score_quietly):
            count += day.is_new
            if is_over():
                break
    except _Stopped:
        return count
    return count


class _Stopped(Exception):
    """The map ends."""


class QuietWorker(ProcessExecutor):
    """One process, which `stop` ends at once; what was under way is scored again after the next start."""

    def __init__(self) -> None:
        super().__init__(1)
        self._is_stopped = False

    def stop(self) -> None:
        """From any thread."""
        self._is_stopped = True
        for pid in self.process_ids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def _pool(self, place: int) -> ProcessPoolExecutor:
        if self._is_stopped:
            raise _Stopped
        return super()._pool(place)


def score_quietly(task: ScoreTask) -> list[ScoredPiece]:
    """As `score_piece`, in a process that gives way to all others."""
    if os.getpriority(os.PRIO_PROCESS, 0) < NICENESS:
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    return score_piece(task)
