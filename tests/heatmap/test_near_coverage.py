"""Near-price coverage: right on average where the two discoveries are independent, bounded, silent on too little."""

from __future__ import annotations

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.errors import ModelError
from liqscape.heatmap.near_coverage import (
    MIN_RECAPTURED,
    Expected,
    NearCoverageEstimate,
    chapman,
    near_coverage,
    near_notional,
    open_gap_usd,
)
from liqscape.model.accounts import Accounts
from liqscape.model.addresses import AddressSource
from liqscape.model.markets import Market, Markets, MarketSnapshot
from liqscape.units import BoolArray, Float64Array, UInt8Array

MARKETS = Markets.build(
    (
        Market(coin="A", size_decimals=2, max_leverage=10, table_row=0),
        Market(coin="B", size_decimals=2, max_leverage=10, table_row=0),
    )
)
LISTED, SEEN = int(AddressSource.LEADERBOARD), int(AddressSource.TRADES)
NOBODY = Expected(np.zeros(0), np.zeros(0, np.int64))


def holders(usd: Float64Array, market: int = 0, is_exempt: BoolArray | None = None) -> Accounts:
    """One position each, of so many USD at a mark of 1."""
    count = len(usd)
    return Accounts.build(
        addresses=tuple(f"0x{row:040x}" for row in range(count)),
        address_row=np.arange(count),
        raw_usd=np.zeros(count),
        offsets=np.arange(count + 1),
        market_index=np.full(count, market),
        size=usd,
        table_row=np.zeros(count, np.int64),
        is_exempt=is_exempt,
    )


def snapshot(open_interest: float = np.nan) -> MarketSnapshot:
    both = np.ones(2)
    return MarketSnapshot(markets=MARKETS, time_ms=0, mark=both, oracle=both, open_interest=np.full(2, open_interest))


def alike(count: int, group: int = 0) -> Expected:
    return Expected(np.full(count, 1e4), np.full(count, group))


def estimate(
    usd: Float64Array, sources: UInt8Array, *, open_interest: float = 1e12, unread: Expected = NOBODY
) -> NearCoverageEstimate:
    root = np.full(len(usd), 0.97)
    accounts = holders(usd)
    return near_coverage(accounts, snapshot(open_interest), root, sources, alike(len(usd)), unread, within=(0.05,))[0]


def found(rng: np.random.Generator, usd: Float64Array, chances: tuple[float, float]) -> tuple[Float64Array, UInt8Array]:
    """Those that independent discoveries find, with their sources."""
    bits = LISTED * (rng.random(len(usd)) < chances[0]) + SEEN * (rng.random(len(usd)) < chances[1])
    return usd[bits > 0], bits[bits > 0].astype(np.uint8)


def test_estimate_is_right_on_average_and_its_interval_holds_for_independent_discoveries() -> None:
    rng = np.random.default_rng(1)
    errors, inside, runs = [], 0, 200
    for _ in range(runs):
        usd = rng.lognormal(9.0, 1.0, 1_500)
        held, sources = found(rng, usd, (0.6, 0.5))
        truth = held.sum() / usd.sum()
        answer = estimate(held, sources)
        errors.append(answer.share - truth)
        inside += answer.low <= truth <= answer.high
    assert abs(np.mean(errors)) < 0.01
    assert inside / runs > 0.9


def test_large_accounts_that_are_found_more_easily_do_not_bias_the_estimate_much() -> None:
    rng = np.random.default_rng(2)
    errors = []
    for _ in range(50):
        usd = rng.lognormal(9.0, 1.0, 3_000)
        ease = np.clip(0.4 + 0.15 * np.log(usd / np.median(usd)), 0.05, 0.95)
        bits = LISTED * (rng.random(3_000) < ease) + SEEN * (rng.random(3_000) < ease)
        held = usd[bits > 0]
        errors.append(estimate(held, bits[bits > 0].astype(np.uint8)).share - held.sum() / usd.sum())
    assert abs(np.mean(errors)) < 0.03


@settings(max_examples=examples(100), deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 400), st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1e7))
def test_shares_are_ordered_and_never_leave_more_missing_than_open_interest(
    seed: int, count: int, first: float, second: float, spare: float
) -> None:
    rng = np.random.default_rng(seed)
    usd, sources = found(rng, rng.lognormal(9.0, 2.0, count), (first, second))
    open_interest = (usd.sum() + spare) / 2.0
    answer = estimate(usd, sources, open_interest=open_interest, unread=alike(30))
    if np.isnan(answer.share):
        return
    gap = open_gap_usd(holders(usd), snapshot(open_interest), 0) + 2.0 * open_interest
    assert 0.0 <= answer.low <= answer.share <= answer.high <= 1.0
    assert answer.unfound_usd + answer.unread_usd <= gap * (1 + 1e-9)
    assert answer.low >= answer.held_usd / (answer.held_usd + gap) * (1 - 1e-9)


def test_too_few_found_both_ways_is_unknown() -> None:
    usd, both = np.full(200, 1e4), np.full(200, LISTED, np.uint8)
    both[: MIN_RECAPTURED - 1] |= SEEN
    assert np.isnan(estimate(usd, both).share)
    both[MIN_RECAPTURED - 1] |= SEEN
    assert np.isfinite(estimate(usd, both).share)
    assert np.isnan(estimate(np.zeros(0), np.zeros(0, np.uint8)).share)


def test_everybody_found_both_ways_and_read_is_complete() -> None:
    answer = estimate(np.full(100, 1e4), np.full(100, LISTED | SEEN, np.uint8))
    assert (answer.share, answer.high) == (1.0, 1.0)
    assert 0.98 < answer.low < 1.0


def test_a_small_sample_without_a_miss_is_not_certain() -> None:
    sources = np.full(300, LISTED, np.uint8)
    sources[:25] |= SEEN  # of 25 seen all are listed: one in ten may still be on no list
    answer = estimate(np.full(300, 1e4), sources)
    assert (answer.share, answer.high) == (1.0, 1.0)
    assert 0.85 < answer.low < 0.95


def test_where_hardly_anybody_is_missing_nobody_may_be() -> None:
    sources = np.full(30, LISTED | SEEN, np.uint8)
    sources[:4], sources[4:6] = LISTED, SEEN  # about 4 x 2 / 25 missing
    answer = estimate(np.full(30, 1e4), sources)
    assert answer.low < answer.share < answer.high == 1.0


def test_intervals_hold_where_amounts_have_a_heavy_tail() -> None:
    rng = np.random.default_rng(5)
    inside = []
    for _ in range(200):
        usd = rng.lognormal(6.0, 2.2, 400)
        held, sources = found(rng, usd, (0.94, 0.25))
        answer = estimate(held, sources)
        inside.append(answer.low <= held.sum() / usd.sum() <= answer.high)
    assert np.mean(inside) > 0.85  # 0.64 with the variance of the number alone


def test_unread_addresses_count_as_what_read_ones_of_their_kind_hold() -> None:
    usd, both = np.full(100, 1e4), np.full(100, LISTED | SEEN, np.uint8)
    answer = estimate(usd, both, unread=alike(100))
    assert answer.unread_usd == pytest.approx(1e6)
    assert answer.share == pytest.approx(0.5)
    assert answer.high == pytest.approx(0.75, abs=0.01)


def test_unread_addresses_of_another_group_are_judged_by_their_own() -> None:
    usd = np.concatenate((np.full(100, 1e4), np.zeros(100)))
    accounts, root = holders(usd[:100]), np.full(100, 0.97)
    accounts = Accounts.build(
        addresses=tuple(f"0x{row:040x}" for row in range(200)),
        address_row=accounts.address_row,
        raw_usd=accounts.raw_usd,
        offsets=accounts.offsets,
        market_index=accounts.market_index,
        size=accounts.size,
        table_row=accounts.table_row,
    )
    expected = Expected(np.full(200, 1e4), np.repeat([0, 1], 100))
    sources = np.full(200, LISTED | SEEN, np.uint8)
    (answer,) = near_coverage(accounts, snapshot(1e12), root, sources, expected, alike(50, 1), within=(0.05,))
    assert answer.unread_usd == 0.0


def test_only_levels_within_the_distance_count_and_exempt_pools_stand_apart() -> None:
    usd = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    accounts = holders(usd, is_exempt=np.array([False, False, False, False, True]))
    root = np.array([0.995, 0.97, np.nan, -1.0, 0.999])
    mark = np.ones(2)
    assert near_notional(accounts, mark, root, 0.01).tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert near_notional(accounts, mark, root, 0.05).tolist() == [1.0, 2.0, 0.0, 0.0, 0.0]
    assert near_notional(accounts, mark, root, 0.05, market_index=1).tolist() == [0.0] * 5


def test_open_interest_that_is_not_known_bounds_nothing() -> None:
    accounts = holders(np.array([10.0]))
    assert open_gap_usd(accounts, snapshot(100.0), 0) == 190.0
    assert open_gap_usd(accounts, snapshot(100.0)) == 390.0
    assert open_gap_usd(accounts, snapshot(3.0), 0) == 0.0
    assert open_gap_usd(accounts, snapshot(), 0) == np.inf


def test_chapman_is_the_textbook_formula() -> None:
    number, variance = chapman(200, 150, 100)
    assert number == pytest.approx(201 * 151 / 101 - 1)
    assert variance == pytest.approx(201 * 151 * 100 * 50 / (101**2 * 102))


def test_columns_of_other_lengths_are_refused() -> None:
    with pytest.raises(ModelError, match="sources has shape"):
        near_coverage(holders(np.ones(2)), snapshot(), np.ones(2), np.zeros(3, np.uint8), alike(2), NOBODY)
