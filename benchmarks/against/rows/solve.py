"""Levels of all positions and bands of all coins at new marks: 300,000 accounts, 700,000 positions, one thread."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np
from market_job import make_job, touched_bytes
from population import make_population
from timing import copy_job

from against.clock import processor
from liqscape.heatmap.bands import Bands


def prepare() -> dict[str, Callable[[], float]]:
    """The whole job at new marks, the same of accounts nothing is kept of and its two halves, and a copy of as many
    bytes as that touches."""
    job = make_job(make_population(7))
    bands = job.band()
    return {
        "solve and bands": processor(job.at_new_marks),
        "solve and bands from nothing": processor(job.both),
        "solve": processor(job.solve),
        "bands": processor(job.band),
        "stream": processor(copy_job(touched_bytes(job, len(bands)))),
        "check:solve": lambda: float(zlib.crc32(job.solve().tobytes())),
        "check:new marks": lambda: checksum(job.at_new_marks()),
        "check:bands": lambda: checksum(bands),
    }


def checksum(bands: Bands) -> float:
    """Of how much is in which band; sums differ in their last digits between builds (heatmap/exact_sums.py)."""
    lots = np.rint(1e5 * bands.size).astype(np.int64)  # no coin has more decimals
    return float(zlib.crc32(lots.tobytes() + bands.position_count.tobytes() + bands.band.tobytes()))
