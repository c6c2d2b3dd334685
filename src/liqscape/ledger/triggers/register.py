"""Register of trigger orders: which stand, and of whom it is known, by account and market.

Two kinds of news reach it. An observation lists all orders of some addresses (or of everybody) in some markets as of a
time, and replaces what was held there. Statuses say which orders were placed and which ended since. Where both come,
time decides: an observation does not bring back an order that ended after it, nor remove one that was placed after it.
To say so, ended orders are remembered for REMEMBERED_MS; an observation from before that is refused, because what it
would bring back cannot be told: it is a snapshot of another height.
"""

from __future__ import annotations

import numpy as np

from liqscape.ledger.columns import NEVER_MS
from liqscape.ledger.triggers.owner_numbers import OwnerNumbers
from liqscape.ledger.triggers.standing import StandingTriggers
from liqscape.ledger.triggers.terms import (
    ID_BITS,
    TriggerFigures,
    contains,
    empty_table,
    exchanged,
    order_key,
    rows_of_keys,
    table_of,
    taken,
)
from liqscape.model.events import TriggersKept, TriggersMoved, TriggersObserved
from liqscape.model.markets import Markets
from liqscape.model.trigger_rows import TriggerRows
from liqscape.units import MINUTE_MS, BoolArray, Int32Array, Int64Array

REMEMBERED_MS = 15 * MINUTE_MS
"""A node writes a snapshot of its orders in seconds; its file may lie for minutes before it is read."""


class TriggerRegister:
    """`observe` and `move` take events; `standing` is what holds now, and never changes afterwards."""

    def __init__(self) -> None:
        self.owner_numbers = OwnerNumbers()
        self._table = empty_table()
        self._dex_of_market: Int64Array = np.zeros(0, np.int64)
        self._dex_index: dict[str, int] = {}
        self._read_ms: Int64Array = np.full((0, 0), NEVER_MS, np.int64)
        """(addresses, dexs) when the orders of an address were read by themselves."""
        self._whole_ms: Int64Array = np.zeros(0, np.int64)
        """(M,) up to when everybody's orders in a market are known."""
        self._observed_ms: Int64Array = np.zeros(0, np.int64)
        """(M,) as of when everybody's orders in a market were last observed themselves; statuses do not move it."""
        self._is_followed: BoolArray = np.zeros(0, np.bool_)
        """(M,) whether statuses have come without a hole since everybody's orders in a market were observed."""
        self._moved_ms = NEVER_MS
        self._kept_ms = NEVER_MS
        """As of when this is gone on with; of what ended shortly before nothing is remembered."""
        self._ended = np.zeros(0, np.int64)
        self._ended_ms = np.zeros(0, np.int64)
        self._refused = self._repeated = 0
        self._has_any = False
        self._standing: StandingTriggers | None = None

    def set_markets(self, markets: Markets, *, is_extended: bool) -> None:
        """Markets in force; unless they extend the former ones, nothing is known any more."""
        if not is_extended and self._has_any:
            self._forget()
        for market in markets.rows:
            self._dex_index.setdefault(market.dex, len(self._dex_index))
        self._dex_of_market = np.array([self._dex_index[market.dex] for market in markets.rows], np.int64)
        added = max(0, len(markets) - len(self._whole_ms))
        self._whole_ms = np.concatenate((self._whole_ms, np.full(added, NEVER_MS, np.int64)))[: len(markets)]
        self._observed_ms = np.concatenate((self._observed_ms, np.full(added, NEVER_MS, np.int64)))[: len(markets)]
        self._is_followed = np.concatenate((self._is_followed, np.zeros(added, np.bool_)))[: len(markets)]
        self._grow()

    def observe(self, event: TriggersObserved) -> None:
        """Replace what was known of the addresses, or of everybody, in the markets that were looked at."""
        self._has_any = True
        if event.time_ms < max(self._moved_ms - REMEMBERED_MS, self._kept_ms):
            self._refused += 1
            return
        owner = self._owners(event.orders)
        is_looked_at = np.ones(len(self._dex_of_market), np.bool_)
        if event.market_index is not None:
            is_looked_at[:] = False
            is_looked_at[event.market_index] = True
        observed_ms = self._last_observed_ms(owner, event.orders.market_index)
        held = self._table
        if event.addresses is None:
            is_covered: BoolArray = is_looked_at[held.market]
        else:
            read = self.owner_numbers.numbers(event.addresses).astype(np.int32)
            self._grow()
            is_covered = held.owner == read[0] if len(read) == 1 else np.isin(held.owner, read)
            rows = np.flatnonzero(is_covered)
            is_covered[rows] = is_looked_at[held.key[rows] >> ID_BITS]
            dexs = np.unique(self._dex_of_market[is_looked_at])
            self._read_ms[np.ix_(read, dexs)] = np.maximum(self._read_ms[np.ix_(read, dexs)], event.time_ms)
        is_covered &= held.seen_ms <= event.time_ms
        if event.addresses is None:
            self._whole_ms[is_looked_at] = np.maximum(self._whole_ms[is_looked_at], event.time_ms)
            self._observed_ms[is_looked_at] = np.maximum(self._observed_ms[is_looked_at], event.time_ms)
            self._is_followed[is_looked_at] = True
        seen = np.where(observed_ms > event.time_ms, NEVER_MS, event.time_ms)
        fresh, repeated = table_of(event.orders, owner, seen)
        self._repeated += repeated
        fresh = taken(fresh, fresh.seen_ms != NEVER_MS)  # what is known is newer than what was observed
        has_ended = contains(np.sort(self._ended[self._ended_ms > event.time_ms]), fresh.key)
        is_older = contains(held.key[held.seen_ms > event.time_ms], fresh.key)
        self._table = exchanged(held, np.flatnonzero(is_covered), taken(fresh, ~(has_ended | is_older)))
        self._standing = None

    def move(self, event: TriggersMoved) -> None:
        """Add what was placed, remove what ended; with it everybody is known up to then, unless something was missed.

        Statuses from before everybody's orders were observed say nothing that is not in the observation.
        """
        self._has_any = True
        if not event.is_whole:
            self._is_followed[:] = False
        self._moved_ms = max(self._moved_ms, event.time_ms)
        ended = order_key(event.ended_market, event.ended)
        since = self._moved_ms - REMEMBERED_MS
        self._ended = np.concatenate((self._ended[self._ended_ms >= since], ended))
        self._ended_ms = np.concatenate((self._ended_ms[self._ended_ms >= since], event.ended_ms))
        fresh, _ = table_of(event.opened, self._owners(event.opened), event.opened_ms)
        is_news = fresh.seen_ms > self._observed_ms[fresh.key >> ID_BITS]
        self._table = exchanged(self._table, rows_of_keys(self._table.key, ended), taken(fresh, is_news))
        followed = self._is_followed
        self._whole_ms[followed] = np.maximum(self._whole_ms[followed], event.time_ms)
        self._standing = None

    def keep(self, event: TriggersKept) -> None:
        """Go on with what was known before the program stopped, as old as it is; not where anything is known already.

        Statuses were missed meanwhile, so nobody's are followed before everybody's are observed again.
        """
        if self._has_any or len(event.whole_ms) != len(self._whole_ms):
            return
        self._has_any = True
        owner = self.owner_numbers.numbers(event.orders.addresses)
        self._grow()
        self._table, _ = table_of(event.orders, owner[event.orders.user].astype(np.int32), event.seen_ms)
        for dex, column in dict(zip(self._dex_of_market.tolist(), event.dex_of_market.tolist(), strict=True)).items():
            self._read_ms[owner, dex] = event.read_ms[:, column]
        self._whole_ms, self._observed_ms = event.whole_ms.copy(), event.observed_ms.copy()
        self._kept_ms = event.time_ms
        self._standing = None

    def standing(self) -> StandingTriggers | None:
        """What stands now, the same object while nothing changed; None before anything was observed."""
        if not self._has_any:
            return None
        if self._standing is None:
            self._standing = StandingTriggers(
                table=self._table,
                names=self.owner_numbers.listed(),
                read_ms=self._read_ms.copy(),
                whole_ms=self._whole_ms.copy(),
                observed_ms=self._observed_ms.copy(),
                dex_of_market=self._dex_of_market,
            )
        return self._standing

    def figures(self) -> TriggerFigures:
        """Counts as of now."""
        return TriggerFigures(
            orders=len(self._table.key),
            owners=int(np.count_nonzero(np.bincount(self._table.owner))) if len(self._table.owner) else 0,
            whole_markets=int((self._whole_ms != NEVER_MS).sum()),
            refused=self._refused,
            repeated=self._repeated,
        )

    def _last_observed_ms(self, owner: Int32Array, market: Int32Array) -> Int64Array:
        """(T,) as of when the orders of each owner in each market were last observed."""
        read_ms = self._read_ms[owner, self._dex_of_market[market]]
        known: Int64Array = np.maximum(self._observed_ms[market], read_ms)
        return known

    def _owners(self, orders: TriggerRows) -> Int32Array:
        numbers = self.owner_numbers.numbers(orders.addresses).astype(np.int32)
        self._grow()
        owners: Int32Array = numbers[orders.user]
        return owners

    def _grow(self) -> None:
        """Room for every address and dex."""
        rows, dexs = self._read_ms.shape
        count = len(self.owner_numbers)
        if count <= rows and len(self._dex_index) <= dexs:
            return
        room = max(count, rows + rows // 4)
        wider = np.full((room, max(dexs, len(self._dex_index))), NEVER_MS, np.int64)
        wider[:rows, :dexs] = self._read_ms
        self._read_ms = wider

    def _forget(self) -> None:
        self._table = empty_table()
        self._read_ms[:] = NEVER_MS
        self._whole_ms = self._observed_ms = np.zeros(0, np.int64)
        self._ended = self._ended_ms = np.zeros(0, np.int64)
        self._is_followed = np.zeros(0, np.bool_)
        self._kept_ms = NEVER_MS
        self._standing = None
