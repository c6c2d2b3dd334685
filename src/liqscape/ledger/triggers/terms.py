"""Columns of the register of trigger orders, in the order of one whole number a row: market and order id."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.model.trigger_rows import MAX_ORDER_ID, TriggerRows, no_trigger_rows
from liqscape.units import AnyArray, BoolArray, Float64Array, Int8Array, Int32Array, Int64Array

ID_BITS = MAX_ORDER_ID.bit_length()
TERMS = (
    "side",
    "kind",
    "is_market",
    "trigger_price",
    "limit_price",
    "size",
    "is_whole_position",
    "is_reduce_only",
    "placed_ms",
)
"""What an order says of itself: columns that have one name wherever orders stand as columns."""


class TriggerTable(NamedTuple):
    """N orders by rising `key` (order_key), each key once; owner: number of the address in the register."""

    key: Int64Array
    owner: Int32Array
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
    def market(self) -> Int32Array:
        """(N,) market of each order."""
        return (self.key >> ID_BITS).astype(np.int32)

    @property
    def order_id(self) -> Int64Array:
        """(N,) the exchange's number of each order."""
        return self.key & MAX_ORDER_ID

    @property
    def terms(self) -> dict[str, AnyArray]:
        """Columns of TERMS by name."""
        return {name: getattr(self, name) for name in TERMS}


class TriggerFigures(NamedTuple):
    """What the register holds and has refused, for status.

    orders         that stand. owners: addresses that have any.
    whole_markets  markets in which everybody's are known.
    refused        snapshots older than what is known of orders that ended: of another height.
    repeated       rows that named an order twice in one answer.
    """

    orders: int
    owners: int
    whole_markets: int
    refused: int
    repeated: int


def order_key(market: Int32Array, order_id: Int64Array) -> Int64Array:
    """One number of market and order, rising with (market, order_id)."""
    return (market.astype(np.int64) << ID_BITS) | order_id


def table_of(orders: TriggerRows, owner: Int32Array, seen_ms: Int64Array) -> tuple[TriggerTable, int]:
    """(rows sorted, of an order that is named twice the last one; how many were left out so)."""
    key = order_key(orders.market_index, orders.order_id)
    backwards = key[::-1]
    found, last = np.unique(backwards, return_index=True)
    rows = len(key) - 1 - last
    return (
        TriggerTable(
            key=found,
            owner=owner[rows],
            **{name: getattr(orders, name)[rows] for name in TERMS},
            seen_ms=seen_ms[rows],
        ),
        len(key) - len(rows),
    )


def empty_table() -> TriggerTable:
    """Of no order."""
    return table_of(no_trigger_rows(), np.zeros(0, np.int32), np.zeros(0, np.int64))[0]


def taken(table: TriggerTable, rows: BoolArray) -> TriggerTable:
    """Some rows, in their order; the table itself where all are meant: news mostly touches few orders or none."""
    if rows.all():
        return table
    columns: list[AnyArray] = [getattr(table, name) for name in TriggerTable._fields]
    return TriggerTable(*(column[rows] for column in columns))


def exchanged(held: TriggerTable, rows: Int64Array, fresh: TriggerTable) -> TriggerTable:
    """The table with other rows in place of some, sorted.

    Who is read again mostly has the orders he had: then only columns that say something else are copied.
    """
    if not np.array_equal(held.key[rows], fresh.key):
        is_left = np.ones(len(held.key), np.bool_)
        is_left[rows] = False
        return merged(taken(held, is_left), fresh)
    changed: dict[str, AnyArray] = {}
    for name in TriggerTable._fields:
        old, new = getattr(held, name), getattr(fresh, name)
        if not np.array_equal(old[rows], new, equal_nan=new.dtype.kind == "f"):
            changed[name] = old.copy()
            changed[name][rows] = new
    return held._replace(**changed)


def merged(held: TriggerTable, fresh: TriggerTable) -> TriggerTable:
    """Both, sorted; of an order in both the fresh row."""
    if not len(fresh.key):
        return held
    held = taken(held, ~contains(fresh.key, held.key))
    places = np.searchsorted(held.key, fresh.key)
    pairs: list[tuple[AnyArray, AnyArray]] = [(getattr(held, name), getattr(fresh, name)) for name in held._fields]
    return TriggerTable(*(np.insert(old, places, new) for old, new in pairs))


def contains(rising: Int64Array, asked: Int64Array) -> BoolArray:
    """Whether each number is among rising ones."""
    if not len(rising):
        return np.zeros(len(asked), np.bool_)
    places = np.minimum(np.searchsorted(rising, asked), len(rising) - 1)
    found: BoolArray = rising[places] == asked
    return found
