"""Chance that is none: numbers that follow from what something is called, the same in every run and process."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from liqscape.units import AnyArray, Int64Array

_GOLDEN, _FIRST, _SECOND = (np.uint64(each) for each in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def seed_of(name: str) -> int:
    """64 bits of a hash of a name."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def mixed(seed: int, number: Int64Array) -> AnyArray:
    """(n,) uint64 for each number: SplitMix64 of number + seed; neighbours have nothing in common."""
    with np.errstate(over="ignore"):
        state = number.astype(np.uint64) * _GOLDEN + np.uint64(seed)
        state = (state ^ (state >> np.uint64(30))) * _FIRST
        state = (state ^ (state >> np.uint64(27))) * _SECOND
        result: AnyArray = state ^ (state >> np.uint64(31))
    return result
