"""Taking times so that ratios mean something on a shared machine: interleaved rounds, minimum and median."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

THREAD_SETTINGS = (
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "POLARS_MAX_THREADS",
)


class Timing(NamedTuple):
    """Seconds over the rounds."""

    minimum: float
    median: float
    rounds: int


def one_thread() -> None:
    """One thread for every library, one core for this process. Call before anything imports NumPy."""
    for name in THREAD_SETTINGS:
        os.environ[name] = "1"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


@contextmanager
def all_cores() -> Iterator[None]:
    """Children started within may use every core: competitors, browsers and servers bring threads of their own."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    bound = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    try:
        yield
    finally:
        os.sched_setaffinity(0, bound)


def own_threads() -> dict[str, str]:
    """The environment for programs that are to run as their users run them."""
    return {name: value for name, value in os.environ.items() if name not in THREAD_SETTINGS}


def interleaved(jobs: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
    """Every job once a round, in turn (A B A B ...), after one unmeasured call of each."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for job in jobs.values():
        job()
    for _ in range(rounds):
        for name, job in jobs.items():
            started = time.perf_counter()
            job()
            taken[name].append(time.perf_counter() - started)
    return {name: summary(seconds) for name, seconds in taken.items()}


def summary(seconds: list[float]) -> Timing:
    """Minimum and median of some runs."""
    return Timing(min(seconds), float(np.median(seconds)), len(seconds))


def copy_job(byte_count: int) -> Callable[[], object]:
    """A plain copy that reads half of `byte_count` and writes the other half: the memory's own speed."""
    source = np.ones(byte_count // 16)
    target = np.empty_like(source)
    target[:] = 0.0
    return lambda: np.copyto(target, source)


def faults_per_call(job: Callable[[], object], calls: int = 5) -> float:
    """Pages the kernel had to hand out per call: fresh memory costs as much as the work."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(calls):
        job()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / calls


def peak_megabytes() -> float:
    """Highest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
