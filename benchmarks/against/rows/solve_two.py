"""Levels of all positions and bands of all coins on two threads, by the clock: 300,000 accounts, 700,000 positions."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from market_job import make_job, touched_bytes
from population import make_population
from timing import copy_job

from against.clock import wall
from liqscape.heatmap.bands import Bands
from liqscape.heatmap.build import build_bands
from liqscape.risk.liquidation import solve_roots
from liqscape.risk.threads import KernelThreads

THREADS = 2


def prepare() -> dict[str, Callable[[], float]]:
    """The whole job, and a copy by one thread of as many bytes as it touches."""
    job = make_job(make_population(7))
    threads = KernelThreads(THREADS, ThreadPoolExecutor(THREADS - 1))
    accounts, snapshot, tables = job.population

    def both() -> Bands:
        root = solve_roots(accounts, snapshot, tables, out=job.workspace.root(len(job.root)), threads=threads)
        return build_bands(accounts, snapshot, root, job.plan, job.workspace, threads=threads)[0]

    bands = both()
    return {
        "two threads": wall(both),
        "stream by the clock": wall(copy_job(touched_bytes(job, len(bands)))),
        "check:two threads": lambda: float(zlib.crc32(bands.level_notional.tobytes() + bands.band.tobytes())),
    }
