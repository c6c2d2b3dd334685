"""Candles against loops over every trade."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.exchange.columns import FillColumn, Method
from liqscape.sandbox.records.bars import (
    Bar,
    Bars,
    base_length,
    candles,
    group_fills,
    interval_start,
    next_interval,
)
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS, Int64Array
from liqscape.wire.info.candle_snapshot import INTERVALS, MAX_CANDLES

START_MS = 1_770_000_000_000
MARKETS = 3

trades = st.lists(
    st.tuples(
        st.integers(0, 40) | st.integers(0, 400),  # minutes later
        st.integers(0, MARKETS - 1),
        st.integers(1, 50),  # price
        st.integers(1, 9),  # lots
        st.sampled_from([Method.TRADE, Method.TRADE, Method.MARKET, Method.BACKSTOP, Method.ADL]),
        st.booleans(),  # in the block of the trade before
    ),
    min_size=1,
    max_size=40,
)


def rows_of(drawn: list[tuple[int, int, int, int, Method, bool]]) -> Int64Array:
    rows, now = np.zeros((len(drawn), FillColumn.WIDTH), np.int64), START_MS
    for row, (later, market, price, lots, method, is_same) in zip(rows, drawn, strict=True):
        now += 0 if is_same else later * MINUTE_MS + 7
        row[[FillColumn.TIME_MS, FillColumn.MARKET, FillColumn.PRICE, FillColumn.LOTS, FillColumn.METHOD]] = (
            now,
            market,
            price,
            lots,
            method,
        )
    return rows


def taken_in(rows: Int64Array, length_ms: int) -> Bars:
    bars = Bars(MARKETS, length_ms, 100_000)
    for time_ms in np.unique(rows[:, FillColumn.TIME_MS]).tolist():
        bars.add(time_ms, group_fills(rows[rows[:, FillColumn.TIME_MS] == time_ms], time_ms))
    return bars


def slow_candles(rows: Int64Array, market: int, interval: str, start_ms: int, end_ms: int) -> list[list[int]]:
    """(start, open, high, low, close, lots, notional, trades) by the definition."""
    own = [row for row in rows.tolist() if row[FillColumn.MARKET] == market and row[FillColumn.METHOD] <= Method.MARKET]
    if not own:
        return []
    found, at = [], max(interval_start(start_ms, interval), interval_start(own[0][FillColumn.TIME_MS], interval))
    close = None
    for row in own:
        if row[FillColumn.TIME_MS] < at:
            close = row[FillColumn.PRICE]
    while at <= end_ms:
        after = next_interval(at, interval)
        inside = [row for row in own if at <= row[FillColumn.TIME_MS] < after]
        prices = [row[FillColumn.PRICE] for row in inside] or [close]
        close = prices[-1]
        lots = sum(row[FillColumn.LOTS] for row in inside)
        notional = sum(row[FillColumn.LOTS] * row[FillColumn.PRICE] for row in inside)
        found.append([at, prices[0], max(prices), min(prices), close, lots, notional, len(inside)])
        at = after
    return found


@given(trades, st.sampled_from(sorted(INTERVALS)), st.integers(-100, 600), st.integers(0, 3_000))
@settings(max_examples=examples(150))
def test_candles_are_what_the_trades_say(
    drawn: list[tuple[int, int, int, int, Method, bool]], interval: str, first: int, count: int
) -> None:
    rows = rows_of(drawn)
    bars = taken_in(rows, base_length(interval))
    start, end = START_MS + first * MINUTE_MS, START_MS + (first + count) * MINUTE_MS
    end = min(end, int(rows[-1, FillColumn.TIME_MS]))
    for market in range(MARKETS):
        for held in (bars.of_market(market), bars.of_market(market, interval_start(start, interval))):
            found = candles(held, interval, start, end)
            assert found[:, Bar.START_MS :].tolist() == slow_candles(rows, market, interval, start, end)


@given(trades)
def test_the_last_day_is_the_sum_of_its_trades(drawn: list[tuple[int, int, int, int, Method, bool]]) -> None:
    rows = rows_of([(later * 20, *rest) for later, *rest in drawn])  # type: ignore[misc]
    bars = taken_in(rows, MINUTE_MS)
    now = int(rows[-1, FillColumn.TIME_MS])
    begin = (now - DAY_MS) // MINUTE_MS * MINUTE_MS
    for _ in range(2):
        notional, lots, price = bars.last_day(now)
        for market in range(MARKETS):
            own = rows[(rows[:, FillColumn.MARKET] == market) & (rows[:, FillColumn.METHOD] <= Method.MARKET)]
            recent = own[own[:, FillColumn.TIME_MS] >= begin + MINUTE_MS]
            older = own[own[:, FillColumn.TIME_MS] < begin + MINUTE_MS]
            assert notional[market] == (recent[:, FillColumn.LOTS] * recent[:, FillColumn.PRICE]).sum()
            assert lots[market] == recent[:, FillColumn.LOTS].sum()
            before = older[-1, FillColumn.PRICE] if len(older) else recent[0, FillColumn.PRICE] if len(recent) else 0
            assert price[market] == before


@pytest.mark.parametrize(
    ("interval", "start", "after"),
    [
        ("1m", "2026-02-02 03:20", "2026-02-02 03:21"),
        ("15m", "2026-02-02 03:15", "2026-02-02 03:30"),
        ("12h", "2026-02-02 00:00", "2026-02-02 12:00"),
        ("1d", "2026-02-02 00:00", "2026-02-03 00:00"),
        ("1w", "2026-02-02 00:00", "2026-02-09 00:00"),
        ("1M", "2026-02-01 00:00", "2026-03-01 00:00"),
    ],
)
def test_intervals_begin_where_they_should(interval: str, start: str, after: str) -> None:
    def at(text: str) -> int:
        return int(datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp() * 1000)

    moment = at("2026-02-02 03:20") + 59_999
    assert interval_start(moment, interval) == at(start)
    assert next_interval(at(start), interval) == at(after)


def test_only_the_newest_candles_are_given() -> None:
    rows = rows_of([(0, 0, 5, 1, Method.TRADE, False), (12_000, 0, 6, 1, Method.TRADE, False)])
    found = candles(taken_in(rows, MINUTE_MS).of_market(0), "1m", 0, int(rows[-1, FillColumn.TIME_MS]))
    assert len(found) == MAX_CANDLES
    assert found[-1, Bar.CLOSE] == 6
    assert set(found[:-1, Bar.CLOSE].tolist()) == {5}


def test_minutes_serve_what_is_shorter_than_an_hour() -> None:
    assert {name for name in INTERVALS if base_length(name) == MINUTE_MS} == {"1m", "3m", "5m", "15m", "30m"}
    assert base_length("1M") == HOUR_MS
