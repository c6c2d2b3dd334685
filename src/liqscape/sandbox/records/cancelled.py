"""Orders that left the book unfilled, found by comparing the exchange's slots of orders after each block.

The engine reports fills and how many orders a liquidation cancelled, not which: what rested before a block, rests no
more and was not filled in it to the last lot was cancelled. An order that came and went within one block was never
resting and is not found.
"""

from __future__ import annotations

from collections import deque
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from liqscape.errors import StoreError
from liqscape.exchange.columns import ClockColumn, EventColumn, EventKind, FillColumn, MarketColumn, OrderColumn
from liqscape.sandbox.records.log import SavedLog
from liqscape.units import BoolArray, Int64Array

if TYPE_CHECKING:
    from liqscape.exchange.exchange import Exchange
    from liqscape.exchange.output import BlockOutput

MAX_CANCELLED = 2_000
"""Newest ones kept of each account: as many as one answer holds."""
SORTED_AT_ONCE = 8_192
"""Rows that wait to be sorted by account: together they cost a tenth of what they cost block by block."""
KEPT = 9
"""Leading columns of Order that are remembered: the others are links inside the engine."""


class Cancelled(IntEnum):
    """(n, ...) columns after those of Order: when it ended, and why."""

    ENDED_MS = KEPT
    REASON = KEPT + 1
    WIDTH = KEPT + 2


class Reason(IntEnum):
    """Why an order rests no more."""

    CANCELLED = 0
    LIQUIDATED = 1
    DELISTED = 2


class CancelledOrders:
    """The newest cancelled orders of each account. Same blocks, same records."""

    def __init__(self, most: int = MAX_CANCELLED) -> None:
        self.most = most
        self._pending: list[Int64Array] = []
        self._pending_count = 0
        self._parts: dict[int, deque[Int64Array]] = {}
        self._counts: dict[int, int] = {}
        self._before: Int64Array = np.zeros((0, KEPT), np.int64)

    def look_at(self, exchange: Exchange) -> None:
        """Take what rests now as that from before the next block."""
        self._before = _slots(exchange).copy()

    def observe(self, exchange: Exchange, output: BlockOutput) -> None:
        """Takes in one block; to be called once for every block, in order."""
        before, now = self._before, _slots(exchange)
        count = len(before)
        has_moved = now[:count, OrderColumn.ID] != before[:, OrderColumn.ID]
        is_gone = has_moved & (before[:, OrderColumn.ID] > 0)
        if is_gone.any():
            self._pending.append(_cancelled(before[is_gone], exchange, output))
            self._pending_count += len(self._pending[-1])
            if self._pending_count >= SORTED_AT_ONCE:
                self._sort()
        if len(now) > count:
            self._before = before = np.concatenate((before, now[count:]))
        changed = np.flatnonzero(has_moved | (now[:count, OrderColumn.LOTS] != before[:count, OrderColumn.LOTS]))
        before[changed] = now[changed]

    def of(self, account: int) -> Int64Array:
        """(n, Cancelled.WIDTH) of an account, oldest first, `most` at most."""
        self._sort()
        parts = self._parts.get(account)
        if not parts:
            return np.zeros((0, Cancelled.WIDTH), np.int64)
        return np.concatenate(parts)[-self.most :]

    def save(self) -> SavedLog:
        """For a checkpoint: account by account."""
        self._sort()
        rows = [self.of(account) for account in sorted(self._parts)]
        joined = np.concatenate(rows) if rows else np.zeros((0, Cancelled.WIDTH), np.int64)
        return SavedLog(int(Cancelled.WIDTH), joined.astype("<i8").tobytes())

    def load(self, saved: SavedLog) -> None:
        """Takes over the rows of a checkpoint. Raises StoreError where they have another width."""
        if saved.width != Cancelled.WIDTH:
            raise StoreError(f"saved orders have {saved.width} columns, {int(Cancelled.WIDTH)} are expected")
        self._pending, self._pending_count = [], 0
        self._parts.clear()
        self._counts.clear()
        self._remember(np.frombuffer(saved.content, "<i8").astype(np.int64).reshape(-1, Cancelled.WIDTH))

    def _sort(self) -> None:
        """Give every account what the blocks since the last time left."""
        if self._pending:
            rows = np.concatenate(self._pending)
            self._pending, self._pending_count = [], 0
            self._remember(rows)

    def _remember(self, rows: Int64Array) -> None:
        """Adds (n, Cancelled.WIDTH) rows, those of one account in the order of time."""
        rows = rows[np.argsort(rows[:, OrderColumn.ACCOUNT], kind="stable")]
        bounds = np.flatnonzero(np.diff(rows[:, OrderColumn.ACCOUNT])) + 1
        for part in np.split(rows, bounds):
            if not len(part):
                continue
            account = int(part[0, OrderColumn.ACCOUNT])
            parts = self._parts.setdefault(account, deque())
            parts.append(part[-self.most :].copy())
            held = self._counts.get(account, 0) + len(parts[-1])
            while held - len(parts[0]) >= self.most:
                held -= len(parts.popleft())
            self._counts[account] = held


def _slots(exchange: Exchange) -> Int64Array:
    """(n, KEPT) a view of every slot of orders that was ever used."""
    slots: Int64Array = exchange.state.order[: int(exchange.state.clock[ClockColumn.ORDER_END]), :KEPT]
    return slots


def _cancelled(gone: Int64Array, exchange: Exchange, output: BlockOutput) -> Int64Array:
    """(n, Cancelled.WIDTH) those of the orders that left (n, KEPT) which the block's fills did not end."""
    fills, events = output.fills, output.events
    ids = np.concatenate((fills[:, FillColumn.BUYER_ORDER], fills[:, FillColumn.SELLER_ORDER]))
    order = np.argsort(gone[:, OrderColumn.ID])
    sorted_ids = gone[order, OrderColumn.ID]
    at = np.minimum(np.searchsorted(sorted_ids, ids), len(gone) - 1)
    is_ours = sorted_ids[at] == ids
    lots = np.concatenate((fills[:, FillColumn.LOTS], fills[:, FillColumn.LOTS]))[is_ours]
    filled = np.zeros(len(gone), np.int64)
    np.add.at(filled, order[at[is_ours]], lots)
    left = gone[:, OrderColumn.LOTS] - filled
    is_cancelled: BoolArray = left > 0
    rows = np.zeros((int(is_cancelled.sum()), Cancelled.WIDTH), np.int64)
    rows[:, :KEPT] = gone[is_cancelled]
    rows[:, OrderColumn.LOTS] = left[is_cancelled]
    rows[:, Cancelled.ENDED_MS] = output.time_ms
    liquidated = events[events[:, EventColumn.KIND] == EventKind.ORDERS_CANCELLED, EventColumn.ACCOUNT]
    is_delisted = exchange.state.market[rows[:, OrderColumn.MARKET], MarketColumn.IS_DELISTED] > 0
    rows[np.isin(rows[:, OrderColumn.ACCOUNT], liquidated), Cancelled.REASON] = Reason.LIQUIDATED
    rows[is_delisted, Cancelled.REASON] = Reason.DELISTED
    return rows
