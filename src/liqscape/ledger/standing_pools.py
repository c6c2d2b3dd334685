"""Roots of all positions at any marks, while accounts change: every pool keeps its place among the columns.

Columns of Accounts stand close together, so one position more moves all behind it. Here a pool has a place with room
for a few more, a changed one is written over, and one that grows beyond it takes another place. The solver reads the
columns as they stand: a row without a position adds 0 to its pool, so roots are those of the close columns to the bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from liqscape.ledger.columns import NO_ROW
from liqscape.ledger.pool_times import PoolTimes
from liqscape.model.margin_tables import MarginTables
from liqscape.risk.columns import PoolColumns, PoolOfPosition, PositionColumns
from liqscape.risk.threads import ONE_THREAD, KernelThreads
from liqscape.units import Float64Array, Int32Array, Int64Array

if TYPE_CHECKING:
    from liqscape.ledger.kernels.gathering import Gathered
    from liqscape.ledger.kernels.standing import LoneColumns, StandingColumns, StandingCounts

SPARE_SHARE = 8
"""Columns grow by this part of them."""

Columns = TypeVar("Columns", "StandingColumns", "LoneColumns")


class StandingPools:
    """All pools of one state of a ledger; `move` takes it to the next. For one thread at a time.

    Pools of one position stand apart: marks do not move their roots, which are solved when they come; what they were
    solved of is not kept.
    """

    def __init__(self, gathered: Gathered, tables: MarginTables, market_count: int, address_count: int) -> None:
        from liqscape.ledger.kernels import standing
        from liqscape.risk.kernels import levels

        self._kernels, self._levels = standing, levels
        self._tiers = levels.tier_columns(
            _with_row(tables.rate, 0.0), _with_row(tables.deduction, 0.0), _with_row(tables.lower_bound, np.inf)
        )
        self._nothing = standing.Nothing(market_count, len(tables.rate))
        self._several, self._lone = _columns(0, 0), _lone_columns(0)
        self._totals = np.zeros(2, np.int64)
        self._pools_of_address = np.zeros(0, np.int32)
        self._ends, self._lone_ends = np.zeros(2, np.int64), np.zeros(1, np.int64)
        """Places (and rows) in use, of pools of several positions and of one."""
        self._free = np.full(len(standing.CAPACITIES), NO_ROW, np.int64)
        self._lone_free = np.full(1, NO_ROW, np.int64)
        self._first_place = self._first_lone = np.empty(0, np.int32)
        """Of each address."""
        self._times = PoolTimes()
        self.move(np.empty(0, np.int64), gathered, address_count)

    @property
    def pool_count(self) -> int:
        """Pools."""
        return int(self._totals[0])

    @property
    def address_count(self) -> int:
        """Addresses with a pool."""
        return int(self._totals[1])

    @property
    def oldest_ms(self) -> int:
        """Time of the oldest state behind a pool; 0 without pools."""
        return self._times.at(0) if self.pool_count else 0

    @property
    def median_ms(self) -> float:
        """Their median, as numpy has it."""
        count, times = self.pool_count, self._times
        return float(np.mean([times.at((count - 1) // 2), times.at(count // 2)])) if count else 0.0

    def move(self, changed: Int64Array, fresh: Gathered, address_count: int) -> None:
        """Some addresses, given by row among so many, hold `fresh` now and nothing else."""
        lone, rows = self._kernels.room_for(fresh)
        self._make_room(lone, len(fresh.raw_usd) - lone, rows, address_count)
        gone_ms = np.empty(int(self._pools_of_address[changed].sum()), np.int64)
        counts = self._counts(self._ends, self._free, self._first_place)
        gone = self._kernels.replace_pools(self._several, counts, changed, fresh, self._nothing, gone_ms)
        counts, roots = self._counts(self._lone_ends, self._lone_free, self._first_lone), self._lone_roots(fresh)
        gone += self._kernels.replace_lone(self._lone, counts, changed, fresh, roots, gone_ms[gone:])
        self._times.move(gone_ms[:gone], fresh.observed_ms)

    def roots(self, mark: Float64Array, row_count: int, threads: KernelThreads = ONE_THREAD) -> Float64Array:
        """(row_count,) roots at marks (M,) by row of the ledger's position table; NaN where no position is."""
        places, rows = self._ends.tolist()
        held, lone, lone_places = self._several, self._lone, int(self._lone_ends[0])
        root = np.empty(rows)
        self._levels.solve_in_parts(
            PoolColumns(offsets=held.offsets[: places + 1], raw_usd=held.raw_usd[:places]),
            PositionColumns(
                market_index=held.market_index[:rows], size=held.size[:rows], table_row=held.table_row[:rows]
            ),
            PoolOfPosition(pool=held.pool[:rows], is_lone=held.is_lone[:rows]),
            np.append(mark, 0.0),
            self._tiers,
            root,
            threads=threads,
        )
        by_row: Float64Array = np.full(row_count, np.nan)
        self._kernels.spread_roots(held.row[:rows], root, by_row)
        self._kernels.spread_roots(lone.row[:lone_places], lone.root[:lone_places], by_row)
        return by_row

    def _counts(self, ends: Int64Array, free: Int64Array, first_place: Int32Array) -> StandingCounts:
        return self._kernels.StandingCounts(
            ends=ends,
            free=free,
            first_place=first_place,
            pools_of_address=self._pools_of_address,
            totals=self._totals,
        )

    def _lone_roots(self, fresh: Gathered) -> Float64Array:
        """(P,) roots of pools of one position: their own mark is the only one, and does not enter."""
        root, tiers = np.empty(len(fresh.size)), self._tiers
        self._levels.solve_some_roots(
            pools=np.flatnonzero(np.diff(fresh.offsets) == 1),
            offsets=fresh.offsets,
            raw_usd=fresh.raw_usd,
            market_index=fresh.market_index,
            size=fresh.size,
            table_row=fresh.table_row,
            mark=np.zeros(self._nothing.market + 1),
            rate=tiers.rate,
            deduction=tiers.deduction,
            weight=tiers.weight,
            first_bound=tiers.first_bound,
            root=root,
        )
        return root

    def _make_room(self, lone: int, several: int, rows: int, address_count: int) -> None:
        if len(self._first_place) < address_count:
            self._pools_of_address = _longer(self._pools_of_address, address_count, 0)
            self._first_place = _longer(self._first_place, address_count, NO_ROW)
            self._first_lone = _longer(self._first_lone, address_count, NO_ROW)
        places, ends = self._ends.tolist()
        places, ends, lone_places = places + several, ends + rows, int(self._lone_ends[0]) + lone
        if places > len(self._several.raw_usd) or ends > len(self._several.row):
            self._several = _grown(self._several, _columns(_spared(places), _spared(ends)))
        if lone_places > len(self._lone.row):
            self._lone = _grown(self._lone, _lone_columns(_spared(lone_places)))


def _spared(count: int) -> int:
    return count + count // SPARE_SHARE


def _longer(column: Int32Array, count: int, empty: int) -> Int32Array:
    """The same with room for so many addresses and some more."""
    grown = np.full(_spared(count), empty, np.int32)
    grown[: len(column)] = column
    return grown


def _grown(columns: Columns, into: Columns) -> Columns:
    """The same rows with more room behind them."""
    for name in into._fields:
        before = getattr(columns, name)
        getattr(into, name)[: len(before)] = before
    return into


def _columns(places: int, rows: int) -> StandingColumns:
    from liqscape.ledger.kernels.standing import StandingColumns

    return StandingColumns(
        offsets=np.zeros(places + 1, np.int64),
        raw_usd=np.empty(places),
        observed_ms=np.empty(places, np.int64),
        next_place=np.empty(places, np.int32),
        pool=np.empty(rows, np.int32),
        is_lone=np.empty(rows, np.uint8),
        market_index=np.empty(rows, np.int32),
        size=np.empty(rows),
        table_row=np.empty(rows, np.int32),
        row=np.empty(rows, np.int32),
    )


def _lone_columns(places: int) -> LoneColumns:
    from liqscape.ledger.kernels.standing import LoneColumns

    return LoneColumns(
        observed_ms=np.empty(places, np.int64),
        next_place=np.empty(places, np.int32),
        row=np.empty(places, np.int32),
        root=np.empty(places),
    )


def _with_row(table: Float64Array, value: float) -> Float64Array:
    """One table more behind the others."""
    return np.concatenate((table, np.full((1, *table.shape[1:]), value)))
