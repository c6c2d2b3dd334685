"""Figures of earlier minutes, which those of now are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from liqscape.units import MINUTE_MS, Float64Array

Held = TypeVar("Held")

MAX_STEP_MS = 5 * MINUTE_MS
"""A figure is the one of `minutes` ago where it was known no longer than this before then."""


def known_at(held: Sequence[tuple[int, Held]], then_ms: int) -> Held | None:
    """The newest at or before a time, of those held by time; None where it is too old, or there is none."""
    for at_ms, figures in reversed(held):
        if at_ms <= then_ms:
            return figures if at_ms >= then_ms - MAX_STEP_MS else None
    return None


def oldest_needed_ms(now_ms: int, minutes: Float64Array) -> int:
    """Since when figures have to be held to look back so many minutes, each."""
    return now_ms - int(np.max(minutes) * MINUTE_MS) - MAX_STEP_MS
