"""Swing highs and lows by two rules (docs/structure.md, "Swings"): a fractal of k bars and an ATR zigzag.

Fractal: a run of equal highs is one swing high, at its first bar, where the k bars before it and the k bars behind it
are all lower; a run of one bar is the usual case. So a flat top is marked once, a flat series never. Libraries differ
here: `scipy.signal.argrelextrema` with `greater` marks no flat top, with `greater_equal` every bar of a flat series;
`find_peaks` marks flat tops by the middle, and knows neither k lower bars nor holes.

Zigzag: a high is a pivot once price has come down from it by MULTIPLE times the ATR of the bar before; the bar of the
extreme itself never confirms it, for the order within a bar is not known. Lows are the mirror image of both.

A swing is known when its last bar is over, and broken by the first later bar that trades beyond it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from liqscape.insight.structure.bars import PriceBars
from liqscape.units import AnyArray, BoolArray, Float64Array, Int64Array

SwingKind = Literal["fractal", "zigzag"]
SwingSide = Literal["high", "low"]

FRACTAL_BARS = 5
ZIGZAG_ATR = 3.0


@dataclass(frozen=True, kw_only=True)
class Swing:
    """A swing high or low. price USD; time_ms start of its (first) bar; known_ms when it was known to be one;
    broken_ms end of the first later bar beyond it, None: it stands."""

    kind: SwingKind
    side: SwingSide
    price: float
    time_ms: int
    known_ms: int
    broken_ms: int | None

    def stands_at(self, at_ms: int) -> bool:
        """Whether it was known, and not broken yet, at a time."""
        return self.known_ms <= at_ms and (self.broken_ms is None or self.broken_ms > at_ms)


def fractal_swings(bars: PriceBars, count: int = FRACTAL_BARS) -> list[Swing]:
    """Of both sides, by time, highs first. `count` bars on either side must follow one another without a hole."""
    is_cut = bars.is_after_hole
    found = [
        _swing(bars, "fractal", side, first, last + count, beyond=last)
        for side, prices in _sides(bars)
        for first, last in _tops(prices, is_cut, count)
    ]
    return sorted(found, key=_order)


def zigzag_swings(bars: PriceBars, atr: Float64Array, multiple: float = ZIGZAG_ATR) -> list[Swing]:
    """Pivots of both sides by time. atr (N,) as of the end of each bar; where it is not known, or 0, none is confirmed.

    Behind a hole it begins anew: what was not confirmed before it is given up. The first turn there, and at the
    beginning, gives a direction and is not marked, for nobody saw how price came to it.
    """
    found = [
        _swing(bars, "zigzag", side, first, known, beyond=known) for side, first, known in _pivots(bars, atr, multiple)
    ]
    return sorted(found, key=_order)


def _sides(bars: PriceBars) -> Iterable[tuple[SwingSide, Float64Array]]:
    """What is a top of each side: highs, and lows turned over."""
    return ("high", bars.high), ("low", -bars.low)


def _swing(bars: PriceBars, kind: SwingKind, side: SwingSide, first: int, known: int, *, beyond: int) -> Swing:
    """Of the bar `first`, known with the bar `known`, broken by bars after `beyond`."""
    prices = bars.high if side == "high" else bars.low
    price = float(prices[first])
    later = prices[beyond + 1 :]
    broken = np.flatnonzero(later > price if side == "high" else later < price)[:1]
    return Swing(
        kind=kind,
        side=side,
        price=price,
        time_ms=int(bars.start_ms[first]),
        known_ms=int(bars.end_ms[known]),
        broken_ms=int(bars.end_ms[beyond + 1 + broken[0]]) if len(broken) else None,
    )


def _tops(prices: Float64Array, is_cut: BoolArray, count: int) -> list[tuple[int, int]]:
    """(first, last) bar of each run of equal prices with `count` lower bars before and behind it, none missing."""
    if len(prices) < 2 * count + 1:
        return []
    ends_run = np.append(np.diff(prices) != 0.0, True)
    last = np.flatnonzero(ends_run)
    first = np.concatenate(([0], last[:-1] + 1))
    inside = (first >= count) & (last + count < len(prices))
    first, last = first[inside], last[inside]
    highest = np.lib.stride_tricks.sliding_window_view(prices, count).max(axis=1)  # of bars i to i + count - 1
    holes = np.concatenate(([0], np.cumsum(is_cut)))  # before bar i
    is_whole = holes[last + count + 1] == holes[first - count + 1]
    is_top = (highest[first - count] < prices[first]) & (highest[last + 1] < prices[first]) & is_whole
    return list(zip(first[is_top].tolist(), last[is_top].tolist(), strict=True))


def _pivots(bars: PriceBars, atr: Float64Array, multiple: float) -> list[tuple[SwingSide, int, int]]:
    """(side, bar of the extreme, bar that confirmed it) in order of confirmation."""
    high, low = bars.high, bars.low
    needed: Int64Array | Float64Array = multiple * np.concatenate(([np.nan], atr[:-1])) if len(atr) else atr
    found: list[tuple[SwingSide, int, int]] = []
    top = bottom = 0
    is_rising: bool | None = None  # None: no turn yet
    for bar, (is_cut, step) in enumerate(zip(bars.is_after_hole.tolist(), needed.tolist(), strict=True)):
        if is_cut:
            top = bottom = bar
            is_rising = None
            continue
        is_higher, is_lower = high[bar] > high[top], low[bar] < low[bottom]
        is_known = step > 0.0
        fell = is_known and not is_higher and high[top] - low[bar] >= step
        rose = is_known and not is_lower and high[bar] - low[bottom] >= step
        top, bottom = (bar if is_higher else top), (bar if is_lower else bottom)
        if is_rising is None and fell and rose:
            continue  # a bar that does both says nothing of the order
        if fell and is_rising is not False:
            if is_rising is not None:
                found.append(("high", top, bar))
            is_rising, bottom = False, _first_lowest(low, top, bar)
        elif rose and is_rising is not True:
            if is_rising is not None:
                found.append(("low", bottom, bar))
            is_rising, top = True, _first_lowest(-high, bottom, bar)
    return found


def _first_lowest(values: AnyArray, after: int, until: int) -> int:
    """Place of the lowest in (after, until], the first of equal ones."""
    return after + 1 + int(np.argmin(values[after + 1 : until + 1]))


def _order(swing: Swing) -> tuple[int, str, str]:
    return swing.time_ms, swing.side, swing.kind
