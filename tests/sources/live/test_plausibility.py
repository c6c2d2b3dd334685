"""Impossible figures are not taken, plausible ones always are: rule by rule, and what a flagged reading becomes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.model.doubt import Doubt
from liqscape.sources.live.markets import LiveMarkets
from liqscape.sources.live.plausibility import (
    AGREEING,
    COVERAGE_LASTS_NS,
    HOLE_NS,
    LEAP,
    LEAP_MAX_S,
    LEAP_MIN_S,
    MARK,
    OPEN_INTEREST,
    ORACLE,
    Plausibility,
    find_swapped,
)
from liqscape.wire.info.meta import Asset, AssetContext, Meta

SECOND_NS = 1_000_000_000
COINS = {"BTC": 5, "ETH": 4, "SOL": 2, "DOGE": 0}
MARKS = (90_000.0, 3_000.0, 150.0, 0.2)
INTEREST = (20_000.0, 400_000.0, 5e6, 1e9)


def context(mark: float, oracle: float | None = None, interest: float = 1_000.0) -> AssetContext:
    return AssetContext(
        markPx=mark, oraclePx=mark if oracle is None else oracle, openInterest=interest, funding=0.0, dayNtlVlm=1.0
    )


class Told:
    """Four coins on one dex, told a second apart."""

    def __init__(self) -> None:
        self.live = LiveMarkets(("",))
        self.now_ns = 10**18
        self.meta = Meta(
            tuple(
                Asset(name=coin, maxLeverage=10, szDecimals=decimals, marginTableId=10)
                for coin, decimals in COINS.items()
            )
        )
        self.by_name()

    def usual(self, **marks: float) -> list[AssetContext]:
        """What is usually told; other marks with their oracle by coin."""
        return [
            context(marks.get(coin, mark), interest=interest)
            for coin, mark, interest in zip(COINS, MARKS, INTEREST, strict=True)
        ]

    def stream(self, contexts: Sequence[AssetContext], seconds: float = 1.0) -> dict[str, Doubt]:
        self.now_ns += round(seconds * SECOND_NS)
        self.live.move("", contexts, self.now_ns)
        return self.doubts

    def by_name(
        self, contexts: Sequence[AssetContext] | None = None, seconds: float = 1.0, meta: Meta | None = None
    ) -> dict[str, Doubt]:
        self.now_ns += round(seconds * SECOND_NS)
        self.live.put("", meta or self.meta, contexts or self.usual(), "test", self.now_ns)
        return self.doubts

    @property
    def doubts(self) -> dict[str, Doubt]:
        doubt = self.live.doubt
        coins = self.live.markets.coins
        return {} if doubt is None else {coins[row]: Doubt(int(doubt[row])) for row in np.flatnonzero(doubt)}

    def mark(self, coin: str) -> float:
        snapshot = self.live.snapshot(0, self.now_ns)
        return float(snapshot.mark[snapshot.markets.index_of(coin)])


@pytest.mark.parametrize("mark", [1.0, 99_999_999.0, 0.0, -1.0, math.nan, math.inf, 1_895.0])
def test_an_impossible_mark_is_not_taken_and_its_coin_alone_is_in_doubt(mark: float) -> None:
    reported = Told()
    assert list(reported.stream(reported.usual(BTC=mark, ETH=3_010.0))) == ["BTC"]
    assert (reported.mark("BTC"), reported.mark("ETH")) == (90_000.0, 3_010.0)
    assert reported.live.flagged_count == 1
    assert reported.live.wants_contexts == ("",)
    assert reported.stream(reported.usual(BTC=90_010.0)) == {}
    assert reported.mark("BTC") == 90_010.0
    assert reported.live.wants_contexts == ()


@pytest.mark.parametrize("mark", [0.0, -1.0, math.nan])
def test_what_is_no_price_is_never_taken_and_its_mark_is_unknown_after_a_minute(mark: float) -> None:
    reported = Told()
    for _ in range(HOLE_NS // SECOND_NS):
        assert reported.by_name(reported.usual(BTC=mark)) == {"BTC": Doubt.UNREADABLE}
        assert reported.mark("BTC") == 90_000.0
    assert reported.stream(reported.usual(BTC=mark)) == {"BTC": Doubt.UNREADABLE}
    assert math.isnan(reported.mark("BTC"))


def test_a_coin_nobody_ever_quoted_is_unknown_and_not_in_doubt() -> None:
    reported = Told()
    reported.meta = Meta((*reported.meta.universe, Asset(name="NEW", maxLeverage=3, szDecimals=1, marginTableId=3)))
    assert reported.by_name([*reported.usual(), context(0.0)]) == {}
    assert reported.stream([*reported.usual(), context(0.0)]) == {}
    assert math.isnan(reported.mark("NEW"))


def test_two_coins_told_each_others_figures_are_found_though_their_prices_are_close() -> None:
    reported = Told()
    rows = reported.usual(SOL=150.0, DOGE=160.0)
    reported.by_name(rows, seconds=120.0)
    swapped = [*rows[:2], rows[3], rows[2]]
    assert reported.stream(swapped) == {"SOL": Doubt.SWAPPED, "DOGE": Doubt.SWAPPED}
    assert (reported.mark("SOL"), reported.mark("DOGE")) == (150.0, 160.0)


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (1, 2, 3, 0), (3, 2, 1, 0)])
def test_coins_told_in_another_order_are_in_doubt_and_keep_their_marks_however_long_it_lasts(
    order: tuple[int, ...],
) -> None:
    reported = Told()
    moved = {coin for place, coin in enumerate(COINS) if order[place] != place}
    for second in range(100):
        rows = reported.usual()
        assert set(reported.stream([rows[place] for place in order])) == moved
        if second % 20 == 0:
            reported.by_name()  # by name all is well
    assert reported.mark("BTC") == 90_000.0


def test_a_crash_beyond_the_bounds_is_believed_after_three_readings_of_which_one_by_name() -> None:
    reported, fallen = Told(), 30_000.0
    assert reported.stream(reported.usual(BTC=fallen)) == {"BTC": Doubt.MARK_LEAP | Doubt.ORACLE_LEAP}
    assert reported.by_name(reported.usual(BTC=fallen * 1.01), seconds=0.2)
    assert reported.stream(reported.usual(BTC=fallen), seconds=0.8)
    assert reported.stream(reported.usual(BTC=fallen * 0.98), seconds=2.0)
    assert reported.stream(reported.usual(BTC=fallen), seconds=1.0)
    assert reported.mark("BTC") == 90_000.0
    assert reported.stream(reported.usual(BTC=fallen), seconds=2.0) == {}
    assert reported.mark("BTC") == fallen
    assert (reported.now_ns - 10**18) / 1e9 - 2.0 <= 2.0 * AGREEING


def test_readings_without_names_alone_are_never_believed_nor_ones_that_differ() -> None:
    reported = Told()
    for _ in range(200):
        assert reported.stream(reported.usual(BTC=30_000.0))
    assert math.isnan(reported.mark("BTC"))  # neither the mark of three minutes ago, nor the one that is told
    reported = Told()
    for number in range(40):
        assert reported.by_name(reported.usual(BTC=(30_000.0, 300.0)[number % 2]), seconds=4.0)


def test_a_mark_far_off_its_oracle_stays_in_doubt_after_it_is_believed() -> None:
    reported = Told()
    rows = reported.usual()
    rows[0] = context(90_000.0, oracle=20_000.0)
    for _ in range(AGREEING + 1):
        doubts = reported.by_name(rows, seconds=4.0)
    assert doubts == {"BTC": Doubt.OFF_ORACLE}
    rows[0] = context(91_000.0, oracle=20_000.0)
    assert reported.stream(rows) == {"BTC": Doubt.OFF_ORACLE}
    assert reported.mark("BTC") == 91_000.0
    for _ in range(AGREEING):
        doubts = reported.by_name(reported.usual(), seconds=4.0)
    assert doubts == {}


def test_a_first_value_is_judged_by_its_oracle_alone_and_so_is_one_after_a_hole() -> None:
    reported = Told()
    assert reported.stream(reported.usual(BTC=9_000.0), seconds=HOLE_NS / 1e9 + 1.0) == {}
    rows = reported.usual(BTC=9_000.0)
    rows[0] = context(9_000.0, oracle=90_000.0)
    assert "BTC" in reported.stream(rows, seconds=HOLE_NS / 1e9 + 1.0)


def test_nothing_open_means_that_nobody_is_hurt_by_a_mark_off_its_oracle() -> None:
    """Recorded: coins long left by everybody, their marks standing 1 to 6 log units off."""
    reported = Told()
    rows = reported.usual()
    rows[3] = context(0.2, oracle=80.0, interest=0.0)
    assert reported.stream(rows, seconds=100.0) == {}


@settings(max_examples=examples(60))
@given(
    st.lists(
        st.tuples(st.floats(-0.999, 0.999), st.floats(0.1, 50.0)), min_size=1, max_size=12
    )
)  # fmt: skip
def test_whatever_moves_within_the_bound_is_taken_at_once(steps: list[tuple[float, float]]) -> None:
    reported, mark = Told(), MARKS[1]
    for share, seconds in steps:
        mark *= math.exp(share * LEAP * math.sqrt(min(max(seconds, LEAP_MIN_S), LEAP_MAX_S)))
        mark = min(max(mark, 1.0), 1e6)
        assert reported.stream(reported.usual(ETH=mark), seconds) == {}
        assert reported.mark("ETH") == mark


@settings(max_examples=examples(60))
@given(st.floats(0.1, 59.0), st.floats(1.001, 3.0), st.sampled_from((-1.0, 1.0)))
def test_whatever_moves_beyond_the_bound_is_not(seconds: float, times: float, way: float) -> None:
    reported = Told()
    mark = MARKS[1] * math.exp(way * times * LEAP * math.sqrt(max(seconds, LEAP_MIN_S)))
    assert "ETH" in reported.stream(reported.usual(ETH=mark), seconds)
    assert reported.mark("ETH") == MARKS[1]


@settings(max_examples=examples(50))
@given(st.integers(2, 30), st.randoms(use_true_random=False))
def test_any_reordering_is_found_against_a_slow_twin(count: int, chance: object) -> None:
    rng = np.random.default_rng(count)
    last = np.exp(rng.normal(0.0, 3.0, (3, count)))
    order = list(range(count))
    chance.shuffle(order)  # type: ignore[attr-defined]
    reported = last[:, order] * np.exp(rng.normal(0.0, 1e-4, (3, count)))

    def distance(one: int, other: int) -> float:
        return max(abs(math.log(reported[k, one] / last[k, other])) for k in (MARK, ORACLE, OPEN_INTEREST))

    moved = [place for place in range(count) if order[place] != place and distance(place, place) > 0.05]
    found = find_swapped(reported, last)
    assert set(np.flatnonzero(found).tolist()) == set(moved)


def test_coins_that_fall_together_are_not_swapped() -> None:
    rng = np.random.default_rng(4)
    last = np.exp(rng.normal(0.0, 3.0, (3, 300)))
    for fall in (0.06, 0.2, 0.39):
        reported = last * np.array([[1.0 - fall], [1.0 - fall], [0.9]]) * np.exp(rng.normal(0.0, 0.03, (3, 300)))
        assert not find_swapped(reported, last).any()


def cover(reported: Told, *shares: float) -> None:
    """So much of twice the open interest is held, by coin."""
    reported.live.cover(2.0 * np.array(shares) * np.array(INTEREST), reported.now_ns)


def test_a_coverage_above_all_is_in_doubt_at_once_where_it_never_was_right_and_after_a_while_where_it_was() -> None:
    reported = Told()
    cover(reported, 7.43, 1.04, 0.0, 0.5)
    assert reported.doubts == {"BTC": Doubt.COVERAGE}
    assert reported.live.wants_contexts == ("",)
    for share, passed_ns, doubted in ((1.0, 0, False), (7.43, SECOND_NS, False), (7.43, COVERAGE_LASTS_NS, True)):
        reported.now_ns += passed_ns
        cover(reported, share, 1.0, 0.0, 0.5)
        assert ("BTC" in reported.doubts) is doubted
    cover(reported, 0.7, 1.0, 0.0, 0.5)
    assert reported.doubts == {}


def test_something_held_where_nothing_is_open_is_more_than_all_and_nothing_against_nothing_is_not() -> None:
    reported = Told()
    rows = reported.usual()
    rows[2:] = [context(150.0, interest=0.0), context(0.2, interest=0.0)]
    reported.stream(rows)
    reported.live.cover(np.array([1.0, 1.0, 0.0, 5.0]), reported.now_ns)
    assert reported.doubts == {"DOGE": Doubt.COVERAGE}


def changed(meta: Meta, how: str) -> tuple[Meta, set[str]]:
    btc, eth, sol, doge = meta.universe
    match how:
        case "reordered":
            return Meta((eth, btc, sol, doge)), {"BTC", "ETH"}
        case "renamed":
            return Meta((btc, Asset(name="WETH", maxLeverage=10, szDecimals=4, marginTableId=10), sol, doge)), {"ETH"}
        case "other decimals":
            return Meta((btc, Asset(name="ETH", maxLeverage=10, szDecimals=2, marginTableId=10), sol, doge)), {"ETH"}
        case _:
            return Meta((btc, eth, sol)), {"DOGE"}


@pytest.mark.parametrize("how", ["reordered", "renamed", "other decimals", "cut short"])
def test_a_listing_told_otherwise_is_held_until_it_is_told_again(how: str) -> None:
    reported = Told()
    other, concerned = changed(reported.meta, how)
    by_coin = dict(zip(COINS, reported.usual(), strict=True)) | {"WETH": context(3_000.0)}
    contexts = [by_coin[asset.name] for asset in other.universe]
    assert set(reported.by_name(contexts, meta=other)) == concerned
    assert reported.live.wants_metas
    assert reported.live.markets.coins == tuple(COINS)
    assert (reported.mark("BTC"), reported.mark("ETH")) == (90_000.0, 3_000.0)  # by name the figures are right
    assert set(reported.by_name(contexts, seconds=1.0, meta=other)) == concerned  # too soon to be another telling
    assert reported.by_name(contexts, seconds=3.0, meta=other) == {}
    assert not reported.live.wants_metas
    assert reported.stream(contexts) == {}
    assert (reported.mark("BTC"), reported.mark("SOL")) == (90_000.0, 150.0)


@pytest.mark.parametrize("how", ["reordered", "renamed", "other decimals", "cut short"])
def test_a_listing_that_was_a_slip_changes_nothing(how: str) -> None:
    reported = Told()
    other, _ = changed(reported.meta, how)
    reported.by_name([context(MARKS[0])] * len(other.universe), meta=other)
    assert reported.by_name(seconds=5.0) == {}
    assert reported.live.markets.coins == tuple(COINS)
    assert [market.size_decimals for market in reported.live.markets.rows] == list(COINS.values())


def test_new_coins_at_the_end_are_listed_at_once() -> None:
    reported = Told()
    longer = Meta((*reported.meta.universe, Asset(name="NEW", maxLeverage=3, szDecimals=1, marginTableId=3)))
    assert reported.by_name([*reported.usual(), context(4.0)], meta=longer) == {}
    assert reported.mark("NEW") == 4.0


def test_what_is_told_of_a_delisted_coin_is_taken_as_it_is() -> None:
    reported = Told()
    reported.meta = Meta(
        (
            *reported.meta.universe[:3],
            Asset(name="DOGE", maxLeverage=10, szDecimals=0, marginTableId=10, isDelisted=True),
        )
    )
    reported.by_name()
    assert reported.stream(reported.usual(DOGE=0.0)) == {}
    assert math.isnan(reported.mark("DOGE"))


def test_a_coin_that_goes_takes_its_doubt_with_it() -> None:
    reported = Told()
    assert "ETH" in reported.stream(reported.usual(ETH=0.0))
    other, _ = changed(reported.meta, "renamed")
    for _ in range(2):
        reported.by_name(seconds=5.0, meta=other)
    assert reported.doubts == {}


def test_room_for_more_markets_keeps_what_is_known_of_the_others() -> None:
    judge = Plausibility()
    judge.grow(1)
    one, reported = np.zeros(1, np.int64), np.full((3, 1), 10.0)
    listed = np.ones(1, np.bool_)
    assert judge.judge(one, reported, np.full((3, 1), np.nan), listed, 5, is_named=True) is None
    judge.grow(3)
    assert judge.age_ms(0, 1_000_005) == 1.0
    assert judge.age_ms(2, 1_000_005) is None
    assert not judge.doubt.any()
