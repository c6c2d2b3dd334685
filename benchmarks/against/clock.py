"""How a job is timed in a row."""

from __future__ import annotations

import time
from collections.abc import Callable


def processor(job: Callable[[], object]) -> Callable[[], float]:
    """Does `job` once: seconds of the processor it took, all threads of the process together."""

    def timed() -> float:
        began = time.process_time()
        job()
        return time.process_time() - began

    return timed


def wall(job: Callable[[], object]) -> Callable[[], float]:
    """Does `job` once: seconds on the clock. For several threads, for processes of their own, and for waits."""

    def timed() -> float:
        began = time.perf_counter()
        job()
        return time.perf_counter() - began

    return timed
