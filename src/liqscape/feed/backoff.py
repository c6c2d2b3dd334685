"""Waits between attempts: twice as long each time, each drawn between nothing and that ("full jitter").

Clients that lost one server at one moment come back spread out. The draw is made by a generator passed in.
"""

from __future__ import annotations

import random

FIRST_WAIT_S = 0.5
MAX_WAIT_S = 30.0
"""The weight budget of the exchange is a minute; half of it is as long as a person waits (HL.DOC.LIMITS)."""


class Backoff:
    """`wait_s` after each failure, `reset` after success."""

    def __init__(self, chance: random.Random, *, first_s: float = FIRST_WAIT_S, max_s: float = MAX_WAIT_S) -> None:
        self.failures = 0
        self._chance = chance
        self._first_s = first_s
        self._max_s = max_s

    def wait_s(self) -> float:
        """Seconds before the next attempt."""
        bound = min(self._max_s, self._first_s * 2.0 ** min(self.failures, 32))
        self.failures += 1
        return self._chance.uniform(0.0, bound)

    def reset(self) -> None:
        """Start again with the shortest wait."""
        self.failures = 0
