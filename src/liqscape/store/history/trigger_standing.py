"""Rows of TRIGGERS and TRIGGER_READS as what stood at a frame (the inverse of trigger_changes.py).

An order was last seen when its row says, or at the newest reading of its account, or of everybody, that a later row
tells of: it is in all of them, or a row would say that it is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace

import numpy as np

from liqscape.ledger.columns import NEVER_MS
from liqscape.ledger.triggers import StandingTriggers
from liqscape.ledger.triggers.owner_numbers import OwnerNumbers
from liqscape.ledger.triggers.terms import TriggerTable, contains, empty_table, merged, order_key, taken
from liqscape.model.markets import Markets
from liqscape.store.history.parquet_edge import within
from liqscape.store.history.parts import PartReader
from liqscape.store.history.schema import OF_TRIGGERS, TRIGGER_READS, TRIGGERS, Batch, Table, TriggerNews, pick_rows
from liqscape.store.history.schema import empty_table as no_rows
from liqscape.store.history.trigger_changes import COPIED, Dexs
from liqscape.units import Int32Array, Int64Array

FORGETS = (TriggerNews.BEGINS, TriggerNews.NOTHING)
NO_TIME = -(1 << 62)
"""Before every row."""


def standing_of_rows(batches: Sequence[Batch], markets: Markets) -> StandingTriggers | None:
    """What stood after rows that follow one another from a keyframe on; None where nothing was known."""
    stood = StoodTriggers(markets)
    for batch in batches:
        stood.move(batch)
    return stood.standing()


def read_standing(part: PartReader, time_ms: int) -> StandingTriggers | None:
    """What stood at a frame of a part. Of each order only the last row is taken into memory. Raises CorruptSegment."""
    if not part.has(f"{TRIGGER_READS}.parquet"):
        return None
    reads = part.read_between(TRIGGER_READS, None, 0, time_ms)
    begin_ms = int(rows_in_force({TRIGGER_READS: reads})[TRIGGER_READS]["time_ms"][:1].sum())
    orders = no_rows(TRIGGERS)
    if part.has(f"{TRIGGERS}.parquet"):
        orders = part.read(TRIGGERS, None, within(begin_ms, time_ms), last_of=["coin", "order_id"])
    return standing_of_rows([{TRIGGER_READS: reads, TRIGGERS: orders}], part.markets)


def rows_in_force(batch: Batch) -> Batch:
    """Rows from the last one on that forgets all before; all where there is none."""
    reads = batch[TRIGGER_READS]
    last = np.flatnonzero(np.isin(reads["news"], FORGETS))
    if not len(last):
        return batch
    begin_ms = reads["time_ms"][last[-1]]
    return {
        name: pick_rows(rows, slice(int(np.searchsorted(rows["time_ms"], begin_ms)), None))
        for name, rows in batch.items()
    }


class StoodTriggers:
    """What stood, moved on by rows of one or more frames in order of time. One thread at a time."""

    def __init__(self, markets: Markets) -> None:
        self._dexs = Dexs.of(markets)
        self._place = {name: row for row, name in enumerate(self._dexs.names)}
        self._held: _Stood | None = None

    def move(self, batch: Batch) -> None:
        """Apply rows of OF_TRIGGERS. Raises KeyError, IndexError for rows that name no dex or market there is."""
        batch = rows_in_force({name: batch[name] for name in OF_TRIGGERS})
        reads, orders = batch[TRIGGER_READS], batch[TRIGGERS]
        if not len(reads["news"]) and not len(orders["time_ms"]):
            return
        if len(reads["news"]) and reads["news"][0] in FORGETS:
            is_begun = reads["news"][0] == TriggerNews.BEGINS
            self._held = _Stood.of(self._dexs) if is_begun else None
            reads = pick_rows(reads, slice(1, None))
        if self._held is not None:
            self._held.apply(orders, reads, self._place)

    def copy(self) -> StoodTriggers:
        """One that may be moved on while this one stays."""
        other = copy(self)
        other._held = None if self._held is None else replace(self._held)
        return other

    def standing(self) -> StandingTriggers | None:
        """What stands now; it never changes afterwards, and is the same object while nothing is moved."""
        return None if self._held is None else self._held.standing()


@dataclass(kw_only=True)
class _Stood:
    dexs: Dexs
    read_ms: Int64Array
    whole_ms: Int64Array
    observed_ms: Int64Array
    numbers: OwnerNumbers = field(default_factory=OwnerNumbers)
    table: TriggerTable = field(default_factory=empty_table)
    made: StandingTriggers | None = None

    @classmethod
    def of(cls, dexs: Dexs) -> _Stood:
        """Nothing yet."""
        never = np.full(len(dexs.of_market), NEVER_MS, np.int64)
        read_ms = np.zeros((0, len(dexs.names)), np.int64)
        return cls(dexs=dexs, read_ms=read_ms, whole_ms=never, observed_ms=never.copy())

    def apply(self, orders: Table, reads: Table, place: dict[str, int]) -> None:
        owner = np.full(len(orders["time_ms"]), -1, np.int32)
        owner[orders["is_waiting"]] = self._numbers_of(pick_rows(orders, orders["is_waiting"]))
        is_account, is_again = reads["address"] != "", reads["news"] == TriggerNews.READ_AGAIN
        accounts, everybody = pick_rows(reads, is_account), pick_rows(reads, ~is_account & ~is_again)
        reader = self._numbers_of(accounts)
        self._grow()
        self.made = None
        of_markets = _RaisedMarkets(everybody, self.dexs, place)
        self.whole_ms = np.maximum(self.whole_ms, of_markets.newest("known_ms"))
        self.observed_ms = np.maximum(self.observed_ms, of_markets.newest("listed_ms"))
        dex = np.array([place[name] for name in accounts["dex"].tolist()], np.int64)
        read_ms, read_at = self.read_ms.copy(), np.full(self.read_ms.shape, NO_TIME, np.int64)
        read_ms[reader, dex] = accounts["known_ms"]  # of several the last one stays, in both
        read_at[reader, dex] = accounts["time_ms"]
        _read_again(read_ms, read_at, pick_rows(reads, is_again), place)
        self.read_ms = read_ms
        fresh, at_ms, ended = _last_of_each(orders, owner)
        held = taken(self.table, ~contains(ended, self.table.key)) if len(ended) else self.table
        held_ms = np.full(len(held.key), NO_TIME + 1, np.int64)
        held = self._seen(held, held_ms, of_markets, read_at)
        self.table = merged(held, self._seen(fresh, at_ms, of_markets, read_at))

    def standing(self) -> StandingTriggers:
        if self.made is None:
            self._grow()
            self.made = StandingTriggers(
                table=self.table,
                names=self.numbers.listed(),
                read_ms=self.read_ms,
                whole_ms=self.whole_ms,
                observed_ms=self.observed_ms,
                dex_of_market=self.dexs.of_market,
            )
        return self.made

    def _seen(
        self, table: TriggerTable, row_ms: Int64Array, of_markets: _RaisedMarkets, read_at: Int64Array
    ) -> TriggerTable:
        """Orders with the times of what was told later than their rows, of the times row_ms (N,)."""
        if not len(table.key):
            return table
        market = table.market
        dex = self.dexs.of_market[market]
        is_later = read_at[table.owner, dex] > row_ms
        seen_ms = np.where(is_later, np.maximum(table.seen_ms, self.read_ms[table.owner, dex]), table.seen_ms)
        seen_ms = np.maximum(seen_ms, of_markets.later(market, row_ms))
        return table if (seen_ms == table.seen_ms).all() else table._replace(seen_ms=seen_ms)

    def _numbers_of(self, rows: Table) -> Int64Array:
        return self.numbers.numbers(rows["address"].tolist()).astype(np.int32)

    def _grow(self) -> None:
        count = len(self.numbers)
        if count > len(self.read_ms):
            added = np.full((count - len(self.read_ms), self.read_ms.shape[1]), NEVER_MS, np.int64)
            self.read_ms = np.concatenate((self.read_ms, added))


def _read_again(read_ms: Int64Array, read_at: Int64Array, rows: Table, place: dict[str, int]) -> None:
    """Raise what accounts were read before each row, of the time `read_at` of their own; changes both."""
    dex = np.array([place[name] for name in rows["dex"].tolist()], np.int64)
    for column in np.unique(dex):
        at_ms, known_ms = rows["time_ms"][dex == column], rows["known_ms"][dex == column]
        newest_ms = np.maximum.accumulate(known_ms[::-1])[::-1]  # of each row and those after it
        later = np.searchsorted(at_ms, read_at[:, column], "right")
        raised = np.flatnonzero((read_ms[:, column] != NEVER_MS) & (later < len(at_ms)))
        read_ms[raised, column] = np.maximum(read_ms[raised, column], newest_ms[later[raised]])
        read_at[raised, column] = at_ms[-1]


class _RaisedMarkets:
    """What rows about everybody say of each market. Of one dex or market times only rise, so the last row holds."""

    def __init__(self, rows: Table, dexs: Dexs, place: dict[str, int]) -> None:
        self._dexs = dexs
        self._last: dict[str, list[tuple[Int64Array, Int64Array]]] = {}
        dex = np.array([place[name] for name in rows["dex"].tolist()], np.int64)
        market = rows["market_index"].astype(np.int64)
        for column in ("known_ms", "listed_ms"):
            says = rows[column] != NEVER_MS
            of_dex, of_market = says & (market < 0), says & (market >= 0)
            by_dex = _last(dex[of_dex], rows[column][of_dex], rows["time_ms"][of_dex], len(dexs.names))
            each = _last(market[of_market], rows[column][of_market], rows["time_ms"][of_market], len(dexs.of_market))
            self._last[column] = [(by_dex[0][dexs.of_market], by_dex[1][dexs.of_market]), each]

    def newest(self, column: str) -> Int64Array:
        """(M,) the newest time that any row says; NEVER_MS: none."""
        (one, _), (other, _) = self._last[column]
        newest: Int64Array = np.maximum(one, other)
        return newest

    def later(self, market: Int32Array, row_ms: Int64Array) -> Int64Array:
        """(N,) the newest time at which everybody's orders were observed, of rows later than an order's own."""
        found = np.full(len(market), NEVER_MS, np.int64)
        for value, at_ms in self._last["listed_ms"]:
            found = np.maximum(found, np.where(at_ms[market] > row_ms, value[market], NEVER_MS))
        return found


def _last(place: Int64Array, value: Int64Array, at_ms: Int64Array, count: int) -> tuple[Int64Array, Int64Array]:
    """((count,) last value of each place, (count,) time of its row)."""
    values, times = np.full(count, NEVER_MS, np.int64), np.full(count, NO_TIME, np.int64)
    values[place], times[place] = value, at_ms
    return values, times


def _last_of_each(orders: Table, owner: Int32Array) -> tuple[TriggerTable, Int64Array, Int64Array]:
    """(orders that wait by their last rows, when those were written, keys of orders that wait no more), by key."""
    key = order_key(orders["market_index"], orders["order_id"])
    found, last = np.unique(key[::-1], return_index=True)
    rows = len(key) - 1 - last
    is_waiting = orders["is_waiting"][rows]
    ended, rows = found[~is_waiting], rows[is_waiting]
    table = TriggerTable(
        key=found[is_waiting],
        owner=owner[rows],
        side=orders["order_side"][rows],
        kind=orders["order_kind"][rows],
        **{name: orders[name][rows] for name in COPIED},
        seen_ms=orders["seen_ms"][rows],
    )
    return table, orders["time_ms"][rows], ended
