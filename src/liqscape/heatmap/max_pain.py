"""Max pain: the price near the mark where most of one side is liquidated (docs/heatmap.md, "Max pain").

Of the cells of 0.1 % of price within REACH of the mark, on the side of the mark where the levels of a side are
(longs below, shorts above), the one with the most USD. It says where the map is fullest, not where price goes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.density import CELL_LEVEL
from liqscape.heatmap.grid import band_edge, band_of_price, merge_band
from liqscape.units import Side

REACH = 0.1
"""Share of the mark: what the balance of both sides and the list of clusters call near."""


@dataclass(frozen=True, kw_only=True)
class MaxPain:
    """The fullest cell of one side.

    price_low, price_high  edges of the cell, USD.
    notional               in it, USD at the mark.
    notional_to_there      of the side from the mark to the far edge of the cell, USD at the mark.
    distance_percent       geometric middle of the cell against the mark, signed.
    """

    price_low: float
    price_high: float
    notional: float
    notional_to_there: float
    distance_percent: float


def find_max_pain(bands: Bands, mark: float, side: Side) -> MaxPain | None:
    """Of one coin's bands. Among equals the nearest to the mark; None where the mark is unknown or nothing is near."""
    if not mark > 0.0:
        return None
    limits = np.array([mark, mark * (1.0 - side * REACH)])
    centre, last = (int(cell) for cell in merge_band(band_of_price(limits), CELL_LEVEL))
    steps = abs(last - centre) + 1
    rows = np.flatnonzero(bands.side == side)
    away = (merge_band(bands.band[rows], CELL_LEVEL).astype(np.int64) - centre) * -int(side)
    is_near = (away >= 0) & (away < steps)
    held = np.bincount(away[is_near], bands.size[rows][is_near], steps) * mark
    step = int(held.argmax())
    if not held[step] > 0.0:
        return None
    cell = centre - int(side) * step
    low, high = (float(price) for price in band_edge(np.array([cell, cell + 1], np.int32), CELL_LEVEL))
    return MaxPain(
        price_low=low,
        price_high=high,
        notional=float(held[step]),
        notional_to_there=float(held[: step + 1].sum()),
        distance_percent=100.0 * ((low * high) ** 0.5 / mark - 1.0),
    )
