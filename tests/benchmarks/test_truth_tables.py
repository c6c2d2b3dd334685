"""The tables against the truth count what can be counted by hand; a tiny world gives every one of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from coverage_growth import Planned
from truth_tables import Found, Order, hidden_of, holding, orders_of, reader_of, recognise, run

from liqscape.exchange.columns import FillColumn, Method
from liqscape.model.liquidations import Evidence, Liquidation, LiquidationMethod
from liqscape.sandbox.world import World, WorldSettings
from liqscape.units import Int64Array


def fills(*rows: tuple[int, int, int, int, int]) -> Int64Array:
    """(time, account, price in ticks, lots, method) each, of market 0 with a mark of 99 USD."""
    made = np.zeros((len(rows), FillColumn.WIDTH), np.int64)
    for column, values in zip(
        (FillColumn.TIME_MS, FillColumn.LIQUIDATED, FillColumn.PRICE, FillColumn.LOTS, FillColumn.METHOD),
        zip(*rows, strict=True),
        strict=True,
    ):
        made[:, column] = values
    made[:, FillColumn.MARK] = 990_000
    return made


def event(address: str, first_ms: int, price: float = 100.0, level: float = 99.0) -> Liquidation:
    return Liquidation(
        address=address,
        market_index=0,
        side=1,
        size=1.0,
        price=price,
        notional=price,
        mark=99.0,
        predicted_price=level,
        method=LiquidationMethod.MARKET,
        evidence=Evidence.INFERRED,
        fee=math.nan,
        account_value=math.nan,
        fill_count=1,
        first_ms=first_ms,
        last_ms=first_ms,
        trade_ids=(1,),
    )


def test_fills_of_one_account_within_two_seconds_are_one_order_and_takeovers_none() -> None:
    market, taken_over = Method.MARKET, Method.BACKSTOP
    made = fills(
        (1_000, 0, 1_000_000, 3, market),
        (1_000, 1, 1_000_000, 1, market),
        (3_000, 0, 960_000, 1, market),
        (9_000, 0, 950_000, 1, market),
        (9_000, 1, 950_000, 1, taken_over),
    )
    orders = orders_of(made, ["a", "b"], [2])
    assert {key: len(each) for key, each in orders.items()} == {("a", 0): 2, ("b", 0): 1}
    first = orders[("a", 0)][0]
    assert (first.first_ms, first.last_ms) == (1_000, 3_000)
    assert (first.price, first.mark) == pytest.approx((99.0, 99.0))  # (3 x 100 + 1 x 96) / 4


def test_events_are_right_only_with_an_order_of_the_same_account_at_the_time() -> None:
    orders = {
        ("a", 0): [Order(1_000, 1_000, 100.0, 99.0), Order(9_000, 9_000, 50.0, 99.0)],
        ("h", 0): [Order(5, 5, 1, 1)],
    }
    found = Found()
    recognise(found, orders, [event("a", 3_000, 101.0, 98.01), event("a", 5_000), event("b", 1_000)], {"h"})
    counted = {"orders": 3, "orders_listed": 2, "found": 1, "found_listed": 1, "events": 3, "right": 1}
    assert found.liquidations == counted
    assert (found.price_errors, found.level_errors) == (pytest.approx([0.01]), pytest.approx([0.01]))


def test_intervals_not_given_are_counted_apart() -> None:
    reported = {"within": 0.01, "true": 0.9, "low": 0.8, "high": 1.0}
    rows = [
        reported,
        reported | {"true": 0.7},
        reported | {"low": math.nan, "high": math.nan},
        reported | {"within": 0.05},
    ]
    assert holding(rows, 0.01) == pytest.approx((3, 2, 0.5, 0.2))


def test_hidden_traders_are_on_no_list() -> None:
    world = World.new(WorldSettings(seed=1, accounts=150, coins=2, unified_percent=70))
    reader = reader_of(world, [0.0])
    assert isinstance(reader.order, Planned)
    hidden = hidden_of(world)
    assert len(hidden) > 0
    assert not hidden & set(reader.order.book.addresses)
    assert not reader.ledger.accounts.position_count
    assert 0.5 < len(reader.spot) / 150 < 0.75


@pytest.mark.truth
def test_a_tiny_world_gives_every_table() -> None:
    found = run(WorldSettings(seed=1, accounts=150, coins=2, unified_percent=70), 10, settled_minutes=1)
    assert [row["minute"] for row in found.growth] == [0, 1, 2, 3, 5, 7, 10]
    assert all(0.0 <= row["near"] <= 1.0 for row in found.growth)
    last = [row for row in found.near if row["within"] == 0.05]
    held_usd, usd = sum(row["true"] * row["usd"] for row in last), sum(row["usd"] for row in last)
    assert held_usd / usd == pytest.approx(found.growth[-1]["near"])  # coin by coin as all at once
    counts = found.liquidations
    assert counts["found_listed"] <= min(counts["found"], counts["orders_listed"])
    assert counts["found"] <= counts["right"] <= counts["events"]
