"""Whole arrays of prices are rounded as the exchange allows, never to the better side."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from liqscape.exchange.scale import price_scale, to_ticks
from liqscape.sandbox.world.rounding import allowed_ticks


@given(
    ticks=st.floats(1.0, 1e13),
    size_decimals=st.integers(0, 5),
    side=st.sampled_from([1.0, -1.0]),
)
def test_rounded_prices_are_allowed_and_on_the_right_side(ticks: float, size_decimals: int, side: float):
    price = int(allowed_ticks(np.array([ticks]), np.array([size_decimals]), np.array([side]))[0])
    assert to_ticks(price / price_scale(size_decimals), size_decimals) == price
    assert (price - ticks) * side <= 0.0
    unit = max(1.0, min(10.0 ** (np.floor(np.log10(ticks)) - 4), 10.0 ** (6 - size_decimals)))
    assert abs(price - ticks) <= unit * (1.0 + 1e-9)
