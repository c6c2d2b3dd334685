"""Bands of one coin through time, solved from what changed of the accounts (docs/heatmap.md).

The same cells as the bands of each frame would give (heatmap/build.py), without making any frame: see the kernel for
how. Rows are those of a history of accounts (store/history/schema.py, tables in memory):

    pools      time_ms, address_row, pool, is_whole, raw_usd, is_exempt
    positions  time_ms, address_row, pool, slot, market_index, size, table_row
    funding    time_ms, market_index, due

in order of time, beginning with whole addresses; a slot below 0 says that a coin is held no more. Between two rows of a
pool its raw USD moves at each funding by -size * due of its positions in their order; a row of the same time has that
in it already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.build import HALF_SPAN, window_start
from liqscape.heatmap.grid import EDGE_TABLE_FIRST, LOG_WIDTH, band_middle, edge_table
from liqscape.model.margin_tables import MarginTables
from liqscape.risk.liquidation import HIGHEST_PRICE
from liqscape.units import AnyArray, Float64Array, Int32Array, Int64Array

Rows = Mapping[str, AnyArray]
"""Columns of equal length by name."""

SHARES = 2
"""Addresses are split into so many shares whatever the machine has, so that sums are the same to the bit."""

RunAll = Callable[[Iterable[Callable[[], None]]], None]
"""Runs all jobs, side by side or one after the other, and returns when they are done."""


def run_in_turn(jobs: Iterable[Callable[[], None]]) -> None:
    """One after the other."""
    for job in jobs:
        job()


@dataclass(frozen=True)
class PriceRows:
    """`count` rows of prices from `first_band` on of a level of the grid (heatmap/grid.py)."""

    level: int
    first_band: int
    count: int

    @property
    def base_bands(self) -> tuple[int, int]:
        """[first, end) in the base grid."""
        return self.first_band << self.level, (self.first_band + self.count) << self.level


def cells_through_time(
    pools: Rows,
    positions: Rows,
    funding: Rows,
    shown_ms: Int64Array,
    mark: Float64Array,
    market_index: int,
    rows: PriceRows,
    tables: MarginTables,
    *,
    at_middle: bool = False,
    with_largest: bool = False,
    run_all: RunAll = run_in_turn,
) -> Float64Array:
    """(2, rows, T) coins by side (0 long, 1 short) that would be liquidated in each row of prices.

    with_largest: (4, rows, T), [2] and [3] what the largest single position of each side has in it.

    shown_ms (T,) rising times of the frames shown. mark (M, T) of all coins in them, NaN unknown.
    at_middle: USD at the middle of each base band instead of coins.
    Exempt pools, unknown raw USD or mark, and levels beyond HALF_SPAN bands of the mark are in no cell.
    Cost: pools that hold the coin, times their positions, times columns: about 1 ns each.
    """
    from liqscape.heatmap import through_time_kernels as kernels
    from liqscape.risk.kernels.levels import tier_bounds, tier_weights

    count = len(shown_ms)
    shape = (4 if with_largest else 2, rows.count, count)
    if not count:
        return np.zeros(shape)
    pools, positions, funding = (_until(table, int(shown_ms[-1])) for table in (pools, positions, funding))
    of_coin = positions["market_index"] == market_index
    addresses = int(max(pools["address_row"].max(initial=-1), positions["address_row"].max(initial=-1))) + 1
    is_wanted = np.zeros(addresses, np.bool_)
    is_wanted[positions["address_row"][of_coin]] = True
    places = np.zeros(addresses, np.int64)
    for table in (pools, positions):
        kernels.count_places(table["address_row"], table["pool"], is_wanted, places)
    first_key = np.concatenate(([0], np.cumsum(places)))

    times, steps = _numbered(pools["time_ms"], positions["time_ms"], funding["time_ms"])
    pool_step, position_step, due_step = steps
    is_whole = (pools["is_whole"] | (pools["pool"] < 0)) & is_wanted[pools["address_row"]]
    whole = np.flatnonzero(is_whole)
    whole_start = np.zeros(addresses + 1, np.int64)
    wholes = kernels.order_by_key(
        pools["address_row"][whole],
        np.zeros(len(whole), np.int32),
        is_wanted,
        np.arange(addresses, dtype=np.int64),
        whole_start,
    )
    pool_start, position_start = np.zeros(int(first_key[-1]) + 1, np.int64), np.zeros(int(first_key[-1]) + 1, np.int64)
    by_pool = kernels.order_by_key(pools["address_row"], pools["pool"], is_wanted, first_key, pool_start)
    place = np.where(positions["slot"] < 0, np.int32(-1), positions["pool"])  # of a coin that is held no more
    by_position = kernels.order_by_key(positions["address_row"], place, is_wanted, first_key, position_start)
    marks = np.ascontiguousarray(mark)
    low, high, edges = _limits(marks[market_index], rows)
    merged_bits = rows.level if at_middle else 0
    if not at_middle:
        edges = edges[:: 1 << rows.level]
    bands = len(edges) - 1
    weight = band_middle(rows.base_bands[0] + np.arange(bands, dtype=np.int32)) if at_middle else np.ones(bands)
    paid_steps, due = _dues(funding, due_step, len(marks))
    rate, deduction = np.ascontiguousarray(tables.rate), np.ascontiguousarray(tables.deduction)
    shared = (
        first_key,
        whole_start,
        pool_step[whole[wholes]],
        pool_start,
        pool_step[by_pool],
        pools["raw_usd"][by_pool],
        pools["is_exempt"][by_pool],
        position_start,
        position_step[by_position],
        positions["slot"][by_position].astype(np.int32, copy=False),
        positions["market_index"][by_position].astype(np.int32, copy=False),
        positions["size"][by_position],
        positions["table_row"][by_position].astype(np.int32, copy=False),
        paid_steps,
        due,
        np.searchsorted(shown_ms, times, "left"),
        market_index,
        marks,
        _highest(marks),
        rate,
        deduction,
        tier_weights(rate),
        tier_bounds(tables.lower_bound),
        low,
        high,
        edges,
        merged_bits,
        weight,
        1.0 / (LOG_WIDTH * (1 << (0 if at_middle else rows.level))),
    )
    shares = [np.zeros(shape) for _ in range(SHARES)]

    def job(share: int) -> Callable[[], None]:
        return lambda: kernels.fill_cells(share, SHARES, *shared, shares[share])

    run_all([job(share) for share in range(SHARES)])
    for share in shares[1:]:
        shares[0][:2] += share[:2]
        np.maximum(shares[0][2:], share[2:], out=shares[0][2:])
    return shares[0]


def _until(table: Rows, last_ms: int) -> Rows:
    end = int(np.searchsorted(table["time_ms"], last_ms, "right"))
    return {name: values[:end] for name, values in table.items()}


def _numbered(*times: Int64Array) -> tuple[Int64Array, list[Int32Array]]:
    """All times that occur, rising, and of each list the number of every time in it."""
    distinct = np.unique(np.concatenate([each[_is_first(each)] for each in times]))
    numbers = []
    for each in times:
        begins = np.searchsorted(each, distinct, "left")
        lengths = np.diff(begins, append=len(each))
        numbers.append(np.repeat(np.arange(len(distinct), dtype=np.int32), lengths))
    return distinct, numbers


def _is_first(rising: Int64Array) -> AnyArray:
    return np.append(True, rising[1:] != rising[:-1])[: len(rising)]


def _limits(mark: Float64Array, rows: PriceRows) -> tuple[Float64Array, Float64Array, Float64Array]:
    """(low (T,), high (T,), edges of the base bands of all rows): prices drawn in each column, NaN where none is."""
    first, end = rows.base_bands
    edges = _edges(np.arange(first, end + 1))
    start = window_start(mark)
    is_known = ~np.isnan(start)
    low, high = np.full(len(mark), np.nan), np.full(len(mark), np.nan)
    low[is_known] = np.maximum(_edges(start[is_known].astype(np.int64)), edges[0])
    high[is_known] = np.minimum(_edges(start[is_known].astype(np.int64) + 2 * HALF_SPAN), edges[-1])
    return low, np.minimum(high, np.nextafter(HIGHEST_PRICE, np.inf)), edges


def _edges(band: Int64Array) -> Float64Array:
    """Lower prices of base bands: those of the table that decides, where it has them."""
    table = edge_table()
    place = band - EDGE_TABLE_FIRST
    is_there = (place >= 0) & (place < len(table))
    with np.errstate(over="ignore"):
        edges: Float64Array = np.where(is_there, table[np.clip(place, 0, len(table) - 1)], np.exp(band * LOG_WIDTH))
    return edges


def _highest(mark: Float64Array) -> Float64Array:
    """(M,) highest known mark of each coin, 0 where none is known."""
    highest: Float64Array = np.fmax.reduce(mark, axis=1, initial=0.0)
    return highest


def _dues(funding: Rows, step: Int32Array, markets: int) -> tuple[Int32Array, Float64Array]:
    """((H,) steps at which funding was paid, (H, M) USD a coin, NaN where nothing is known to be paid)."""
    distinct, place = np.unique(step, return_inverse=True)
    due = np.full((len(distinct), markets), np.nan)
    is_listed = funding["market_index"] < markets
    due[place[is_listed], funding["market_index"][is_listed]] = funding["due"][is_listed]
    return distinct, due
