"""Ticks, lots, micro-USD and margin tables as integers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from liqscape.errors import ModelError
from liqscape.exchange.scale import (
    from_lots,
    from_ticks,
    marks_to_ticks,
    multiplier_of,
    price_scale,
    scaled_tiers,
    to_lots,
    to_ticks,
    to_uusd,
)
from liqscape.model import MarginTable, MarginTables, MarginTier, flat_table


@pytest.mark.parametrize(
    ("price", "size_decimals", "ticks"),
    [
        (60_000.0, 5, 600_000),
        (60_123.4, 5, 601_230),  # five figures
        (123_456.7, 5, 1_234_570),  # whole USD beyond five figures
        (2_512.34, 4, 251_230),
        (0.123456, 0, 123_460),
        (0.0123456, 0, 12_346),
        (0.0000001, 0, 1),
        (1.00005, 1, 100_010),
    ],
)
def test_prices_become_the_nearest_allowed_ticks(price: float, size_decimals: int, ticks: int) -> None:
    assert to_ticks(price, size_decimals) == ticks


def test_ticks_times_lots_is_micro_usd_for_every_size_decimals() -> None:
    for size_decimals in range(7):
        assert price_scale(size_decimals) * 10**size_decimals == to_uusd(1.0)


def test_marks_keep_every_digit_and_unknown_stays_unknown() -> None:
    decimals = np.array([2, 2, 0])
    ticks = marks_to_ticks(np.array([100.12345, np.nan, 0.1234567]), decimals)
    assert ticks.tolist() == [1_001_235, 0, 123_457]
    back = from_ticks(ticks, decimals)
    assert np.isnan(back[1])
    assert back[[0, 2]].tolist() == [100.1235, 0.123457]


def test_sizes_go_there_and_back() -> None:
    decimals = np.array([5, 0])
    lots = to_lots(np.array([-1.234567, 1_000.4]), decimals)
    assert lots.tolist() == [-123_457, 1_000]
    assert from_lots(lots, decimals).tolist() == [-1.23457, 1_000.0]


TABLES = MarginTables.build(
    (
        MarginTable(51, (MarginTier(0.0, 10), MarginTier(30_000.0, 5), MarginTier(400_000.0, 3))),
        flat_table(40),
    )
)


@pytest.mark.parametrize(
    ("notional", "maintenance"),
    [(100, 5), (29_999, Fraction(29_999, 20)), (30_000, 1_500), (30_100, 1_510), (400_000, 38_500), (403_000, 39_000)],
)
def test_integer_tiers_give_the_exact_maintenance_on_every_side_of_every_bound(
    notional: int, maintenance: Fraction | int
) -> None:
    multiplier = multiplier_of(TABLES)
    tiers = scaled_tiers(TABLES, multiplier)
    uusd = notional * 10**6
    exact = max(uusd * int(rate) - int(deduction) for _, rate, deduction in tiers[0])
    assert Fraction(exact, multiplier * 10**6) == maintenance
    by_bound = [row for row in tiers[0].tolist() if row[0] <= uusd][-1]
    assert uusd * by_bound[1] - by_bound[2] == exact, "the tier by its bound is the largest one"


def test_the_multiplier_is_common_to_all_rates_and_short_tables_repeat_their_last_tier() -> None:
    assert multiplier_of(TABLES) == 240
    assert scaled_tiers(TABLES, 240)[1].tolist() == [[0, 3, 0]] * 3


def test_tables_whose_rates_have_no_common_multiple_in_range_are_refused() -> None:
    tables = MarginTables.build([flat_table(leverage) for leverage in (997, 991, 983)])
    with pytest.raises(ModelError, match="margin tables need"):
        multiplier_of(tables)
