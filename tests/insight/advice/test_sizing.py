"""Size at a dollar risk against plain loops over lots in exact fractions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.insight.advice import (
    BookCost,
    SizingTerms,
    StopTrade,
    cost_of_depth,
    cost_of_levels,
    size_at_risk,
    size_given,
)
from liqscape.insight.advice.book_cost import STEPS

Levels = list[tuple[Decimal, Decimal]]


def twin_cost(levels: Levels, mid: Decimal, coins: Fraction) -> Fraction | None:
    """Coins times relative distance, level after level; None where the book ends."""
    left, cost = coins, Fraction(0)
    for price, size in levels:
        taken = min(left, Fraction(size))
        cost += taken * abs(Fraction(price) - Fraction(mid)) / Fraction(mid)
        left -= taken
    return None if left > 0 else cost


def twin_loss(trade: StopTrade, coins: Fraction, fee_bp: Decimal, cost: Fraction) -> Fraction:
    entry, stop = Fraction(str(trade.entry)), Fraction(str(trade.stop))
    fee = Fraction(fee_bp) / 10_000
    return coins * (abs(entry - stop) + fee * entry + fee * stop) + stop * cost


prices = st.decimals("1", "1000", places=2)
fees = st.decimals("0", "20", places=2)
risks = st.decimals("0.5", "5000", places=2)
levels_of_book = st.lists(
    st.tuples(st.integers(1, 400), st.decimals("0.1", "30", places=1)), min_size=0, max_size=6, unique_by=lambda x: x[0]
)


@st.composite
def trades(draw: st.DrawFn) -> StopTrade:
    entry, far = draw(prices), draw(st.decimals("0.01", "0.9", places=2))
    side = draw(st.sampled_from((1, -1)))
    gap = max(Decimal("0.01"), (entry * far).quantize(Decimal("0.01")))
    if side > 0 and gap >= entry:
        gap = Decimal("0.01")
    return StopTrade(side, float(entry), float(entry - side * gap))


@settings(max_examples=examples(300), deadline=None)
@given(trades(), risks, fees, st.sampled_from((0, 1, 2)), levels_of_book)
def test_the_size_is_the_largest_number_of_lots_that_loses_no_more(
    trade: StopTrade, risk: Decimal, fee: Decimal, decimals: int, book: list[tuple[int, Decimal]]
) -> None:
    levels = [(Decimal(1000) - Decimal(step), size) for step, size in sorted(book)]
    known = cost_of_levels([(float(price), float(size)) for price, size in levels], 1000.0)
    terms = SizingTerms(float(fee), decimals, (known,) if levels else ())
    sizing = size_at_risk(trade, float(risk), terms)
    lot = Fraction(1, 10**decimals)
    lots = Fraction(sizing.size).limit_denominator(10**decimals) / lot
    assert lots.denominator == 1

    def loss(count: int) -> Fraction | None:
        cost = twin_cost(levels, Decimal(1000), count * lot)
        return None if cost is None else twin_loss(trade, count * lot, fee, cost)

    without = int(Fraction(risk) / twin_loss(trade, lot, fee, Fraction(0)))
    with_book = 0
    while (found := loss(with_book + 1)) is not None and found <= Fraction(risk):
        with_book += 1
    expected = without if loss(with_book + 1) is None else with_book
    if loss(with_book + 1) is None and levels:
        # the book may reach a part of a lot further, which decides nothing but whether it is enough
        whole = twin_loss(trade, sum((Fraction(size) for _, size in levels), Fraction(0)), fee, known.cost[-1])
        expected = with_book if whole >= Fraction(risk) else without
    assert lots == expected
    assert sizing.risk_usd == float(risk)


def test_a_size_that_fits_to_the_cent_does_fit() -> None:
    # 100 - 99.9 is a little more than 0.1 in floats: 100 coins at 10 USD would come out as 99
    sizing = size_at_risk(StopTrade(1, 100.0, 99.9), 10.0, SizingTerms(0.0, 0))
    assert (sizing.size, sizing.loss_usd) == (100.0, 10.0)


def test_every_term_is_there_and_they_sum() -> None:
    # entry 100, stop 95: 5 + 10 bp of 100 + 10 bp of 95 = 5 + 0.1 + 0.095; the book is 0.5 % off: 95 * 0.005 = 0.475
    book = cost_of_levels([(199.0, 1_000.0)], 200.0)
    sizing = size_at_risk(StopTrade(1, 100.0, 95.0), 100.0, SizingTerms(10.0, 2, (book,)))
    assert (sizing.distance, sizing.entry_fee, sizing.stop_fee, sizing.slippage) == (5.0, 0.1, 0.095, 0.475)
    assert (sizing.loss_per_coin, sizing.slippage_source) == (5.67, "measured")
    assert sizing.size == 17.63  # 100 / 5.67 = 17.636...
    assert sizing.loss_usd == 99.9621
    assert (sizing.lot, sizing.notional) == (0.01, 1_763.0)


def test_unknown_slippage_is_null_and_in_no_sum() -> None:
    sizing = size_at_risk(StopTrade(1, 100.0, 95.0), 100.0, SizingTerms(0.0, 2))
    assert (sizing.slippage, sizing.slippage_source) == (None, "unknown")
    assert (sizing.loss_per_coin, sizing.size) == (5.0, 20.0)


def test_a_book_that_ends_before_the_size_gives_way_to_what_reaches_further() -> None:
    # levels hold 2 coins; within 1 % there are 20,000 USD, 100 coins
    levels = cost_of_levels([(199.9, 1.0), (199.8, 1.0)], 200.0)
    depth = cost_of_depth([(0.01, 20_000.0)], 200.0)
    trade = StopTrade(1, 200.0, 190.0)
    small = size_at_risk(trade, 10.0, SizingTerms(0.0, 2, (levels, depth)))
    assert small.slippage_source == "measured"
    large = size_at_risk(trade, 500.0, SizingTerms(0.0, 2, (levels, depth)))
    assert large.slippage_source == "modelled"
    beyond = size_at_risk(trade, 50_000.0, SizingTerms(0.0, 2, (levels, depth)))
    assert (beyond.slippage, beyond.slippage_source) == (None, "unknown")


def test_depth_costs_half_of_its_reach_and_no_less() -> None:
    # spread evenly to 1 %: half of it on average; cut into steps at their far ends: 1 / 32 of it more
    depth = cost_of_depth([(0.01, 20_000.0)], 200.0)
    whole = depth.at(Fraction(100))
    assert whole is not None
    assert whole / 100 == Fraction(1, 200) * (1 + Fraction(1, STEPS))
    assert depth.at(Fraction(101)) is None
    assert depth.total == 100


def test_a_given_size_is_cut_to_whole_lots_and_says_its_risk() -> None:
    sizing = size_given(StopTrade(-1, 100.0, 104.0), 2.5099, SizingTerms(0.0, 2))
    assert (sizing.size, sizing.risk_usd, sizing.loss_usd) == (2.5, 10.0, 10.0)


@settings(max_examples=examples(200), deadline=None)
@given(trades(), risks, fees)
def test_long_and_short_of_the_same_prices_are_of_one_size(trade: StopTrade, risk: Decimal, fee: Decimal) -> None:
    """Entry and stop exchanged: the same distance, and the same fees in all."""
    terms = SizingTerms(float(fee), 2)
    other = StopTrade(-trade.side, trade.stop, trade.entry)
    one, two = size_at_risk(trade, float(risk), terms), size_at_risk(other, float(risk), terms)
    assert one.size == two.size
    assert one.distance == two.distance
    assert (one.entry_fee, one.stop_fee) == (two.stop_fee, two.entry_fee)


@settings(max_examples=examples(100), deadline=None)
@given(trades(), risks, st.decimals("0", "10", places=2), st.decimals("0.01", "10", places=2))
def test_more_fee_or_less_risk_is_never_a_larger_size(
    trade: StopTrade, risk: Decimal, fee: Decimal, more: Decimal
) -> None:
    size = size_at_risk(trade, float(risk), SizingTerms(float(fee), 3)).size
    assert size_at_risk(trade, float(risk), SizingTerms(float(fee + more), 3)).size <= size
    assert size_at_risk(trade, float(risk) / 2.0, SizingTerms(float(fee), 3)).size <= size


@pytest.mark.parametrize("coins", ["0.5", "1", "1.5", "2", "2.5", "3"])
def test_the_cost_of_a_book_is_that_of_walking_it(coins: str) -> None:
    levels = [(Decimal("99.9"), Decimal(1)), (Decimal("99.5"), Decimal("0.5")), (Decimal(99), Decimal("1.5"))]
    known: BookCost = cost_of_levels([(float(price), float(size)) for price, size in levels], 100.0)
    asked = Fraction(coins)
    assert known.at(asked) == twin_cost(levels, Decimal(100), asked)
