"""Candles from fills: bars of a minute and of an hour, from which every interval is put together.

A bar is made of trades in the book (ordinary ones and orders of liquidations); takeovers and auto-deleveraging are no
trades. Intervals without a trade stand still at the last close, as on the exchange.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import IntEnum

import numpy as np

from liqscape.exchange.columns import FillColumn, Method
from liqscape.sandbox.records.log import Log
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS, Float64Array, Int64Array
from liqscape.wire.info.candle_snapshot import INTERVALS, MAX_CANDLES

MAX_MINUTES, MAX_HOURS = 8 * 24 * 60, 400 * 24
"""Bars kept a market: eight days of minutes, more than a year of hours."""
MONDAY_MS = 4 * DAY_MS
"""1970-01-05; weeks begin on Mondays."""
LOOK_BACK = 2_000
"""Bars looked at before a time to find a market's last one; beyond them all are."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Bar(IntEnum):
    """(n, ...) ticks, lots, micro-USD."""

    MARKET = 0
    START_MS = 1
    OPEN = 2
    HIGH = 3
    LOW = 4
    CLOSE = 5
    LOTS = 6
    NOTIONAL = 7
    TRADES = 8
    WIDTH = 9


class Bars:
    """Bars of one length for all markets: finished ones, and the one under way."""

    def __init__(self, market_count: int, length_ms: int, most: int) -> None:
        self.length_ms = length_ms
        self.finished = Log(Bar.WIDTH, most * max(1, market_count))
        self.present = np.zeros((market_count, Bar.WIDTH), np.int64)
        self.present[:, Bar.MARKET] = np.arange(market_count)
        self._day_key = (-1, -1)
        self._day: tuple[Float64Array, Int64Array, Int64Array] = (
            np.zeros(0),
            np.zeros(0, np.int64),
            np.zeros(0, np.int64),
        )

    def add(self, time_ms: int, grouped: Int64Array) -> None:
        """Takes in the bars of one block, (k, Bar.WIDTH), one a market traded."""
        start = time_ms - time_ms % self.length_ms
        is_old = (self.present[:, Bar.TRADES] > 0) & (self.present[:, Bar.START_MS] < start)
        if is_old.any():
            self.finished.append(self.present[is_old])
            self.present[is_old, Bar.START_MS :] = 0
        if not len(grouped):
            return
        market = grouped[:, Bar.MARKET]
        held = self.present[market]
        is_new = held[:, Bar.TRADES] == 0
        held[:, Bar.START_MS] = start
        held[:, Bar.OPEN] = np.where(is_new, grouped[:, Bar.OPEN], held[:, Bar.OPEN])
        held[:, Bar.HIGH] = np.maximum(held[:, Bar.HIGH], grouped[:, Bar.HIGH])
        held[:, Bar.LOW] = np.where(is_new, grouped[:, Bar.LOW], np.minimum(held[:, Bar.LOW], grouped[:, Bar.LOW]))
        held[:, Bar.CLOSE] = grouped[:, Bar.CLOSE]
        held[:, Bar.LOTS :] += grouped[:, Bar.LOTS :]
        self.present[market] = held

    def of_market(self, market: int, since_ms: int = 0) -> Int64Array:
        """(n, Bar.WIDTH) bars with trades, at least from the last one before since_ms on, oldest first."""
        rows = self.finished.rows
        recent = rows[max(0, int(np.searchsorted(rows[:, Bar.START_MS], since_ms)) - LOOK_BACK) :]
        own: Int64Array = recent[recent[:, Bar.MARKET] == market]
        if len(recent) < len(rows) and not (len(own) and own[0, Bar.START_MS] < since_ms):
            own = rows[rows[:, Bar.MARKET] == market]
        if self.present[market, Bar.TRADES]:
            own = np.concatenate([own, self.present[market][None]])
        return own

    def last_day(self, time_ms: int) -> tuple[Float64Array, Int64Array, Int64Array]:
        """(M,) micro-USD and lots traded within the last 24 hours, and ticks at their beginning (0: no trade ever).

        The day begins with a whole bar. Finished bars are added up anew only when one more is finished.
        """
        begin = (time_ms - DAY_MS) // self.length_ms * self.length_ms
        if self._day_key != (begin, len(self.finished)):
            self._day_key = (begin, len(self.finished))
            self._day = self._finished_day(begin)
        notional, lots, price = self._day[0].copy(), self._day[1].copy(), self._day[2]
        present = self.present
        notional += np.where(present[:, Bar.START_MS] > begin, present[:, Bar.NOTIONAL], 0)
        lots += np.where(present[:, Bar.START_MS] > begin, present[:, Bar.LOTS], 0)
        price = np.where(price == 0, present[:, Bar.OPEN], price)
        return notional, lots, price

    def _finished_day(self, begin: int) -> tuple[Float64Array, Int64Array, Int64Array]:
        rows, count = self.finished.rows, len(self.present)
        is_recent = rows[:, Bar.START_MS] > begin
        recent, older = rows[is_recent], rows[~is_recent]
        notional = np.bincount(recent[:, Bar.MARKET], recent[:, Bar.NOTIONAL].astype(np.float64), count)
        lots = np.bincount(recent[:, Bar.MARKET], recent[:, Bar.LOTS].astype(np.float64), count).astype(np.int64)
        price = np.zeros(count, np.int64)
        price[recent[::-1, Bar.MARKET]] = recent[::-1, Bar.OPEN]
        price[older[:, Bar.MARKET]] = older[:, Bar.CLOSE]
        return notional.astype(np.float64), lots, price


def group_fills(fills: Int64Array, time_ms: int) -> Int64Array:
    """(k, Bar.WIDTH) one bar a market out of the fills of one block, (F, FillColumn.WIDTH)."""
    trades = fills[fills[:, FillColumn.METHOD] <= Method.MARKET]
    if not len(trades):
        return np.empty((0, Bar.WIDTH), np.int64)
    trades = trades[np.argsort(trades[:, FillColumn.MARKET], kind="stable")]
    rows = np.empty((len(trades), Bar.WIDTH), np.int64)
    rows[:, Bar.MARKET] = trades[:, FillColumn.MARKET]
    rows[:, Bar.START_MS] = time_ms
    rows[:, [Bar.OPEN, Bar.HIGH, Bar.LOW, Bar.CLOSE]] = trades[:, FillColumn.PRICE][:, None]
    rows[:, Bar.LOTS] = trades[:, FillColumn.LOTS]
    rows[:, Bar.NOTIONAL] = trades[:, FillColumn.LOTS] * trades[:, FillColumn.PRICE]
    rows[:, Bar.TRADES] = 1
    return join_bars(rows, rows[:, Bar.MARKET])


def join_bars(rows: Int64Array, key: Int64Array) -> Int64Array:
    """One bar for each run of equal keys; rows are in order of time inside a run."""
    if not len(rows):
        return rows
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    ends = np.concatenate([starts[1:], [len(rows)]]) - 1
    joined = rows[starts].copy()
    joined[:, Bar.HIGH] = np.maximum.reduceat(rows[:, Bar.HIGH], starts)
    joined[:, Bar.LOW] = np.minimum.reduceat(rows[:, Bar.LOW], starts)
    joined[:, Bar.CLOSE] = rows[ends, Bar.CLOSE]
    for column in (Bar.LOTS, Bar.NOTIONAL, Bar.TRADES):
        joined[:, column] = np.add.reduceat(rows[:, column], starts)
    return joined


def interval_start(time_ms: int, interval: str) -> int:
    """Beginning of the interval a time lies in."""
    length = INTERVALS[interval]
    if length is None:
        month = (EPOCH + timedelta(milliseconds=time_ms)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return (month - EPOCH) // timedelta(milliseconds=1)
    origin = MONDAY_MS if interval == "1w" else 0
    return time_ms - (time_ms - origin) % length


def next_interval(start_ms: int, interval: str) -> int:
    """Beginning of the interval after the one that begins at a time."""
    length = INTERVALS[interval]
    return start_ms + length if length is not None else interval_start(start_ms + 32 * DAY_MS, interval)


def candles(bars: Int64Array, interval: str, start_ms: int, end_ms: int) -> Int64Array:
    """(n, Bar.WIDTH) candles that begin within the interval of start_ms .. end_ms; the newest MAX_CANDLES.

    bars: minutes or hours of one market, oldest first. Empty intervals between trades and up to end_ms are filled.
    """
    if not len(bars):
        return bars
    first = max(interval_start(start_ms, interval), interval_start(int(bars[0, Bar.START_MS]), interval))
    length = INTERVALS[interval] or 28 * DAY_MS
    first = max(first, interval_start(end_ms - MAX_CANDLES * length, interval))
    starts = []
    at = first
    while at <= end_ms:
        starts.append(at)
        at = next_interval(at, interval)
    starts = starts[-MAX_CANDLES:]
    if not starts:
        return bars[:0]
    edges = np.array(starts, np.int64)
    place = np.searchsorted(edges, bars[:, Bar.START_MS], side="right") - 1
    inside = (place >= 0) & (bars[:, Bar.START_MS] < at)
    joined = join_bars(bars[inside], place[inside])
    filled = np.zeros((len(edges), Bar.WIDTH), np.int64)
    filled[:, Bar.MARKET] = bars[0, Bar.MARKET]
    before = bars[bars[:, Bar.START_MS] < edges[0]]
    close = int(before[-1, Bar.CLOSE]) if len(before) else int(bars[0, Bar.OPEN])
    has_trades = np.zeros(len(edges), bool)
    if len(joined):
        own = np.unique(place[inside])
        filled[own] = joined
        has_trades[own] = True
    last = np.maximum.accumulate(np.where(has_trades, np.arange(len(edges)), -1))
    carried = np.where(last >= 0, filled[np.maximum(last, 0), Bar.CLOSE], close)
    for column in (Bar.OPEN, Bar.HIGH, Bar.LOW, Bar.CLOSE):
        filled[:, column] = np.where(has_trades, filled[:, column], carried)
    filled[:, Bar.START_MS] = edges
    return filled


def base_length(interval: str) -> int:
    """Length of the bars an interval is made of."""
    length = INTERVALS[interval]
    return MINUTE_MS if length is not None and length < HOUR_MS else HOUR_MS
