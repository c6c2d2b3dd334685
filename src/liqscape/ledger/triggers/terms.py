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
    """N orders by rising `key` (order_key), each key once; owner: its number (OwnerNumbers)."""

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
    """The table with other rows in place of some, sorted; of an order that stays and is fresh too the fresh row.

    rows  of `held`, rising. Of half a million orders a second's news touches some dozens, so each column is copied
    once, by where its rows come from, or not at all where it says the same: who is read again mostly has the orders
    he had.
    """
    if np.array_equal(held.key[rows], fresh.key):
        return _rewritten(held, rows, fresh)
    gone = np.union1d(rows, rows_of_keys(held.key, fresh.key))
    kept = np.delete(np.arange(len(held.key)), gone)
    if not len(kept):
        return fresh
    before = np.searchsorted(held.key, fresh.key)
    before -= np.searchsorted(gone, before)
    source, place = np.insert(kept, before, 0), before + np.arange(len(before))
    columns: list[AnyArray] = [column.take(source) for column in held]
    for column, news in zip(columns, fresh, strict=True):
        column[place] = news
    return TriggerTable(*columns)


def merged(held: TriggerTable, fresh: TriggerTable) -> TriggerTable:
    """Both, sorted; of an order in both the fresh row."""
    return exchanged(held, np.empty(0, np.int64), fresh)


def rows_of_keys(rising: Int64Array, asked: Int64Array) -> Int64Array:
    """Where asked numbers stand among rising ones, of those that do; rising, each once."""
    asked = np.unique(asked)
    rows: Int64Array = np.searchsorted(rising, asked)[contains(rising, asked)]
    return rows


def _rewritten(held: TriggerTable, rows: Int64Array, fresh: TriggerTable) -> TriggerTable:
    """The same orders, and of some of them what is said now."""
    changed: dict[str, AnyArray] = {}
    for name in TriggerTable._fields:
        old, new = getattr(held, name), getattr(fresh, name)
        if not np.array_equal(old[rows], new, equal_nan=new.dtype.kind == "f"):
            changed[name] = old.copy()
            changed[name][rows] = new
    return held._replace(**changed)


def contains(rising: Int64Array, asked: Int64Array) -> BoolArray:
    """Whether each number is among rising ones."""
    if not len(rising):
        return np.zeros(len(asked), np.bool_)
    places = np.minimum(np.searchsorted(rising, asked), len(rising) - 1)
    found: BoolArray = rising[places] == asked
    return found
