"""Structure as it was known at a time: from bars that had ended by then, and swings that were known by then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.insight.structure.bars import PriceBars
from liqscape.insight.structure.profile import VolumeProfile, build_profile
from liqscape.insight.structure.ranges import MONTH_DAYS, RANGE_DAYS, Extremes, extremes_at
from liqscape.insight.structure.sessions import Session, sessions_at
from liqscape.insight.structure.swings import Swing, fractal_swings, zigzag_swings
from liqscape.insight.structure.true_range import average_true_range
from liqscape.units import DAY_MS, HOUR_MS, Float64Array

SWING_DAYS = 30
"""Swings older than this are not looked at."""
MAX_STALE_MS = 2 * HOUR_MS
"""An ATR whose last bar ended longer ago is not of now."""


@dataclass(frozen=True, kw_only=True)
class PriceHistory:
    """Bars of a coin as they came, those of an hour with their ATR (N,), and all swings of them.

    Made once for a coin, asked for any time within: nothing after that time is looked at.
    """

    fine: PriceBars
    hours: PriceBars
    atr: Float64Array
    swings: tuple[Swing, ...]

    @classmethod
    def of_bars(cls, fine: PriceBars) -> PriceHistory:
        """From bars of at most an hour; longer ones give sessions and ranges, but neither swings nor an ATR."""
        hours = fine.coarser(HOUR_MS) if fine.interval_ms <= HOUR_MS else fine.between(0, 0)
        atr = average_true_range(hours)
        return cls(fine=fine, hours=hours, atr=atr, swings=(*fractal_swings(hours), *zigzag_swings(hours, atr)))

    def swings_at(self, at_ms: int) -> tuple[Swing, ...]:
        """Swings known at a time and at most SWING_DAYS old, by time; broken only as far as that was known."""
        since_ms = at_ms - SWING_DAYS * DAY_MS
        known = (swing for swing in self.swings if since_ms <= swing.time_ms and swing.known_ms <= at_ms)
        return tuple(
            sorted((_as_known(each, at_ms) for each in known), key=lambda each: (each.time_ms, each.side, each.kind))
        )


@dataclass(frozen=True, kw_only=True)
class Structure:
    """What was known of a coin's price at a time. mark: USD, NaN unknown. atr: of 14 hours, USD; None: too few bars.

    swings  known by then and at most SWING_DAYS old, by time; `broken_ms` only as far as it was known.
    """

    at_ms: int
    mark: float
    atr: float | None
    swings: tuple[Swing, ...]
    sessions: tuple[Session, ...]
    donchian: Extremes | None
    month: Extremes | None
    profile: VolumeProfile | None

    @property
    def standing(self) -> tuple[Swing, ...]:
        """Swings that no later bar had traded beyond."""
        return tuple(swing for swing in self.swings if swing.broken_ms is None)


def structure_at(history: PriceHistory, at_ms: int, mark: float) -> Structure:
    """Structure at a time; mark USD at it, NaN where it is unknown."""
    return Structure(
        at_ms=at_ms,
        mark=mark,
        atr=_atr_at(history, at_ms),
        swings=history.swings_at(at_ms),
        sessions=tuple(sessions_at(history.fine, at_ms, mark)),
        donchian=extremes_at(history.fine, at_ms, RANGE_DAYS),
        month=extremes_at(history.fine, at_ms, MONTH_DAYS),
        profile=build_profile(history.fine.between(at_ms - MONTH_DAYS * DAY_MS, at_ms)),
    )


def _atr_at(history: PriceHistory, at_ms: int) -> float | None:
    row = int(np.searchsorted(history.hours.end_ms, at_ms, "right")) - 1
    if row < 0 or history.hours.end_ms[row] < at_ms - MAX_STALE_MS or np.isnan(history.atr[row]):
        return None
    return float(history.atr[row])


def _as_known(swing: Swing, at_ms: int) -> Swing:
    """The same without what came later."""
    if swing.broken_ms is None or swing.broken_ms <= at_ms:
        return swing
    return Swing(
        kind=swing.kind,
        side=swing.side,
        price=swing.price,
        time_ms=swing.time_ms,
        known_ms=swing.known_ms,
        broken_ms=None,
    )
