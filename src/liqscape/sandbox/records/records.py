"""All records behind one face: what a request about the past may ask."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from liqscape.errors import RemoteWireError, StoreError
from liqscape.exchange.columns import (
    FUNDING_UNIT,
    AverageColumn,
    EventColumn,
    EventKind,
    FillColumn,
    MarketColumn,
    Method,
)
from liqscape.model.markets import Markets
from liqscape.sandbox.records.bars import (
    MAX_HOURS,
    MAX_MINUTES,
    Bars,
    base_length,
    candles,
    group_fills,
    interval_start,
)
from liqscape.sandbox.records.cancelled import CancelledOrders
from liqscape.sandbox.records.ledger import LedgerEntry, read_ledger
from liqscape.sandbox.records.log import Log, SavedLog
from liqscape.sandbox.records.triggers import TriggerRecords
from liqscape.units import HOUR_MS, MINUTE_MS, BoolArray, Float64Array, Int64Array
from liqscape.wire.archive.frame import pack_frame, unpack_frame

if TYPE_CHECKING:
    from liqscape.exchange.exchange import Exchange
    from liqscape.exchange.output import BlockOutput

MAX_PAYMENTS, MAX_RATES, MAX_ENTRIES = 500_000, 100_000, 100_000
CHUNK = 16_384
"""Fills looked at together when the newest of a kind are wanted."""


class Payment(IntEnum):
    """(n, ...) funding of one position: paid micro-USD (> 0) on lots, rate in FUNDING_UNIT."""

    TIME_MS = 0
    ACCOUNT = 1
    MARKET = 2
    LOTS = 3
    PAID = 4
    RATE = 5
    TRANSACTION = 6
    WIDTH = 7


class Rate(IntEnum):
    """(n, ...) one market's hour: rate and mean premium in FUNDING_UNIT."""

    TIME_MS = 0
    MARKET = 1
    RATE = 2
    PREMIUM = 3
    WIDTH = 4


class SavedRecords(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint."""

    coins: tuple[str, ...]
    fills: SavedLog
    payments: SavedLog
    rates: SavedLog
    minutes: SavedLog
    hours: SavedLog
    present: tuple[bytes, bytes]
    premium: bytes
    entries: tuple[LedgerEntry, ...]
    times: tuple[int, int, int]
    cancelled: SavedLog | None = None
    triggers: SavedLog | None = None


class Records:
    """Bounded memory of fills, candles, funding and ledger entries. Same blocks, same records."""

    def __init__(self, markets: Markets, max_fills: int = 500_000) -> None:
        self.markets = markets
        self.fills = Log(FillColumn.WIDTH, max_fills)
        self.payments = Log(Payment.WIDTH, MAX_PAYMENTS)
        self.rates = Log(Rate.WIDTH, MAX_RATES)
        self.entries: deque[LedgerEntry] = deque(maxlen=MAX_ENTRIES)
        self.cancelled = CancelledOrders()
        self.triggers = TriggerRecords()
        self.minutes = Bars(len(markets), MINUTE_MS, MAX_MINUTES)
        self.hours = Bars(len(markets), HOUR_MS, MAX_HOURS)
        self.start_ms = self.time_ms = self.previous_ms = 0
        """Time of the first, the last and the last but one block seen; 0 before."""
        self.masters: Mapping[int, int] = {}
        """Row of the master by the row of each sub-account: money between them is told as such."""
        self._premium = np.zeros(len(markets))

    def observe(self, exchange: Exchange, output: BlockOutput) -> None:
        """Takes in one block; to be called once for every block, in order."""
        self.previous_ms, self.time_ms = self.time_ms or output.time_ms, output.time_ms
        self.start_ms = self.start_ms or output.time_ms
        fills, events = output.fills, output.events
        grouped = group_fills(fills, output.time_ms)
        self.minutes.add(output.time_ms, grouped)
        self.hours.add(output.time_ms, grouped)
        if len(fills):
            self.fills.append(fills)
        self.cancelled.observe(exchange, output)
        self.triggers.observe(exchange, output)
        if len(events):
            self._observe_events(exchange, output)
        if self.previous_ms // HOUR_MS != self.time_ms // HOUR_MS:
            self._observe_rates(exchange, output)
        average = exchange.state.average
        count = average[:, AverageColumn.PREMIUM_COUNT]
        self._premium = np.where(
            count > 0, average[:, AverageColumn.PREMIUM_SUM] / np.maximum(count, 1.0), self._premium
        )

    def _observe_events(self, exchange: Exchange, output: BlockOutput) -> None:
        events = output.events
        paid = events[events[:, EventColumn.KIND] == EventKind.FUNDING]
        if len(paid):
            columns = [
                EventColumn.TIME_MS,
                EventColumn.ACCOUNT,
                EventColumn.MARKET,
                EventColumn.A,
                EventColumn.B,
                EventColumn.C,
                EventColumn.TRANSACTION,
            ]
            self.payments.append(paid[:, columns])
        self.entries.extend(read_ledger(events, output.fills, exchange.state.market, self.masters))

    def _observe_rates(self, exchange: Exchange, output: BlockOutput) -> None:
        """The hour that has just ended: the rate that was paid where somebody paid, else the one in force."""
        rows = np.zeros((len(self.markets), Rate.WIDTH), np.int64)
        rows[:, Rate.TIME_MS] = output.time_ms
        rows[:, Rate.MARKET] = np.arange(len(self.markets))
        rows[:, Rate.RATE] = exchange.state.market[:, MarketColumn.FUNDING_RATE]
        rows[:, Rate.PREMIUM] = np.rint(self._premium * FUNDING_UNIT)
        paid = output.events[output.events[:, EventColumn.KIND] == EventKind.FUNDING]
        rows[paid[:, EventColumn.MARKET], Rate.RATE] = paid[:, EventColumn.C]
        self.rates.append(rows)

    def has_passed(self, period_ms: int) -> bool:
        """A multiple of the period lies between the last block but one and the last: time for what comes in turns."""
        return self.previous_ms // period_ms != self.time_ms // period_ms

    def candles(self, market: int, interval: str, start_ms: int, end_ms: int) -> Int64Array:
        """(n, Bar.WIDTH) candles of start_ms .. min(end_ms, now), oldest first, the newest 5,000."""
        bars = self.minutes if base_length(interval) == MINUTE_MS else self.hours
        since = interval_start(start_ms, interval)
        return candles(bars.of_market(market, since), interval, start_ms, min(end_ms, self.time_ms))

    def recent_trades(self, market: int, count: int = 10) -> Int64Array:
        """(n, FillColumn.WIDTH) newest first; takeovers and auto-deleveraging are no trades."""
        rows = self._newest(
            lambda rows: (rows[:, FillColumn.MARKET] == market) & (rows[:, FillColumn.METHOD] <= Method.MARKET), count
        )
        newest: Int64Array = rows[::-1]
        return newest

    def newest_fills_of(self, account: int, count: int) -> Int64Array:
        """(n, FillColumn.WIDTH) an account's newest fills, oldest first."""
        return self._newest(
            lambda rows: (rows[:, FillColumn.BUYER] == account) | (rows[:, FillColumn.SELLER] == account), count
        )

    def fills_of(self, account: int, start_ms: int = 0, end_ms: int | None = None) -> Int64Array:
        """(n, FillColumn.WIDTH) an account's fills within start_ms .. end_ms, both included, oldest first."""
        rows = self._between(self.fills, FillColumn.TIME_MS, start_ms, end_ms)
        chosen: Int64Array = rows[(rows[:, FillColumn.BUYER] == account) | (rows[:, FillColumn.SELLER] == account)]
        return chosen

    def fills_of_order(self, order: int) -> Int64Array:
        """(n, FillColumn.WIDTH) fills of one order, oldest first."""
        rows = self.fills.rows
        chosen: Int64Array = rows[
            (rows[:, FillColumn.BUYER_ORDER] == order) | (rows[:, FillColumn.SELLER_ORDER] == order)
        ]
        return chosen

    def fundings_of(self, account: int, start_ms: int = 0, end_ms: int | None = None) -> Int64Array:
        """(n, Payment.WIDTH) funding payments of an account, oldest first."""
        rows = self._between(self.payments, Payment.TIME_MS, start_ms, end_ms)
        chosen: Int64Array = rows[rows[:, Payment.ACCOUNT] == account]
        return chosen

    def funding_history(self, market: int, start_ms: int = 0, end_ms: int | None = None) -> Int64Array:
        """(n, Rate.WIDTH) hourly rates of a market, oldest first."""
        rows = self._between(self.rates, Rate.TIME_MS, start_ms, end_ms)
        chosen: Int64Array = rows[rows[:, Rate.MARKET] == market]
        return chosen

    def ledger_updates(self, account: int, start_ms: int = 0, end_ms: int | None = None) -> list[LedgerEntry]:
        """Deposits, withdrawals and liquidations of an account, oldest first."""
        end = self.time_ms if end_ms is None else end_ms
        return [entry for entry in self.entries if entry.account == account and start_ms <= entry.time_ms <= end]

    def premium(self, market: int) -> float:
        """Mean premium of the present hour so far, a fraction of the oracle."""
        return float(self._premium[market])

    def day_volume(self, market: int) -> float:
        """USD traded within 24 hours."""
        return float(self.last_day()[0][market]) / 1e6

    def previous_day_price(self, market: int) -> int | None:
        """Ticks 24 hours ago, or at the first trade since; None where nothing ever traded."""
        return int(self.last_day()[2][market]) or None

    def last_day(self) -> tuple[Float64Array, Int64Array, Int64Array]:
        """(M,) micro-USD and lots traded within 24 hours, ticks at their beginning (0: nothing ever traded)."""
        return self.minutes.last_day(self.time_ms)

    def _newest(self, is_wanted: Callable[[Int64Array], BoolArray], count: int) -> Int64Array:
        """The newest `count` fills of a kind, oldest first; looks no further back than it has to."""
        rows, found, total, end = self.fills.rows, [self.fills.rows[:0]], 0, len(self.fills)
        while end > 0 and total < count:
            part = rows[max(0, end - CHUNK) : end]
            found.append(part[is_wanted(part)])
            total += len(found[-1])
            end -= len(part)
        joined = np.concatenate(found[::-1])
        newest: Int64Array = joined[max(0, total - count) :]
        return newest

    def _between(self, log: Log, column: int, start_ms: int, end_ms: int | None) -> Int64Array:
        """Rows stand in the order of time."""
        times = log.rows[:, column]
        first = int(np.searchsorted(times, start_ms, side="left"))
        last = len(times) if end_ms is None else int(np.searchsorted(times, end_ms, side="right"))
        return log.rows[first:last]

    def checkpoint(self) -> bytes:
        """Everything, to go on from later with the same answers."""
        return pack_frame(msgspec.msgpack.encode(self._save()))

    def _save(self) -> SavedRecords:
        return SavedRecords(
            coins=self.markets.coins,
            fills=self.fills.save(),
            payments=self.payments.save(),
            rates=self.rates.save(),
            minutes=self.minutes.finished.save(),
            hours=self.hours.finished.save(),
            present=(self.minutes.present.astype("<i8").tobytes(), self.hours.present.astype("<i8").tobytes()),
            premium=self._premium.astype("<f8").tobytes(),
            entries=tuple(self.entries),
            times=(self.start_ms, self.time_ms, self.previous_ms),
            cancelled=self.cancelled.save(),
            triggers=self.triggers.save(),
        )

    def restore(self, content: bytes) -> None:
        """Takes over a checkpoint of the same markets. Raises StoreError for other bytes or markets."""
        try:
            saved = msgspec.msgpack.decode(unpack_frame(content, "records"), type=SavedRecords)
        except (msgspec.MsgspecError, RemoteWireError) as error:
            raise StoreError(f"these {len(content)} bytes are no checkpoint of records: {error}") from None
        if saved.coins != self.markets.coins:
            raise StoreError(f"the checkpoint is of {len(saved.coins)} other markets, {len(self.markets)} are here")
        for log, held in (
            (self.fills, saved.fills),
            (self.payments, saved.payments),
            (self.rates, saved.rates),
            (self.minutes.finished, saved.minutes),
            (self.hours.finished, saved.hours),
        ):
            log.load(held)
        if saved.cancelled is not None:
            self.cancelled.load(saved.cancelled)
        if saved.triggers is not None:
            self.triggers.load(saved.triggers)
        for bars, present in zip((self.minutes, self.hours), saved.present, strict=True):
            bars.present = np.frombuffer(present, "<i8").astype(np.int64).reshape(bars.present.shape)
        self._premium = np.frombuffer(saved.premium, "<f8").astype(np.float64)
        self.entries = deque(saved.entries, maxlen=MAX_ENTRIES)
        self.start_ms, self.time_ms, self.previous_ms = saved.times
