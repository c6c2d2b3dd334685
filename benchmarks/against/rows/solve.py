"""Levels of all positions and bands of all coins at new marks: 300,000 accounts, 700,000 positions, one thread."""

from __future__ import annotations

import zlib
from collections.abc import Callable

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
    """Of what is in which band."""
    return float(zlib.crc32(bands.level_notional.tobytes() + bands.band.tobytes()))
