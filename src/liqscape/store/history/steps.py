"""Bands of each step of 15 minutes, as they stand at its last frame, and what a position's level is when written.

Both follow from accounts and marks by the kernels that made the frame; they are stored because asking for them is
frequent (a week of windows) or because who reads the files has no kernel.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.build import build_bands
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets, MarketSnapshot
from liqscape.risk.liquidation import solve_liquidation, solve_roots
from liqscape.store.history.bands import KeyedBands, changed_bands, narrowed, unpack_keys
from liqscape.store.history.packed import pack_rows, unpack_rows
from liqscape.store.history.schema import BAND_DTYPES, BANDS, STEP_MS, Table, empty_table, join_tables, pick_rows
from liqscape.units import Float32Array, Int64Array

MARKETS_A_PIECE = 32
"""Coins whose rows are put in order at once."""


def snapshot_of(coins: Table, markets: Markets, time_ms: int) -> MarketSnapshot:
    """Marks of the rows of COINS of one frame; what is no price is not known."""
    mark = coins["mark"]
    with np.errstate(invalid="ignore"):
        sure = np.where(np.isfinite(mark) & (mark > 0.0), mark, np.nan)
    return MarketSnapshot(
        markets=markets, time_ms=time_ms, mark=sure, oracle=coins["oracle"], open_interest=coins["open_interest"]
    )


def solve_bands(accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables) -> Bands:
    """Bands of a stored frame: those it was cut with, to the bit."""
    return build_bands(accounts, snapshot, solve_roots(accounts, snapshot, tables))[0]


class StepBands:
    """Rows of BANDS of frames given in order of time. Only the last one of a step is solved."""

    def __init__(self, tables: MarginTables) -> None:
        self._tables = tables
        self._open: tuple[int, Accounts, MarketSnapshot] | None = None
        self._before: KeyedBands | None = None
        self._packed: dict[int, list[bytes]] = {}
        self.byte_count = 0
        """What the rows of the steps that are over take, packed."""

    def add(self, time_ms: int, accounts: Accounts, snapshot: MarketSnapshot) -> None:
        """The next frame."""
        if self._open is not None and self._open[0] // STEP_MS != time_ms // STEP_MS:
            self._close()
        self._open = (time_ms, accounts, snapshot)

    def finish(self) -> Iterator[Table]:
        """All rows, by coin and then time, some coins at once. The last frame closes its step."""
        self._close()
        return self._in_order()

    def _in_order(self) -> Iterator[Table]:
        for piece in sorted(self._packed):
            rows = join_tables([unpack_rows(packed, BANDS) for packed in self._packed.pop(piece)], BANDS)
            yield pick_rows(rows, np.argsort(rows["market_index"], kind="stable"))

    def _close(self) -> None:
        if self._open is None:
            return
        time_ms, accounts, snapshot = self._open
        bands = narrowed(solve_bands(accounts, snapshot, self._tables))
        self._pack(band_rows(self._before, bands, time_ms))
        self._before, self._open = bands, None

    def _pack(self, rows: Table) -> None:
        piece_of = rows["market_index"] // MARKETS_A_PIECE  # rising, as keys are
        pieces, begins = np.unique(piece_of, return_index=True)
        ends = np.searchsorted(piece_of, pieces, side="right")
        for piece, begin, end in zip(pieces.tolist(), begins, ends, strict=True):
            packed = pack_rows(pick_rows(rows, slice(begin, end)))
            self._packed.setdefault(piece, []).append(packed)
            self.byte_count += len(packed)


def band_rows(before: KeyedBands | None, after: KeyedBands, time_ms: int) -> Table:
    """Rows of BANDS that turn the bands before into those after; all of them without any before."""
    nothing = KeyedBands(np.empty(0, np.int64), after.bands.select(slice(0, 0)))
    keys, contents = changed_bands(nothing if before is None else before, after, is_keyframe=before is None)
    if not len(keys):
        return empty_table(BANDS)
    table = {"time_ms": np.full(len(keys), time_ms, np.int64), **unpack_keys(keys), **contents}
    return {name: table[name].astype(dtype, copy=False) for name, dtype in BAND_DTYPES.items()}


def levels_at_write(
    accounts: Accounts, positions: Table, snapshot: MarketSnapshot, tables: MarginTables
) -> Float32Array:
    """(R,) liquidation price of each row of POSITIONS of one frame; NaN: none, not known, or held no more."""
    level = np.full(len(positions["time_ms"]), np.nan, np.float32)
    held = np.flatnonzero(positions["slot"] >= 0)
    if not len(held):
        return level
    pool, slot = _pools_of(accounts, positions, held), positions["slot"][held]
    chosen, place = np.unique(pool, return_inverse=True)
    own = accounts.take(chosen) if len(chosen) < accounts.pool_count else accounts
    price = solve_liquidation(own, snapshot, tables).price
    level[held] = price[own.offsets[:-1][place] + slot]
    return level


def _pools_of(accounts: Accounts, positions: Table, held: Int64Array) -> Int64Array:
    """(H,) row of the pool of each held position."""
    owner = accounts.address_row
    if len(held) == accounts.position_count:
        return accounts.pool_of_position().astype(np.int64)
    first: Int64Array = np.searchsorted(owner, positions["address_row"][held]) + positions["pool"][held]
    return first
