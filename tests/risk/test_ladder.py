"""The expected orders of one position."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import ModelError
from liqscape.model import MarginTable, MarginTier, flat_table
from liqscape.risk.ladder import order_ladder

BTC = MarginTable(56, (MarginTier(0.0, 40), MarginTier(150_000_000.0, 20)))


def test_a_position_up_to_100k_goes_whole() -> None:
    # 1 BTC, raw -90,000: level 90,000 / 0.9875 = 91,139.24; one order.
    (order,) = order_ladder(1.0, -90_000.0, BTC)
    assert order.price == pytest.approx(90_000.0 / 0.9875)
    assert order.size == 1.0


def test_a_larger_long_goes_in_fifths_of_the_rest_at_falling_prices() -> None:
    orders = order_ladder(10.0, -900_000.0, BTC)
    assert [order.size for order in orders[:3]] == pytest.approx([2.0, 1.6, 1.28])
    assert [order.price for order in orders] == sorted((order.price for order in orders), reverse=True)
    assert orders[-1].notional <= 100_000.0


def test_a_large_short_is_the_mirror() -> None:
    orders = order_ladder(-10.0, 1_100_000.0, BTC)
    assert [order.price for order in orders] == sorted(order.price for order in orders)


@given(st.floats(0.01, 1e5), st.sampled_from([1.0, -1.0]), st.floats(0.3, 0.99))
def test_the_orders_add_up_to_the_position(size: float, side: float, share: float) -> None:
    others = -size * 50_000.0 * share if side > 0 else size * 50_000.0 / share
    orders = order_ladder(side * size, others, BTC)
    assert sum(order.size for order in orders) == pytest.approx(size, rel=1e-12)


def test_nothing_is_expected_of_a_position_without_level() -> None:
    assert order_ladder(1.0, 10.0, flat_table(10)) == ()


def test_size_zero_is_refused() -> None:
    with pytest.raises(ModelError, match="size is 0"):
        order_ladder(0.0, 1.0, BTC)
