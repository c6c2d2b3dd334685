"""Levels of all positions and bands of all coins at new marks on two threads, by the clock: 700,000 positions."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from market_job import make_job, touched_bytes
from population import make_population
from timing import copy_job

from against.clock import wall
from against.rows.solve import checksum
from liqscape.heatmap.standing_bands import StandingBands
from liqscape.risk.threads import KernelThreads

THREADS = 2


def prepare() -> dict[str, Callable[[], float]]:
    """The whole job by two threads and by one, and a copy by one of as many bytes as it touches."""
    job = make_job(make_population(7))
    threads = KernelThreads(THREADS, ThreadPoolExecutor(THREADS - 1))
    snapshot = job.population.snapshot
    standing = StandingBands(*job.population, job.plan)
    bands = standing.at(snapshot, threads)[0]
    return {
        "two threads": wall(lambda: standing.at(snapshot, threads)),
        "one thread": wall(lambda: standing.at(snapshot)),
        "stream by the clock": wall(copy_job(touched_bytes(job, len(bands)))),
        "check:two threads": lambda: checksum(bands),
    }
