"""UTC days and weeks: open, high and low of the present one and of the one before. Weeks begin on Monday, 00:00 UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from liqscape.insight.structure.bars import PriceBars
from liqscape.insight.structure.ranges import MIN_SHARE
from liqscape.units import DAY_MS

SessionName = Literal["day", "week"]

WEEK_MS = 7 * DAY_MS
MONDAY_MS = 4 * DAY_MS
"""The first Monday after 1970-01-01, a Thursday."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """[start, end) with the prices that are known of it, USD. is_whole: at least MIN_SHARE of its time has bars, of
    the present one up to the time asked about."""

    name: SessionName
    is_present: bool
    start_ms: int
    end_ms: int
    open: float
    high: float
    low: float
    is_whole: bool


def sessions_at(bars: PriceBars, at_ms: int, mark: float) -> list[Session]:
    """Present and previous day and week, those without any price left out.

    bars  of at most a day, the finest there are: a bar of a session lies in it as a whole.
    mark  at the time, USD; NaN unknown. It counts for the present sessions, for the bar under way is not over.
    """
    found = []
    names: tuple[tuple[SessionName, int, int], ...] = (("day", DAY_MS, 0), ("week", WEEK_MS, MONDAY_MS))
    for name, length_ms, offset_ms in names:
        start_ms = at_ms - (at_ms - offset_ms) % length_ms
        for is_present in (True, False):
            begin_ms = start_ms if is_present else start_ms - length_ms
            one = _session(bars, name, begin_ms, begin_ms + length_ms, at_ms if is_present else None, mark)
            if one is not None:
                found.append(one)
    return found


def _session(
    bars: PriceBars, name: SessionName, start_ms: int, end_ms: int, present_ms: int | None, mark: float
) -> Session | None:
    """present_ms  the time asked about where it lies in this session."""
    until_ms = end_ms if present_ms is None else present_ms
    own = bars.between(start_ms, until_ms)
    prices = [] if not len(own) else [float(own.open[0]), float(own.high.max()), float(own.low.min())]
    if present_ms is not None and mark > 0.0:
        prices = [mark, mark, mark] if not prices else [prices[0], max(prices[1], mark), min(prices[2], mark)]
    if not prices:
        return None
    wanted = (until_ms - start_ms) // bars.interval_ms
    return Session(
        name=name,
        is_present=present_ms is not None,
        start_ms=start_ms,
        end_ms=end_ms,
        open=prices[0],
        high=prices[1],
        low=prices[2],
        is_whole=len(own) >= MIN_SHARE * wanted,
    )
