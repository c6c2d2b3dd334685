"""Candles of the exchange: asked for slowly, for the coins that are looked at, joined without a gap."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import numpy as np
import pytest

from liqscape.errors import RequestFailed
from liqscape.service.collecting.candles import ASKED_SERIES, MAX_COINS, OVERLAP, RENEW_MS, WHOLE_MS, ExchangeCandles
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS
from liqscape.wire.info.candle_snapshot import INTERVALS, CandleSnapshotRequest

NOW_MS = 100 * DAY_MS
QUARTER_MS = 15 * MINUTE_MS


class Exchange:
    """Answers with candles whose prices tell their minute; notes what it was asked."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS
        self.first_ms = 0
        self.asked: list[dict[str, Any]] = []
        self.priorities: list[int] = []
        self.is_down = False
        self.body: bytes | None = None
        self.unpublished: set[int] = set()
        self.prices: dict[int, str] = {}
        """By time of a candle, where it is another than its minute."""

    async def ask(self, request: CandleSnapshotRequest, *, priority: int) -> bytes:
        wanted = msgspec.to_builtins(request.req)
        self.asked.append(wanted)
        self.priorities.append(priority)
        if self.is_down:
            raise RequestFailed("no answer", url="here", status=502)
        if self.body is not None:
            return self.body
        interval = INTERVALS[wanted["interval"]]
        assert interval is not None
        first = max(wanted["startTime"], self.first_ms)
        times = range(first - first % interval, wanted["endTime"] + 1, interval)
        return msgspec.json.encode(
            [
                {
                    "t": time,
                    "T": time + interval - 1,
                    "s": wanted["coin"],
                    "i": wanted["interval"],
                    **dict.fromkeys("ohlc", self.prices.get(time, str(min(time + interval, self.now_ms) // MINUTE_MS))),
                    "v": "1",
                    "n": 1,
                }
                for time in times
                if time not in self.unpublished
            ]
        )

    def candles(self, first: str | None = None) -> ExchangeCandles:
        return ExchangeCandles("trades of a test", lambda: self.now_ms, first)

    def renew(self, candles: ExchangeCandles) -> None:
        """Until nothing is due."""
        while asyncio.run(candles.renew_one(self)):  # type: ignore[arg-type]
            continue


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


def test_nothing_is_at_hand_before_it_was_asked_for(exchange: Exchange) -> None:
    candles = exchange.candles()
    assert candles.read("BTC", NOW_MS - HOUR_MS, NOW_MS) is None
    exchange.renew(candles)
    near = candles.read("BTC", NOW_MS - HOUR_MS, NOW_MS)
    assert near is not None
    assert near.interval_ms == MINUTE_MS
    assert near.rows[:, 0].tolist() == list(range(NOW_MS - HOUR_MS, NOW_MS, MINUTE_MS))
    assert set(exchange.priorities) == {0}


@pytest.mark.parametrize("days", [1, 30])
def test_candles_come_with_what_was_traded_in_them_a_month_back(exchange: Exchange, days: int) -> None:
    candles = exchange.candles("BTC")
    exchange.renew(candles)
    near = candles.read("BTC", NOW_MS - days * DAY_MS, NOW_MS)
    assert near is not None
    assert near.first_ms <= NOW_MS - days * DAY_MS
    assert near.rows.shape[1] == 5
    assert near.volume is not None
    assert near.volume.tolist() == [1.0] * len(near.rows)


def test_the_likely_coin_is_there_before_anybody_looks(exchange: Exchange) -> None:
    candles = exchange.candles("BTC")
    exchange.renew(candles)
    assert candles.read("BTC", NOW_MS - HOUR_MS, NOW_MS) is not None


def test_a_longer_time_is_told_in_quarters_of_an_hour(exchange: Exchange) -> None:
    candles = exchange.candles("BTC")
    exchange.renew(candles)
    spans = {interval: span for _, interval, span in ASKED_SERIES}
    for days, interval in ((1, MINUTE_MS), (2, MINUTE_MS), (10, QUARTER_MS), (90, QUARTER_MS)):
        near = candles.read("BTC", NOW_MS - days * DAY_MS, NOW_MS)
        assert near is not None
        assert near.interval_ms == interval
        assert near.first_ms == NOW_MS - spans[interval]


def test_a_young_market_is_told_in_minutes_as_far_as_it_goes(exchange: Exchange) -> None:
    exchange.first_ms = NOW_MS - 2 * HOUR_MS
    candles = exchange.candles("BTC")
    exchange.renew(candles)
    near = candles.read("BTC", NOW_MS - DAY_MS, NOW_MS)
    assert near is not None
    assert (near.interval_ms, near.first_ms) == (MINUTE_MS, NOW_MS - 2 * HOUR_MS)


def test_later_questions_go_back_over_the_newest_candles_and_replace_the_candle_that_was_not_over(
    exchange: Exchange,
) -> None:
    exchange.now_ms += 20_000
    candles = exchange.candles()
    candles.read("BTC", 0, NOW_MS)
    exchange.renew(candles)
    exchange.now_ms += 150_000
    candles.read("BTC", 0, NOW_MS)
    exchange.renew(candles)
    assert [wanted["startTime"] for wanted in exchange.asked[2:]] == [NOW_MS - OVERLAP * MINUTE_MS]
    near = candles.read("BTC", NOW_MS - 5 * MINUTE_MS, exchange.now_ms)
    assert near is not None
    assert near.rows[:, 0].tolist() == list(range(NOW_MS - 5 * MINUTE_MS, exchange.now_ms, MINUTE_MS))
    assert (np.diff(near.rows[:, 4])[:-1] == 1.0).all()


@pytest.mark.parametrize("interval_ms", [MINUTE_MS, QUARTER_MS])
@pytest.mark.parametrize("back", [1, 3, 2 * OVERLAP])
def test_a_candle_that_comes_late_or_is_put_right_is_taken(exchange: Exchange, interval_ms: int, back: int) -> None:
    """Within the newest ones with the next question, farther back within the hour."""
    start_ms = 0 if interval_ms == QUARTER_MS else NOW_MS - DAY_MS
    late_ms, wrong_ms = NOW_MS - back * interval_ms, NOW_MS - (back + 1) * interval_ms
    exchange.unpublished, exchange.prices = {late_ms}, {wrong_ms: "7"}
    candles = exchange.candles("BTC")
    exchange.renew(candles)
    exchange.unpublished, exchange.prices = set(), {}
    exchange.now_ms += WHOLE_MS if back > OVERLAP else RENEW_MS["15m"]
    candles.read("BTC", 0, NOW_MS)
    exchange.renew(candles)
    near = candles.read("BTC", start_ms, NOW_MS)
    assert near is not None
    assert near.interval_ms == interval_ms
    assert (np.diff(near.rows[:, 0]) == interval_ms).all()
    reported = dict(zip(near.rows[:, 0].tolist(), near.rows[:, 4].tolist(), strict=True))
    assert reported[late_ms] == (late_ms + interval_ms) // MINUTE_MS
    assert reported[wrong_ms] == (wrong_ms + interval_ms) // MINUTE_MS


def test_nothing_is_asked_for_a_coin_nobody_looks_at_any_more(exchange: Exchange) -> None:
    candles = exchange.candles("BTC")
    for _ in range(4):
        exchange.renew(candles)
        exchange.now_ms += 10 * RENEW_MS["15m"]
    assert len(exchange.asked) == len(ASKED_SERIES)


def test_the_coins_looked_at_last_are_kept_and_no_more(exchange: Exchange) -> None:
    candles = exchange.candles()
    for number in range(3 * MAX_COINS):
        exchange.now_ms += 1
        candles.read(f"C{number}", 0, NOW_MS)
    exchange.renew(candles)
    asked = {wanted["coin"] for wanted in exchange.asked}
    assert asked == {f"C{number}" for number in range(2 * MAX_COINS, 3 * MAX_COINS)}
    assert candles.read("C0", 0, NOW_MS) is None


@pytest.mark.parametrize("body", [None, b"[]", b'[{"t": 1}]', b'{"error": "no"}'])
def test_an_answer_that_fails_leaves_what_is_there(exchange: Exchange, body: bytes | None) -> None:
    candles = exchange.candles("BTC")
    exchange.renew(candles)
    before = candles.read("BTC", NOW_MS - HOUR_MS, NOW_MS)
    exchange.is_down, exchange.body = body is None, body
    exchange.now_ms += HOUR_MS
    candles.read("BTC", 0, NOW_MS)
    exchange.renew(candles)
    after = candles.read("BTC", NOW_MS - HOUR_MS, NOW_MS)
    assert before is not None
    assert after is not None
    np.testing.assert_array_equal(before.rows, after.rows)
