"""Random numbers: every draw of the world comes from a PCG64 generator named by (seed, stream, index).

So the state of chance is one number, the index of the block, and no part's draws shift another's.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What a generator is for."""

    POPULATION = 0
    PRICES = 1
    TRADERS = 2
    VAULTS = 3
    BUILDERS = 4
    STOPS = 5


def generator(seed: int, stream: Stream, index: int = 0) -> np.random.Generator:
    """The generator of one part at one index; the same arguments give the same numbers."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, int(stream), index))))
