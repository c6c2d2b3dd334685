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
from liqscape.units import Side

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
    bands = frame.bands.of_market(market_index)
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
