"""Prices as orders may have them, for whole arrays (scale.to_ticks does the same for one)."""

from __future__ import annotations

import numpy as np

from liqscape.exchange.scale import MAX_DECIMALS
from liqscape.units import Float64Array, Int64Array

FIGURES = 5  # HL.DOC.TICK_AND_LOT


def allowed_ticks(ticks: Float64Array, size_decimals: Int64Array, side: Float64Array) -> Int64Array:
    """Nearest allowed price that is not better for the other side: bids (+1) round down, asks (-1) up. At least 1."""
    figures = np.floor(np.log10(np.maximum(ticks, 1.0))).astype(np.int64) + 1
    unit = 10.0 ** np.clip(figures - FIGURES, 0, MAX_DECIMALS - size_decimals)
    steps = np.floor(side * ticks / unit) * side
    rounded: Int64Array = (np.maximum(steps, 1.0) * unit).astype(np.int64)
    return rounded
