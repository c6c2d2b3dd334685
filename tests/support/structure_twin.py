"""Swings, ATR, profile and confluence once more, in plain loops that say the rules."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from liqscape.insight.structure import PriceBars
from liqscape.units import HOUR_MS

START_MS = 1_769_990_400_000
"""2026-02-02 00:00 UTC, a Monday."""


def made_bars(rows, interval_ms=HOUR_MS, start_ms=START_MS, volume=None, missing=()):
    """Bars (open, high, low, close) one after the other, without those at the places of `missing`."""
    kept = [place for place in range(len(rows)) if place not in missing]
    columns = [[start_ms + place * interval_ms, *rows[place]] for place in kept]
    given = None if volume is None else np.array([volume[place] for place in kept], np.float64)
    return PriceBars.of_rows(np.array(columns, np.float64).reshape(-1, 5), interval_ms, given)


def points(prices, width=0.0):
    """Rows of bars around prices: high and low `width` beside them."""
    return [(price, price + width, price - width, price) for price in prices]


def twin_true_range(bars, count):
    """By the formula, in fractions."""
    found, ranges = [], []
    average = None
    for row in range(len(bars)):
        if row == 0 or bars.start_ms[row] - bars.start_ms[row - 1] != bars.interval_ms:
            ranges, average = [], None
            found.append(None)
            continue
        high, low, before = (Fraction(float(x)) for x in (bars.high[row], bars.low[row], bars.close[row - 1]))
        ranges.append(max(high - low, abs(high - before), abs(low - before)))
        if len(ranges) == count:
            average = sum(ranges) / count
        elif len(ranges) > count:
            average = ((count - 1) * average + ranges[-1]) / count
        found.append(average)
    return found


def twin_fractals(bars, count):
    """{(side, price, start of its first bar, end of its last needed bar)}."""
    found = set()
    for side, sign, prices in (("high", 1, bars.high.tolist()), ("low", -1, bars.low.tolist())):
        for first in range(len(prices)):
            if first > 0 and prices[first - 1] == prices[first]:
                continue
            last = first
            while last + 1 < len(prices) and prices[last + 1] == prices[first]:
                last += 1
            if first < count or last + count >= len(prices):
                continue
            around = [*range(first - count, first), *range(last + 1, last + count + 1)]
            whole = bars.start_ms[last + count] - bars.start_ms[first - count] == bars.interval_ms * (
                last - first + 2 * count
            )
            if whole and all(sign * prices[place] < sign * prices[first] for place in around):
                end_ms = int(bars.start_ms[last + count]) + bars.interval_ms
                found.add((side, prices[first], int(bars.start_ms[first]), end_ms))
    return found


def twin_broken(bars, swing):
    """End of the first bar beyond a fractal, after its flat top."""
    prices = (bars.high if swing.side == "high" else bars.low).tolist()
    place = bars.start_ms.tolist().index(swing.time_ms)
    for later in range(place + 1, len(prices)):
        beyond = prices[later] > swing.price if swing.side == "high" else prices[later] < swing.price
        if beyond:
            return int(bars.start_ms[later]) + bars.interval_ms
    return None


def twin_volume(bars, edges):
    """Share of each bar in each bin, bar by bar."""
    size = [0.0] * (len(edges) - 1)
    for low, high, volume in zip(bars.low.tolist(), bars.high.tolist(), bars.volume.tolist(), strict=True):
        for place in range(len(size)):
            below, above = edges[place], edges[place + 1]
            if low == high:
                size[place] += volume if below <= low < above else 0.0
                continue
            overlap = min(math.log(high), math.log(above)) - max(math.log(low), math.log(below))
            size[place] += volume * max(overlap, 0.0) / (math.log(high) - math.log(low))
    return size
