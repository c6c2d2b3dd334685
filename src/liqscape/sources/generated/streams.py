"""Random numbers: every draw of the generated market comes from a generator named by (seed, stream, index)."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What a generator is for; so no part's draws shift another's."""

    POPULATION = 0
    WARM_UP = 1
    STEP = 2
    BRIDGE = 3
    SCHEDULE = 4


def generator(seed: int, stream: Stream, index: int = 0) -> np.random.Generator:
    """The generator of one part at one index; the same arguments give the same numbers."""
    return np.random.default_rng([seed, int(stream), index])
