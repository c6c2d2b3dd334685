"""Roots of all positions at any marks, while accounts change: every pool keeps its place among the columns.

Columns of Accounts stand close together, so one position more moves all behind it. Here a pool has a place with room
for a few more, a changed one is written over, and one that grows beyond it takes another place. The solver reads the
columns as they stand: a row without a position adds 0 to its pool, so roots are those of the close columns to the bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from liqscape.ledger.columns import NO_ROW
from liqscape.model.margin_tables import MarginTables
from liqscape.risk.columns import PoolColumns, PoolOfPosition, PositionColumns, TierColumns
from liqscape.risk.threads import ONE_THREAD, KernelThreads
from liqscape.units import Float64Array, Int64Array

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
        self._tiers = TierColumns(
            rate=_with_row(tables.rate, 0.0),
            deduction=_with_row(tables.deduction, 0.0),
            weight=_with_row(levels.tier_weights(tables.rate), 1.0),
            first_bound=np.append(levels.tier_bounds(tables.lower_bound), np.inf),
        )
        self._nothing = standing.Nothing(market_count, len(tables.rate))
        self._several, self._lone = _columns(0, 0), _lone_columns(0)
        self._totals = np.zeros(2, np.int64)
        self._pools_of_address = np.zeros(address_count, np.int32)
        self._ends, self._lone_ends = np.zeros(2, np.int64), np.zeros(1, np.int64)
        """Places (and rows) in use, of pools of several positions and of one."""
        self._free = np.full(len(standing.CAPACITIES), NO_ROW, np.int64)
        self._lone_free = np.full(1, NO_ROW, np.int64)
        self._observed_ms = np.empty(0, np.int64)
        """Of all pools, rising."""
        self._root = np.empty(0)
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
        return int(self._observed_ms[0]) if len(self._observed_ms) else 0

    @property
    def median_ms(self) -> float:
        """Their median, as numpy has it."""
        times = self._observed_ms
        if not len(times):
            return 0.0
        return float(times[(len(times) - 1) // 2 : len(times) // 2 + 1].mean())

    def move(self, changed: Int64Array, fresh: Gathered, address_count: int) -> None:
        """Some addresses, given by row among so many, hold `fresh` now and nothing else."""
        lone, rows = self._kernels.room_for(fresh)
        self._make_room(lone, len(fresh.raw_usd) - lone, rows, address_count)
        is_changed = np.zeros(address_count, np.bool_)
        is_changed[changed] = True
        gone_ms = np.empty(self.pool_count, np.int64)
        gone = self._kernels.replace_pools(
            self._several, self._counts(self._ends, self._free), is_changed, fresh, self._nothing, gone_ms
        )
        counts, roots = self._counts(self._lone_ends, self._lone_free), self._lone_roots(fresh)
        gone += self._kernels.replace_lone(self._lone, counts, is_changed, fresh, roots, gone_ms[gone:])
        self._note_times(np.sort(gone_ms[:gone]), np.sort(fresh.observed_ms))

    def roots(self, mark: Float64Array, row_count: int, threads: KernelThreads = ONE_THREAD) -> Float64Array:
        """(row_count,) roots at marks (M,) by row of the ledger's position table; NaN where no position is."""
        places, rows = self._ends.tolist()
        held, lone, lone_places = self._several, self._lone, int(self._lone_ends[0])
        if len(self._root) < rows:
            self._root = np.empty(len(held.row))
        self._levels.solve_in_parts(
            PoolColumns(offsets=held.offsets[: places + 1], raw_usd=held.raw_usd[:places]),
            PositionColumns(
                market_index=held.market_index[:rows], size=held.size[:rows], table_row=held.table_row[:rows]
            ),
            PoolOfPosition(pool=held.pool[:rows], is_lone=held.is_lone[:rows]),
            np.append(mark, 0.0),
            self._tiers,
            self._root[:rows],
            threads=threads,
        )
        by_row: Float64Array = np.full(row_count, np.nan)
        self._kernels.spread_roots(held.row[:rows], self._root[:rows], by_row)
        self._kernels.spread_roots(lone.row[:lone_places], lone.root[:lone_places], by_row)
        return by_row

    def _counts(self, ends: Int64Array, free: Int64Array) -> StandingCounts:
        return self._kernels.StandingCounts(
            ends=ends, free=free, pools_of_address=self._pools_of_address, totals=self._totals
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

    def _note_times(self, gone: Int64Array, come: Int64Array) -> None:
        if np.array_equal(gone, come):
            return
        times = self._observed_ms
        self._observed_ms = np.empty(len(times) - len(gone) + len(come), np.int64)
        self._kernels.merge_times(times, gone, come, self._observed_ms)

    def _make_room(self, lone: int, several: int, rows: int, address_count: int) -> None:
        if len(self._pools_of_address) < address_count:
            grown = np.zeros(address_count + address_count // SPARE_SHARE, np.int32)
            grown[: len(self._pools_of_address)] = self._pools_of_address
            self._pools_of_address = grown
        places, ends = self._ends.tolist()
        places, ends, lone_places = places + several, ends + rows, int(self._lone_ends[0]) + lone
        if places > len(self._several.raw_usd) or ends > len(self._several.row):
            self._several = _grown(self._several, _columns(_spared(places), _spared(ends)))
        if lone_places > len(self._lone.row):
            self._lone = _grown(self._lone, _lone_columns(_spared(lone_places)))


def _spared(count: int) -> int:
    return count + count // SPARE_SHARE


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
        address_row=np.empty(places, np.int32),
        observed_ms=np.empty(places, np.int64),
        next_free=np.empty(places, np.int32),
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
        address_row=np.empty(places, np.int32),
        observed_ms=np.empty(places, np.int64),
        next_free=np.empty(places, np.int32),
        row=np.empty(places, np.int32),
        root=np.empty(places),
    )


def _with_row(table: Float64Array, value: float) -> Float64Array:
    """One table more behind the others."""
    return np.concatenate((table, np.full((1, *table.shape[1:]), value)))
