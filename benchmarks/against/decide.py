"""From figures to a verdict. Pure: nothing is measured here."""

from __future__ import annotations

import math
from collections.abc import Sequence

SLOWER = 1.05
"""A row that costs more than 5 % over the other build is named."""


def ratio(before: Sequence[float], now: Sequence[float]) -> float:
    """Best figure of this build over the best of the other: what else runs on a machine only ever adds time."""
    return min(now) / min(before) if min(before) > 0.0 else math.inf


def is_suspect(found: float) -> bool:
    """Whether a row has to be asked again, with more turns and in new processes, before it may be named."""
    return found > SLOWER


def verdict(found: float, again: float | None, wanted: float | None) -> str:
    """SLOWER (asked twice, both times more than 5 %), reached or not reached (`wanted`), or nothing."""
    if is_suspect(found) and again is not None and is_suspect(again):
        return "SLOWER"
    if wanted is None:
        return ""
    return "reached" if settled(found, again) <= wanted else "not reached"


def settled(found: float, again: float | None) -> float:
    """The ratio that stands: the later one has more turns."""
    return found if again is None else again


def enough(rounds: int, seconds: float, *, fewest: int, most: int, budget_s: float) -> bool:
    """Whether a file had its turns: never fewer than `fewest` rounds, then as many as the seconds hold."""
    return rounds >= most or (rounds >= fewest and seconds >= budget_s)
