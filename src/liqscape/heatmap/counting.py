"""Weighted sums by key."""

from __future__ import annotations

import numpy as np

from liqscape.units import AnyArray, Float64Array


def weighted_count(key: AnyArray, weights: AnyArray, cells: int) -> Float64Array:
    """(cells,) sum of weights by key, in the order given, so that equal input gives equal bits."""
    return np.bincount(key, weights, cells).astype(np.float64, copy=False)
