"""Trigger orders: stops and take-profits that wait off the book until the mark reaches their price.

All that are known are `TriggerColumns` (arrays, one row an order), and whose were read at all, and when, is
`TriggerKnowledge`: an account without rows has none only if it was read.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from liqscape.units import BoolArray, Float64Array, Int8Array, Int32Array, Int64Array

BUY, SELL = 1, -1
"""Side of a trigger order."""
NEVER_READ_MS = -1
"""In `TriggerKnowledge.known_ms`: the account's trigger orders were never read."""
NOT_ON_MAP = -1
"""In `TriggerColumns.account`: the map holds no account of this address."""


class TriggerKind(IntEnum):
    """What the order is for: to end a loss or to take a profit; decides, with the side, which way it fires."""

    STOP = 0
    TAKE_PROFIT = 1


class TriggerColumns(NamedTuple):
    """N orders as columns, sorted by (market, order_id); `len` counts the columns, `row_count` the orders.

    market (N,) int32; account (N,) int32, row of the map's addresses (Accounts.addresses), NOT_ON_MAP where it has
    none; order_id (N,); side (N,) BUY or SELL; kind (N,) TriggerKind; is_market (N,); trigger_price, limit_price (N,)
    USD; size (N,) coins, 0 with is_whole_position; is_whole_position, is_reduce_only (N,); placed_ms, seen_ms (N,)
    venue time of placing, and of the newest state or status that named the order.
    """

    market: Int32Array
    account: Int32Array
    order_id: Int64Array
    side: Int8Array
    kind: Int8Array
    is_market: BoolArray
    trigger_price: Float64Array
    limit_price: Float64Array
    size: Float64Array
    is_whole_position: BoolArray
    is_reduce_only: BoolArray
    placed_ms: Int64Array
    seen_ms: Int64Array

    @property
    def row_count(self) -> int:
        """Orders."""
        return len(self.market)


class TriggerKnowledge(NamedTuple):
    """Of each address of the map, when its trigger orders were last known whole.

    known_ms (A,) venue time, rows as Accounts.addresses; NEVER_READ_MS: never read, so no rows does not mean none.
    """

    known_ms: Int64Array


def fires_below(side: int, kind: int) -> bool:
    """Whether the order fires at mark <= trigger_price (else at mark >= it).

    A stop sell and a take-profit buy wait below the mark, a stop buy and a take-profit sell above it.
    """
    return (side == SELL) == (kind == TriggerKind.STOP)


def fires_below_rows(side: Int8Array, kind: Int8Array) -> BoolArray:
    """(N,) `fires_below` of each row."""
    below: BoolArray = (side == SELL) == (kind == TriggerKind.STOP)
    return below
