"""Odds of a map: of a price, a span, every cluster; each beside its record, one sentence where there is none."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from generated_paths import generated_candles
from memory_history import MemoryHistory
from small_market import SmallMarket, small_market

from liqscape.errors import NotFound, QuestionError
from liqscape.insight.odds.pooled import POOL_END_MS, pooled_record
from liqscape.insight.odds.volatility import HORIZONS
from liqscape.service.hour_path import hour_path
from liqscape.service.odds import OddsQuestions
from liqscape.service.view import MapView
from liqscape.units import DAY_MS, HOUR_MS, Float64Array


class GeneratedCandles:
    """Hourly candles of a generated path that end at a time, of one coin."""

    name, interval_ms, coins = "Made, 1 hour", HOUR_MS, ("BTC",)

    def __init__(self, end_ms: int, hours: int, law: str = "stochastic volatility") -> None:
        first_ms = end_ms - end_ms % HOUR_MS - hours * HOUR_MS
        self.rows = generated_candles(law, hours, 5, first_ms)

    def read(self, _: str, start_ms: int, end_ms: int) -> Float64Array:
        return self.rows[(self.rows[:, 0] >= start_ms) & (self.rows[:, 0] < end_ms)]


def moved(market: SmallMarket, by_ms: int) -> SmallMarket:
    """The same market at another time."""
    frames = tuple(
        replace(frame, snapshot=replace(frame.snapshot, time_ms=frame.time_ms + by_ms)) for frame in market.frames
    )
    return replace(market, frames=frames)


@pytest.fixture(scope="module")
def market() -> SmallMarket:
    """After the shipped table's last candle."""
    made = small_market(count=3)
    return moved(made, POOL_END_MS + 2 * DAY_MS - made.frames[0].time_ms)


def asked(market: SmallMarket, hours: int) -> OddsQuestions:
    candles = GeneratedCandles(market.frames[-1].time_ms, hours)
    return OddsQuestions(MapView(MemoryHistory(market), candles=candles))  # type: ignore[arg-type]


def test_every_cluster_has_odds_with_the_record_of_its_own_prices(market: SmallMarket) -> None:
    answer = asked(market, 1_500).ask("BTC")
    assert answer.mark is not None
    assert [row.horizon for row in answer.horizons] == list(HORIZONS)
    for row in answer.horizons:
        assert row.record is not None
        assert row.record.source == "own"
        assert row.record.windows >= 20
        assert row.record.reliability
        assert row.note is None
    assert len(answer.levels) > 3
    distances = [abs(level.distance_percent) for level in answer.levels]
    assert distances == sorted(distances)
    for level in answer.levels:
        assert level.kind == "cluster"
        assert level.notional is not None
        assert level.direction == ("up" if level.side == -1 else "down")
        edge = level.price_low if level.side == -1 else level.price_high
        assert level.price == edge
        hour, four, day = level.within
        if day.probability is not None and hour.probability is not None and four.probability is not None:
            assert hour.probability <= day.probability
            assert 0.0 <= four.probability <= 1.0
        for each, row in zip(level.within, answer.horizons, strict=True):
            assert row.sigma_percent is not None
            assert each.distance_sigma is not None
            log = abs(math.log(level.price / answer.mark))
            assert each.distance_sigma == pytest.approx(100.0 * log / row.sigma_percent)
            assert (each.probability is None) == (each.distance_sigma > 12.0)
            assert (each.probability is None) <= (each.note is not None)


def test_a_new_map_shows_the_record_of_the_shipped_table(market: SmallMarket) -> None:
    answer = asked(market, 80).ask("BTC", price=answer_price(market, 1.01))
    sources = [row.record.source for row in answer.horizons if row.record is not None]
    assert sources == ["own", "pooled", "pooled"]
    day = answer.horizons[2].record
    assert day is not None
    assert (day.windows, day.brier) == (pooled_record(24).windows, pooled_record(24).brier)
    assert day.own_windows == 1
    assert day.own_weight == pytest.approx(1 / 51)
    (level,) = answer.levels
    assert all(each.probability is not None and each.skill is not None for each in level.within)


def answer_price(market: SmallMarket, factor: float) -> float:
    return float(market.frames[-1].snapshot.mark[0]) * factor


def test_a_span_is_met_at_its_nearer_edge(market: SmallMarket) -> None:
    questions = asked(market, 400)
    low, high = answer_price(market, 0.97), answer_price(market, 0.98)
    (level,) = questions.ask("BTC", price_low=low, price_high=high).levels
    assert (level.kind, level.price, level.direction) == ("span", high, "down")
    (same,) = questions.ask("BTC", price=high).levels
    assert [each.probability for each in level.within] == [each.probability for each in same.within]


def test_where_the_mark_is_there_are_no_odds(market: SmallMarket) -> None:
    low, high = answer_price(market, 0.99), answer_price(market, 1.01)
    (level,) = asked(market, 400).ask("BTC", price_low=low, price_high=high).levels
    assert level.direction == "here"
    assert {(each.probability, each.note) for each in level.within} == {(None, "The mark is there.")}


@pytest.mark.parametrize("hours", [1, 10])
def test_too_little_history_is_one_sentence_and_no_figure(market: SmallMarket, hours: int) -> None:
    answer = asked(market, hours).ask("BTC", price=answer_price(market, 1.02))
    for row in answer.horizons:
        assert row.record is None
        assert row.sigma_percent is None
        assert row.note is not None
        assert row.note.startswith("Too little history: ")
        assert row.note.count(". ") == 0
    assert all(each.probability is None and each.note is not None for each in answer.levels[0].within)


def test_before_the_shipped_table_ends_only_own_prices_count() -> None:
    early = small_market(count=3)
    assert early.frames[-1].time_ms < POOL_END_MS
    price = float(early.frames[-1].snapshot.mark[0]) * 1.01
    few = asked(early, 100).ask("BTC", price=price)
    assert few.horizons[0].note == (
        "Too little history: 100 hours of BTC are known, and the shipped table is of later prices; odds on own prices "
        "alone need 20 windows that were judged."
    )
    many = asked(early, 2_000).ask("BTC", price=price)
    assert [row.record.source for row in many.horizons if row.record is not None] == ["own"] * 3
    assert all(row.record is not None and row.record.own_weight == 1.0 for row in many.horizons)


def test_a_second_question_gives_the_same_figures(market: SmallMarket) -> None:
    questions = asked(market, 400)
    assert questions.ask("BTC") == questions.ask("BTC")


def test_a_coin_without_a_mark_or_prices_says_so(market: SmallMarket) -> None:
    answer = asked(market, 400).ask("DARK")
    assert answer.mark is None
    assert answer.levels == []
    assert answer.notes == ["The mark of DARK is not known at this time: there is no distance from it."]


@pytest.mark.parametrize(
    ("prices", "said"),
    [
        ((-1.0, None, None), "price -1.0 is outside 1e-12..1e15"),
        ((math.nan, None, None), "price nan is outside"),
        ((None, 5.0, None), "a span needs both price_low and price_high"),
        ((None, 5.0, 5.0), "price_low 5 is not below price_high 5"),
        ((1.0, 5.0, 6.0), "give either price, or price_low and price_high"),
    ],
)
def test_a_mistake_is_one_sentence(
    market: SmallMarket, prices: tuple[float | None, float | None, float | None], said: str
) -> None:
    with pytest.raises(QuestionError, match=said):
        asked(market, 30).ask("BTC", *prices)


def test_an_unknown_coin_and_mode_are_refused(market: SmallMarket) -> None:
    with pytest.raises(NotFound, match="NOPE"):
        asked(market, 30).ask("NOPE")
    with pytest.raises(QuestionError, match="mode 'both'"):
        asked(market, 30).ask("BTC", mode="both")


def test_the_source_that_knows_most_hours_up_to_now_is_taken(market: SmallMarket) -> None:
    at_ms = market.frames[-1].time_ms
    long, short = GeneratedCandles(at_ms, 300), GeneratedCandles(at_ms, 50)
    view = MapView(MemoryHistory(market), candles=long, feed=Feed(short))  # type: ignore[arg-type]
    path = hour_path(view, "BTC", at_ms)
    assert path is not None
    assert (path.source.name, int(np.isfinite(path.bars.close).sum())) == ("Made, 1 hour", 300)
    stale = GeneratedCandles(at_ms - 5 * HOUR_MS, 300)
    view = MapView(MemoryHistory(market), candles=stale, feed=Feed(short))  # type: ignore[arg-type]
    path = hour_path(view, "BTC", at_ms)
    assert path is not None
    assert path.source.name == "Fed"
    assert hour_path(MapView(MemoryHistory(market), candles=stale), "BTC", at_ms) is None  # type: ignore[arg-type]


class Feed:
    """Candles as an exchange's feed has them."""

    name = "Fed"

    def __init__(self, candles: GeneratedCandles) -> None:
        self.candles = candles

    def read(self, coin: str, start_ms: int, end_ms: int) -> object:
        from liqscape.service.candles import NearCandles

        return NearCandles(self.candles.read(coin, start_ms, end_ms), HOUR_MS, 0)
