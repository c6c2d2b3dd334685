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
    told = Told()
    assert list(told.stream(told.usual(BTC=mark, ETH=3_010.0))) == ["BTC"]
    assert (told.mark("BTC"), told.mark("ETH")) == (90_000.0, 3_010.0)
    assert told.live.flagged_count == 1
    assert told.live.wants_contexts == ("",)
    assert told.stream(told.usual(BTC=90_010.0)) == {}
    assert told.mark("BTC") == 90_010.0
    assert told.live.wants_contexts == ()


@pytest.mark.parametrize("mark", [0.0, -1.0, math.nan])
def test_what_is_no_price_is_never_taken_and_its_mark_is_unknown_after_a_minute(mark: float) -> None:
    told = Told()
    for _ in range(HOLE_NS // SECOND_NS):
        assert told.by_name(told.usual(BTC=mark)) == {"BTC": Doubt.UNREADABLE}
        assert told.mark("BTC") == 90_000.0
    assert told.stream(told.usual(BTC=mark)) == {"BTC": Doubt.UNREADABLE}
    assert math.isnan(told.mark("BTC"))


def test_a_coin_nobody_ever_quoted_is_unknown_and_not_in_doubt() -> None:
    told = Told()
    told.meta = Meta((*told.meta.universe, Asset(name="NEW", maxLeverage=3, szDecimals=1, marginTableId=3)))
    assert told.by_name([*told.usual(), context(0.0)]) == {}
    assert told.stream([*told.usual(), context(0.0)]) == {}
    assert math.isnan(told.mark("NEW"))


def test_two_coins_told_each_others_figures_are_found_though_their_prices_are_close() -> None:
    told = Told()
    rows = told.usual(SOL=150.0, DOGE=160.0)
    told.by_name(rows, seconds=120.0)
    swapped = [*rows[:2], rows[3], rows[2]]
    assert told.stream(swapped) == {"SOL": Doubt.SWAPPED, "DOGE": Doubt.SWAPPED}
    assert (told.mark("SOL"), told.mark("DOGE")) == (150.0, 160.0)


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (1, 2, 3, 0), (3, 2, 1, 0)])
def test_coins_told_in_another_order_are_in_doubt_and_keep_their_marks_however_long_it_lasts(
    order: tuple[int, ...],
) -> None:
    told = Told()
    moved = {coin for place, coin in enumerate(COINS) if order[place] != place}
    for second in range(100):
        rows = told.usual()
        assert set(told.stream([rows[place] for place in order])) == moved
        if second % 20 == 0:
            told.by_name()  # by name all is well
    assert told.mark("BTC") == 90_000.0


def test_a_crash_beyond_the_bounds_is_believed_after_three_readings_of_which_one_by_name() -> None:
    told, fallen = Told(), 30_000.0
    assert told.stream(told.usual(BTC=fallen)) == {"BTC": Doubt.MARK_LEAP | Doubt.ORACLE_LEAP}
    assert told.by_name(told.usual(BTC=fallen * 1.01), seconds=0.2)
    assert told.stream(told.usual(BTC=fallen), seconds=0.8)
    assert told.stream(told.usual(BTC=fallen * 0.98), seconds=2.0)
    assert told.stream(told.usual(BTC=fallen), seconds=1.0)
    assert told.mark("BTC") == 90_000.0
    assert told.stream(told.usual(BTC=fallen), seconds=2.0) == {}
    assert told.mark("BTC") == fallen
    assert (told.now_ns - 10**18) / 1e9 - 2.0 <= 2.0 * AGREEING


def test_readings_without_names_alone_are_never_believed_nor_ones_that_differ() -> None:
    told = Told()
    for _ in range(200):
        assert told.stream(told.usual(BTC=30_000.0))
    assert math.isnan(told.mark("BTC"))  # neither the mark of three minutes ago, nor the one that is told
    told = Told()
    for number in range(40):
        assert told.by_name(told.usual(BTC=(30_000.0, 300.0)[number % 2]), seconds=4.0)


def test_a_mark_far_off_its_oracle_stays_in_doubt_after_it_is_believed() -> None:
    told = Told()
    rows = told.usual()
    rows[0] = context(90_000.0, oracle=20_000.0)
    for _ in range(AGREEING + 1):
        doubts = told.by_name(rows, seconds=4.0)
    assert doubts == {"BTC": Doubt.OFF_ORACLE}
    rows[0] = context(91_000.0, oracle=20_000.0)
    assert told.stream(rows) == {"BTC": Doubt.OFF_ORACLE}
    assert told.mark("BTC") == 91_000.0
    for _ in range(AGREEING):
        doubts = told.by_name(told.usual(), seconds=4.0)
    assert doubts == {}


def test_a_first_value_is_judged_by_its_oracle_alone_and_so_is_one_after_a_hole() -> None:
    told = Told()
    assert told.stream(told.usual(BTC=9_000.0), seconds=HOLE_NS / 1e9 + 1.0) == {}
    rows = told.usual(BTC=9_000.0)
    rows[0] = context(9_000.0, oracle=90_000.0)
    assert "BTC" in told.stream(rows, seconds=HOLE_NS / 1e9 + 1.0)


def test_nothing_open_means_that_nobody_is_hurt_by_a_mark_off_its_oracle() -> None:
    """Recorded: coins long left by everybody, their marks standing 1 to 6 log units off."""
    told = Told()
    rows = told.usual()
    rows[3] = context(0.2, oracle=80.0, interest=0.0)
    assert told.stream(rows, seconds=100.0) == {}


@settings(max_examples=examples(60))
@given(
    st.lists(
        st.tuples(st.floats(-0.999, 0.999), st.floats(0.1, 50.0)), min_size=1, max_size=12
    )
)  # fmt: skip
def test_whatever_moves_within_the_bound_is_taken_at_once(steps: list[tuple[float, float]]) -> None:
    told, mark = Told(), MARKS[1]
    for share, seconds in steps:
        mark *= math.exp(share * LEAP * math.sqrt(min(max(seconds, LEAP_MIN_S), LEAP_MAX_S)))
        mark = min(max(mark, 1.0), 1e6)
        assert told.stream(told.usual(ETH=mark), seconds) == {}
        assert told.mark("ETH") == mark


@settings(max_examples=examples(60))
@given(st.floats(0.1, 59.0), st.floats(1.001, 3.0), st.sampled_from((-1.0, 1.0)))
def test_whatever_moves_beyond_the_bound_is_not(seconds: float, times: float, way: float) -> None:
    told = Told()
    mark = MARKS[1] * math.exp(way * times * LEAP * math.sqrt(max(seconds, LEAP_MIN_S)))
    assert "ETH" in told.stream(told.usual(ETH=mark), seconds)
    assert told.mark("ETH") == MARKS[1]


@settings(max_examples=examples(50))
@given(st.integers(2, 30), st.randoms(use_true_random=False))
def test_any_reordering_is_found_against_a_slow_twin(count: int, chance: object) -> None:
    rng = np.random.default_rng(count)
    last = np.exp(rng.normal(0.0, 3.0, (3, count)))
    order = list(range(count))
    chance.shuffle(order)  # type: ignore[attr-defined]
    told = last[:, order] * np.exp(rng.normal(0.0, 1e-4, (3, count)))

    def distance(one: int, other: int) -> float:
        return max(abs(math.log(told[k, one] / last[k, other])) for k in (MARK, ORACLE, OPEN_INTEREST))

    moved = [place for place in range(count) if order[place] != place and distance(place, place) > 0.05]
    found = find_swapped(told, last)
    assert set(np.flatnonzero(found).tolist()) == set(moved)


def test_coins_that_fall_together_are_not_swapped() -> None:
    rng = np.random.default_rng(4)
    last = np.exp(rng.normal(0.0, 3.0, (3, 300)))
    for fall in (0.06, 0.2, 0.39):
        told = last * np.array([[1.0 - fall], [1.0 - fall], [0.9]]) * np.exp(rng.normal(0.0, 0.03, (3, 300)))
        assert not find_swapped(told, last).any()


def cover(told: Told, *shares: float) -> None:
    """So much of twice the open interest is held, by coin."""
    told.live.cover(2.0 * np.array(shares) * np.array(INTEREST), told.now_ns)


def test_a_coverage_above_all_is_in_doubt_at_once_where_it_never_was_right_and_after_a_while_where_it_was() -> None:
    told = Told()
    cover(told, 7.43, 1.04, 0.0, 0.5)
    assert told.doubts == {"BTC": Doubt.COVERAGE}
    assert told.live.wants_contexts == ("",)
    for share, passed_ns, doubted in ((1.0, 0, False), (7.43, SECOND_NS, False), (7.43, COVERAGE_LASTS_NS, True)):
        told.now_ns += passed_ns
        cover(told, share, 1.0, 0.0, 0.5)
        assert ("BTC" in told.doubts) is doubted
    cover(told, 0.7, 1.0, 0.0, 0.5)
    assert told.doubts == {}


def test_something_held_where_nothing_is_open_is_more_than_all_and_nothing_against_nothing_is_not() -> None:
    told = Told()
    rows = told.usual()
    rows[2:] = [context(150.0, interest=0.0), context(0.2, interest=0.0)]
    told.stream(rows)
    told.live.cover(np.array([1.0, 1.0, 0.0, 5.0]), told.now_ns)
    assert told.doubts == {"DOGE": Doubt.COVERAGE}


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
    told = Told()
    other, concerned = changed(told.meta, how)
    by_coin = dict(zip(COINS, told.usual(), strict=True)) | {"WETH": context(3_000.0)}
    contexts = [by_coin[asset.name] for asset in other.universe]
    assert set(told.by_name(contexts, meta=other)) == concerned
    assert told.live.wants_metas
    assert told.live.markets.coins == tuple(COINS)
    assert (told.mark("BTC"), told.mark("ETH")) == (90_000.0, 3_000.0)  # by name the figures are right
    assert set(told.by_name(contexts, seconds=1.0, meta=other)) == concerned  # too soon to be another telling
    assert told.by_name(contexts, seconds=3.0, meta=other) == {}
    assert not told.live.wants_metas
    assert told.stream(contexts) == {}
    assert (told.mark("BTC"), told.mark("SOL")) == (90_000.0, 150.0)


@pytest.mark.parametrize("how", ["reordered", "renamed", "other decimals", "cut short"])
def test_a_listing_that_was_a_slip_changes_nothing(how: str) -> None:
    told = Told()
    other, _ = changed(told.meta, how)
    told.by_name([context(MARKS[0])] * len(other.universe), meta=other)
    assert told.by_name(seconds=5.0) == {}
    assert told.live.markets.coins == tuple(COINS)
    assert [market.size_decimals for market in told.live.markets.rows] == list(COINS.values())


def test_new_coins_at_the_end_are_listed_at_once() -> None:
    told = Told()
    longer = Meta((*told.meta.universe, Asset(name="NEW", maxLeverage=3, szDecimals=1, marginTableId=3)))
    assert told.by_name([*told.usual(), context(4.0)], meta=longer) == {}
    assert told.mark("NEW") == 4.0


def test_what_is_told_of_a_delisted_coin_is_taken_as_it_is() -> None:
    told = Told()
    told.meta = Meta(
        (*told.meta.universe[:3], Asset(name="DOGE", maxLeverage=10, szDecimals=0, marginTableId=10, isDelisted=True))
    )
    told.by_name()
    assert told.stream(told.usual(DOGE=0.0)) == {}
    assert math.isnan(told.mark("DOGE"))


def test_a_coin_that_goes_takes_its_doubt_with_it() -> None:
    told = Told()
    assert "ETH" in told.stream(told.usual(ETH=0.0))
    other, _ = changed(told.meta, "renamed")
    for _ in range(2):
        told.by_name(seconds=5.0, meta=other)
    assert told.doubts == {}


def test_room_for_more_markets_keeps_what_is_known_of_the_others() -> None:
    judge = Plausibility()
    judge.grow(1)
    one, told = np.zeros(1, np.int64), np.full((3, 1), 10.0)
    listed = np.ones(1, np.bool_)
    assert judge.judge(one, told, np.full((3, 1), np.nan), listed, 5, is_named=True) is None
    judge.grow(3)
    assert judge.age_ms(0, 1_000_005) == 1.0
    assert judge.age_ms(2, 1_000_005) is None
    assert not judge.doubt.any()
