"""How much stands in an order book near its mid, in USD by side.

A public book has 20 price levels a side, which for a large coin is 3 bp. With prices joined to fewer figures the same
20 levels reach further, but a level is then a bucket: orders of a span of prices, shown at the end away from the mid.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.units import Float64Array

WITHIN = (0.005, 0.01, 0.02)
"""Shares of the mid: 0.5, 1 and 2 %."""
_WITHIN = np.array(WITHIN)
BIDS, ASKS = -1.0, 1.0
"""Which way levels of a side lie from the mid."""


class BookSide(NamedTuple):
    """Levels of one side, best first.

    price (L,) USD; size (L,) coins; direction BIDS or ASKS.
    step     USD that joined prices are apart, 0 where every price stands for itself.
    is_whole the book ends with the last level: nothing stands beyond.
    """

    price: Float64Array
    size: Float64Array
    direction: float
    step: float
    is_whole: bool


def depth_within(side: BookSide, mid: float) -> Float64Array:
    """(3,) USD of the side within WITHIN of the mid:

        sum_i price_i * size_i * share_i,   share_i = clip((w * mid - near_i) / (far_i - near_i), 0, 1)

    where bucket i lies between near_i and far_i USD from the mid: orders are taken to be spread evenly over a bucket
    that the bound cuts through, so a figure is off by one bucket at most. A level that is no bucket counts whole or not
    at all.

    NaN where the levels end before the bound and more may follow, where a bucket is wider than the span, and where the
    mid is not known: what was not seen is not taken for empty.
    """
    if not 0.0 < mid < np.inf:
        return np.full(len(WITHIN), np.nan)
    bound = mid * _WITHIN
    far = np.maximum((side.price - mid) * side.direction, 0.0)
    near = np.maximum(far - side.step, 0.0)
    width = (far - near)[:, None]
    share = (far[:, None] <= bound).astype(np.float64)
    np.divide(bound - near[:, None], width, out=share, where=(share == 0.0) & (width > 0.0))
    np.clip(share, 0.0, 1.0, out=share)
    depth: Float64Array = (side.price * side.size) @ share if len(far) else np.zeros(len(WITHIN))
    is_seen = side.is_whole | (bound <= (far[-1] if len(far) else 0.0))
    return np.where(is_seen & (side.step <= bound), depth, np.nan)
