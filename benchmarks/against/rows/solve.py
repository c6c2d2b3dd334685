"""Levels of all positions and bands of all coins: 300,000 accounts, 700,000 positions, one thread."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from market_job import make_job, touched_bytes
from population import make_population
from timing import copy_job

from against.clock import processor


def prepare() -> dict[str, Callable[[], float]]:
    """The whole job, its two halves, and a copy of as many bytes as it touches."""
    job = make_job(make_population(7))
    bands = job.band()
    return {
        "solve and bands": processor(job.both),
        "solve": processor(job.solve),
        "bands": processor(job.band),
        "stream": processor(copy_job(touched_bytes(job, len(bands)))),
        "check:solve": lambda: float(zlib.crc32(job.solve().tobytes())),
        "check:bands": lambda: float(zlib.crc32(bands.level_notional.tobytes() + bands.band.tobytes())),
    }
