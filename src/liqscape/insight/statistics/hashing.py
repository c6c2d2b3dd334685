"""Chance that is none: numbers that follow from what something is called, the same in every run and process."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from liqscape.units import Int64Array

UInt64Array = npt.NDArray[np.uint64]

_GOLDEN, _FIRST, _SECOND = (np.uint64(each) for each in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def seed_of(name: str) -> int:
    """64 bits of a hash of a name."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def drawn_numbers(text: str, count: int) -> UInt64Array:
    """(count,) numbers of chance that a text stands for."""
    return mixed(seed_of(text), np.arange(1, count + 1))


def mixed(seed: int, number: Int64Array) -> UInt64Array:
    """(n,) output of SplitMix64 so many steps on from a seed, for each number; neighbours have nothing in common."""
    with np.errstate(over="ignore"):
        state = number.astype(np.uint64) * _GOLDEN + np.uint64(seed)
        state = (state ^ (state >> np.uint64(30))) * _FIRST
        state = (state ^ (state >> np.uint64(27))) * _SECOND
        result: UInt64Array = state ^ (state >> np.uint64(31))
    return result
