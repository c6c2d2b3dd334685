"""Asymmetry: long levels below the mark against short levels above it, within a distance (docs/heatmap.md, eq. 3).

    imbalance = (short_above - long_below) / (short_above + long_below)

+1: only shorts above (forced buying on the way up), -1: only longs below (forced selling on the way down).
It describes the map; it does not say which way price goes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.grid import band_of_price
from liqscape.units import Float64Array, Side

DISTANCES_PERCENT = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class Asymmetry:
    """USD notional at mark of whole base bands within `distance_percent`; imbalance None where both are zero."""

    distance_percent: float
    long_below_notional: float
    short_above_notional: float
    imbalance: float | None


def asymmetry(
    frame: MarketFrame, market_index: int, percents: tuple[float, ...] = DISTANCES_PERCENT
) -> tuple[Asymmetry, ...]:
    """One row a distance. Empty where the mark is unknown.

    Long below: bands from the one of mark * (1 - d) up to the one of the mark; short above: from the band of
    the mark to the one of mark * (1 + d). The edge bands count whole.
    """
    mark = float(frame.snapshot.mark[market_index])
    if not mark > 0.0:
        return ()
    bands = frame.bands_of(market_index)
    rows = []
    for percent in percents:
        limits = np.array([mark * (1.0 - percent / 100.0), mark, mark * (1.0 + percent / 100.0)])
        low, centre, high = band_of_price(limits)
        is_long = (bands.side == Side.LONG) & (bands.band >= low) & (bands.band <= centre)
        is_short = (bands.side == Side.SHORT) & (bands.band >= centre) & (bands.band <= high)
        long_below = float(bands.size[is_long].sum()) * mark
        short_above = float(bands.size[is_short].sum()) * mark
        both = long_below + short_above
        rows.append(
            Asymmetry(percent, long_below, short_above, (short_above - long_below) / both if both > 0.0 else None)
        )
    return tuple(rows)


def imbalance_of(long_below: Float64Array, short_above: Float64Array) -> Float64Array:
    """The same of columns of USD; NaN where both are zero or either is unknown."""
    both = short_above + long_below
    with np.errstate(invalid="ignore", divide="ignore"):
        imbalance: Float64Array = np.where(both > 0.0, (short_above - long_below) / both, np.nan)
    return imbalance


def near_notional(frame: MarketFrame, percents: tuple[float, ...] = DISTANCES_PERCENT) -> Float64Array:
    """(D, 2, M) the two sums of `asymmetry`, long below and short above, of all markets in one pass.

    NaN where the mark is unknown. Cost: a few passes over the rows of the bands, for each distance.
    """
    mark = frame.snapshot.mark
    near = np.full((len(percents), 2, len(mark)), np.nan)
    known = np.flatnonzero(mark > 0.0)
    near[:, :, known] = 0.0
    bands = frame.bands
    centre = np.zeros(len(mark), np.int32)
    centre[known] = band_of_price(mark[known])
    is_long = bands.side == Side.LONG
    from_mark = bands.band - centre[bands.market_index]
    for number, percent in enumerate(percents):
        for place, is_side, factor in ((0, is_long, 1.0 - percent / 100.0), (1, ~is_long, 1.0 + percent / 100.0)):
            reach = np.full(len(mark), -1, np.int64)
            reach[known] = np.abs(band_of_price(mark[known] * factor) - centre[known])
            away = from_mark if place else -from_mark
            rows = np.flatnonzero(is_side & (away >= 0) & (away <= reach[bands.market_index]))
            size = np.bincount(bands.market_index[rows], weights=bands.size[rows], minlength=len(mark))
            near[number, place, known] = size[known] * mark[known]
    return near
