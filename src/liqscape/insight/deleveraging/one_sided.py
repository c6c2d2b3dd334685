"""What stands in levels between the mark and a price, and how one-sided it is."""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.grid import band_edge
from liqscape.units import Side


def coins_to_there(bands: Bands, mark: float, side: Side, price: float) -> tuple[float, float]:
    """(coins of a side's levels between the mark and a price, those of the other side as far from the mark).

    bands of one market. As far: the same factor, mark to price, up and down. Bands count by their middle.
    """
    middle = np.sqrt(band_edge(bands.band) * band_edge(bands.band + 1))
    away = np.log(middle / mark) * -bands.side
    is_near = (away >= 0.0) & (away <= abs(float(np.log(price / mark))))
    of_side = bands.side == side
    return float(bands.size[is_near & of_side].sum()), float(bands.size[is_near & ~of_side].sum())
