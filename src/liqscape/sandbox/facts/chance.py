"""Made-up numbers that belong to a name: the same seed and name always give the same number."""

from __future__ import annotations

import hashlib

UNITS = 1 << 32


def share_of(seed: int, *name: object) -> float:
    """A number within 0 .. 1 (1 excluded) that belongs to a name, evenly spread over names."""
    return number_of(seed, *name) % UNITS / UNITS


def number_of(seed: int, *name: object) -> int:
    """The same as a whole number below 2^50."""
    text = " ".join(str(part) for part in (seed, *name)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8, person=b"beside").digest(), "big") >> 14
