"""Own prices against printed ones: a slow twin in fractions, and the ways a comparison would fool itself."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from statistics import median_high, median_low

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.model import Accounts, MarginTable, MarginTables, MarginTier, Market, Markets, MarketSnapshot, flat_table
from liqscape.model.accounts import PublishedState
from liqscape.risk.agreement import Comparison, _medians_of_others, compare_published
from liqscape.units import MarginSource

TABLES = MarginTables.build(
    (flat_table(10), MarginTable(60, (MarginTier(0.0, 40), MarginTier(150_000.0, 20)), "tiered"))
)
MARKETS = Markets.build(
    tuple(Market(coin=f"C{row}", size_decimals=5, max_leverage=10, table_row=row % 2) for row in range(4))
)
SNAPSHOT = MarketSnapshot.of_marks(MARKETS, 1, np.full(4, np.nan))
"""Its marks do not enter."""


def maintenance(notional: Fraction, table: int) -> Fraction:
    """Largest tier line, from the tiers themselves."""
    lines, deduction, before = [], Fraction(0), None
    for tier in TABLES.tables[table].tiers:
        rate = Fraction(1, 2 * tier.max_leverage)
        if before is not None:
            deduction += Fraction(tier.lower_bound) * (rate - before)
        lines.append(notional * rate - deduction)
        before = rate
    return max(lines)


def net(size: Fraction, mark: Fraction, table: int) -> Fraction:
    return size * mark - maintenance(abs(size) * mark, table)


def root(size: Fraction, others: Fraction, table: int) -> float | None:
    """The positive mark p of  others + net(p) = 0, by halving in fractions."""
    side = 1 if size > 0 else -1
    low, high = Fraction(0), Fraction(10) ** 9

    def is_safe(price: Fraction) -> bool:
        return others + net(size, price, table) >= 0

    if side > 0 and (is_safe(low) or not is_safe(high)):
        return None
    if side < 0 and (not is_safe(low) or is_safe(high)):
        return None
    for _ in range(120):
        middle = (low + high) / 2
        if is_safe(middle) == (side > 0):
            high = middle
        else:
            low = middle
    return float(low)


def build(pools: list[tuple[float, int, list[tuple[int, float, float]]]]) -> Accounts:
    """Pools of (raw USD, margin source, positions of (market, size, mark)); nothing is printed yet."""
    positions = [each for *_, held in pools for each in held]
    return Accounts.build(
        addresses=[f"0x{row:040x}" for row in range(len(pools))],
        address_row=range(len(pools)),
        raw_usd=[raw for raw, *_ in pools],
        margin_source=[source for _, source, _ in pools],
        offsets=np.cumsum([0, *(len(held) for *_, held in pools)]),
        market_index=[market for market, *_ in positions],
        size=[size for _, size, _ in positions],
        table_row=[market % 2 for market, *_ in positions],
        observed_mark=[mark for *_, mark in positions],
    )


def printed(accounts: Accounts, digits: int = 10, factor: dict[int, float] | None = None) -> Accounts:
    """The same with the price that the twin finds printed to so many decimals, times a factor by row."""
    states, prices = [], []
    for pool in range(accounts.pool_count):
        rows = range(accounts.offsets[pool], accounts.offsets[pool + 1])
        held = [(Fraction(accounts.size[row]), Fraction(accounts.observed_mark[row])) for row in rows]
        nets = [net(size, mark, accounts.table_row[row]) for row, (size, mark) in zip(rows, held, strict=True)]
        for place, row in enumerate(rows):
            others = Fraction(accounts.raw_usd[pool]) + sum(nets) - nets[place]
            price = root(held[place][0], others, accounts.table_row[row])
            states.append(PublishedState.NONE if price is None else PublishedState.PRICE)
            price = None if price is None else price * (factor or {}).get(row, 1.0)
            prices.append(float("nan") if price is None else round(price, digits))
    return replace(accounts, published=np.array(states, np.uint8), published_price=np.array(prices, np.float64))


POSITIONS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([-900.0, -3.5, 0.25, 12.0, 4_000.0]), st.sampled_from([7.0, 99.5])),
    min_size=1,
    max_size=4,
    unique_by=lambda each: each[0],
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([-2_000.0, 50.0, 30_000.0, 600_000.0]),
            st.sampled_from([MarginSource.STATE, MarginSource.PUBLISHED]),
            POSITIONS,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_what_the_twin_prints_is_met_to_its_digits(
    pools: list[tuple[float, int, list[tuple[int, float, float]]]],
) -> None:
    accounts = printed(build(pools))
    found = compare_published(accounts, SNAPSHOT, TABLES)
    pool_of = accounts.pool_of_position()
    for row in range(accounts.position_count):
        is_inferred = accounts.margin_source[pool_of[row]] == MarginSource.PUBLISHED
        rows = np.flatnonzero(pool_of == pool_of[row])
        others = int((accounts.published[rows] == PublishedState.PRICE).sum())
        others -= accounts.published[row] == PublishedState.PRICE
        has_price = accounts.published[row] == PublishedState.PRICE
        if is_inferred and not others:
            wanted = Comparison.ALONE
        else:
            wanted = Comparison.COMPARED if has_price else Comparison.BOTH_NONE
        assert found.outcome[row] == wanted, row
        assert found.is_within_digits[row] == (wanted == Comparison.COMPARED)


def test_a_price_that_is_off_shows_and_never_confirms_itself() -> None:
    """Raw USD known from the prices alone: the odd one of three is the only one that is off."""
    held = [(0, 100.0, 10.0), (1, -50.0, 20.0), (2, 200.0, 5.0)]
    accounts = printed(build([(-700.0, MarginSource.PUBLISHED, held)]), factor={2: 1.03})
    found = compare_published(accounts, SNAPSHOT, TABLES)
    assert found.outcome.tolist() == [Comparison.COMPARED] * 3
    assert found.relative[2] == pytest.approx(1.0 - 1.0 / 1.03, rel=1e-6)
    assert found.is_within_digits.tolist() == [True, True, False]


def test_marks_of_today_do_not_enter() -> None:
    accounts = printed(build([(50.0, MarginSource.STATE, [(0, 12.0, 7.0), (1, -0.5, 99.5)])]))
    today = MarketSnapshot.of_marks(MARKETS, 1, np.array([900.0, 1.0, 1.0, 1.0]))
    left, right = (compare_published(accounts, each, TABLES) for each in (SNAPSHOT, today))
    np.testing.assert_array_equal(left.relative, right.relative)


def test_each_reason_not_to_compare_is_told() -> None:
    nan = float("nan")
    accounts = build(
        [
            (50.0, MarginSource.PUBLISHED, [(0, 12.0, 7.0)]),
            (nan, MarginSource.UNKNOWN, [(0, 12.0, 7.0)]),
            (50.0, MarginSource.STATE, [(0, 12.0, 7.0), (1, -0.5, nan)]),
            (50.0, MarginSource.TRACKED, [(0, 12.0, 7.0)]),
            (-50.0, MarginSource.STATE, [(0, 12.0, 7.0)]),
            (500.0, MarginSource.STATE, [(0, 12.0, 7.0)]),
        ]
    )
    price = np.array([3.0, 3.0, 3.0, 3.0, nan, nan, 3.0])
    state = np.array([2, 2, 2, 2, 0, 1, 2], np.uint8)
    found = compare_published(replace(accounts, published=state, published_price=price), SNAPSHOT, TABLES)
    assert [Comparison(code) for code in found.outcome.tolist()] == [
        Comparison.ALONE,
        Comparison.UNKNOWN,
        Comparison.NO_MARKS,
        Comparison.NO_MARKS,
        Comparison.NOT_GIVEN,
        Comparison.ONLY_OURS,
        Comparison.ONLY_PUBLISHED,
    ]
    assert np.isnan(found.relative).all()


def test_the_median_of_the_others_is_that_of_a_plain_walk() -> None:
    random = np.random.default_rng(3)
    pool = np.sort(random.integers(0, 30, 200))
    value = np.where(random.random(200) < 0.3, np.nan, np.round(random.normal(size=200), 1))
    low, high, votes = _medians_of_others(pool, value)
    for row in range(200):
        others = [value[each] for each in range(200) if pool[each] == pool[row] and each != row]
        known = [each for each in others if not np.isnan(each)]
        assert votes[row] == len(known)
        if known:
            assert (low[row], high[row]) == (median_low(known), median_high(known))
        else:
            assert np.isnan(low[row])
            assert np.isnan(high[row])


def test_no_position_is_no_row() -> None:
    assert len(compare_published(Accounts.empty(), SNAPSHOT, TABLES).outcome) == 0
