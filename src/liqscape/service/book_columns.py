"""Which stored books the columns of a window show, cut into its rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.resting import RestingCells, shown_rows, sum_resting
from liqscape.heatmap.through_time import PriceRows
from liqscape.store.books import BookDay
from liqscape.store.books.schema import BID, BookRows
from liqscape.units import AnyArray, Float64Array, Int64Array


@dataclass(frozen=True, kw_only=True)
class BookColumns:
    """What each column shows: time of its book (-1: none), its lowest and highest price; cells of both sides."""

    as_of_ms: Int64Array
    seen_low: Float64Array
    seen_high: Float64Array
    bid: RestingCells
    ask: RestingCells


def columns_of_days(
    days: Iterable[BookDay], starts_ms: Int64Array, ends_ms: Int64Array, rows: PriceRows
) -> BookColumns:
    """The last book before each column's end.

    A book stands until the next one is due (`every_ms`): a column that begins later shows none. days: in order of time;
    one is let go before the next is asked for.
    """
    count = len(starts_ms)
    as_of = np.full(count, -1, np.int64)
    seen_low, seen_high = np.full((2, count), np.nan)
    owner = np.full(count, -1)
    found: list[tuple[RestingCells, RestingCells]] = []
    for number, day in enumerate(days):
        times, first = np.unique(day.rows.time_ms, return_index=True)
        book = shown_rows(times, np.ones(len(times), np.bool_), starts_ms, ends_ms, day.every_ms)
        column = np.flatnonzero(book >= 0)
        ends = np.append(first[1:], len(day.rows.time_ms))
        level, of_column = _spread(first[book[column]], ends[book[column]], column)
        as_of[column], owner[column] = times[book[column]], number
        seen_low[column], seen_high[column] = np.inf, 0.0
        price = day.rows.price[level]
        np.minimum.at(seen_low, of_column, price)
        np.maximum.at(seen_high, of_column, price)
        found.append(_sides(day.rows, level, of_column, rows))
    bid, ask = (_of_owners([cells[side] for cells in found], owner) for side in (0, 1))
    return BookColumns(as_of_ms=as_of, seen_low=seen_low, seen_high=seen_high, bid=bid, ask=ask)


def _spread(first: AnyArray, end: AnyArray, column: AnyArray) -> tuple[Int64Array, Int64Array]:
    """Rows first..end of each chosen book, and the column each is shown in."""
    lengths = end - first
    stops = np.cumsum(lengths)
    total = int(stops[-1]) if len(stops) else 0
    level = np.repeat(first - stops + lengths, lengths) + np.arange(total)
    return level.astype(np.int64), np.repeat(column, lengths).astype(np.int64)


def _sides(
    rows: BookRows, level: Int64Array, column: Int64Array, prices: PriceRows
) -> tuple[RestingCells, RestingCells]:
    """Cells of bids and of asks."""
    price, is_bid = rows.price[level], rows.side[level] == BID
    usd = price * rows.size[level]
    bid, ask = (sum_resting(column[part], price[part], usd[part], prices) for part in (is_bid, ~is_bid))
    return bid, ask


def _of_owners(days: list[RestingCells], owner: AnyArray) -> RestingCells:
    """Cells of all days but where a later day's book is shown."""
    kept = [tuple(part[owner[cells.column] == number] for part in cells) for number, cells in enumerate(days)]
    if not kept:
        return RestingCells(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    column, row, usd = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    order = np.lexsort((row, column))
    return RestingCells(column[order], row[order], usd[order])
