"""What one account held of a coin through stored time, and where it would have been liquidated.

Solved from the stored accounts by the kernel that made the frames, at the marks of each frame: the figures of
`accounts_at` and `solve_liquidation`, to the bit, though only the rows of this address are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.liquidation import LevelStatus, solve_liquidation
from liqscape.store.history.draw import shown_times
from liqscape.store.history.runs import Run, keyframe_before, marks_of_runs
from liqscape.store.history.window import Columns
from liqscape.units import BoolArray, Float64Array, Int64Array, UInt8Array

NOT_KNOWN = 255
"""Of the columns of codes: nothing is held, or nothing is known."""


@dataclass(frozen=True, kw_only=True)
class AccountWindow:
    """One account and coin by time, C columns as those of a HeatmapWindow.

    as_of_ms (C,) time of the frame shown; -1 in a hole.
    mark     (C,) of that frame; NaN in holes and where it is unknown.
    size     (C,) signed coins; 0 where none are held, NaN in holes and while the map did not know the address.
    liquidation_price (C,) NaN unless status is OK.
    status, margin_source, mode (C,) uint8 of LevelStatus, MarginSource, PoolMode; NOT_KNOWN where nothing is held.
    is_exempt (C,)
    """

    coin: str
    start_ms: int
    step_ms: int
    as_of_ms: Int64Array
    mark: Float64Array
    size: Float64Array
    liquidation_price: Float64Array
    status: UInt8Array
    margin_source: UInt8Array
    mode: UInt8Array
    is_exempt: BoolArray


def draw_account(
    runs: list[Run],
    address: str,
    coin: str,
    columns: Columns,
    hold_ms: int,
    damaged_ms: Sequence[tuple[int, int]] = (),
) -> AccountWindow:
    """One account through the columns; runs, hold_ms and damaged_ms as of draw_window.

    Frames whose accounts are damaged are holes. Cost: each run's rows of the address, and some 0.1 ms a column.
    """
    shown_ms, is_hole, place = shown_times(runs, columns, hold_ms, damaged_ms)
    count = columns.count
    window = AccountWindow(
        coin=coin,
        start_ms=columns.start_ms,
        step_ms=columns.step_ms,
        as_of_ms=shown_ms,
        mark=np.full(count, np.nan),
        size=np.full(count, np.nan),
        liquidation_price=np.full(count, np.nan),
        status=np.full(count, NOT_KNOWN, np.uint8),
        margin_source=np.full(count, NOT_KNOWN, np.uint8),
        mode=np.full(count, NOT_KNOWN, np.uint8),
        is_exempt=np.zeros(count, np.bool_),
    )
    window.mark[~is_hole] = marks_of_runs(runs, coin)[place[~is_hole]]
    for run in runs:
        own = np.flatnonzero((shown_ms >= run.first_ms) & (shown_ms <= run.last_ms) & ~is_hole)
        try:
            _fill(window, run, address, own)
        except CorruptSegment:
            is_hole[own] = True
            for values in (window.mark, window.size, window.liquidation_price):
                values[own] = np.nan
            for codes in (window.status, window.margin_source, window.mode):
                codes[own] = NOT_KNOWN
    window.as_of_ms[is_hole] = -1
    return window


def _fill(window: AccountWindow, run: Run, address: str, own: Int64Array) -> None:
    """Columns of one run, a keyframe's frames after the other's."""
    if not len(own):
        return
    shown_ms, frames, market = window.as_of_ms[own], run.frames(), run.definition.markets.find(window.coin)
    times, first = np.unique(shown_ms, return_inverse=True)
    marks = run.marks_at(times)
    with np.errstate(invalid="ignore"):
        marks = np.where(np.isfinite(marks) & (marks > 0.0), marks, np.nan)
    begins = np.array([keyframe_before(frames, time_ms) for time_ms in times.tolist()])
    for begin_ms in np.unique(begins).tolist():
        chosen = np.flatnonzero(begins == begin_ms)
        rows = run.rows_of_address(address, begin_ms, int(times[chosen[-1]]))
        if rows is None:
            continue
        counts, accounts = None, Accounts.empty()
        for number in chosen.tolist():
            time_ms = int(times[number])
            if time_ms < rows.listed_ms:
                continue
            now = rows.counts_at(time_ms)
            if now != counts:
                counts, accounts = now, rows.accounts_after(now, address)
            solved = _solve(accounts, run, market, marks[:, number], time_ms, run.definition.tables)
            for column in own[first == number].tolist():
                _put(window, column, solved)


@dataclass(frozen=True, kw_only=True)
class _Held:
    size: float
    price: float
    status: int
    margin_source: int
    mode: int
    is_exempt: bool


def _solve(
    accounts: Accounts, run: Run, market: int | None, mark: Float64Array, time_ms: int, tables: MarginTables
) -> _Held | None:
    """The account's position of a market at marks (M,); None where it holds none."""
    rows = np.flatnonzero(accounts.market_index == (-1 if market is None else market))
    if not len(rows):
        return None
    row = int(rows[0])  # the exchange nets what an address holds of a coin
    pool = int(accounts.pool_of_position()[row])
    unknown = np.full(len(mark), np.nan)
    snapshot = MarketSnapshot(
        markets=run.definition.markets, time_ms=time_ms, mark=mark, oracle=unknown, open_interest=unknown
    )
    level = solve_liquidation(accounts, snapshot, tables)
    return _Held(
        size=float(accounts.size[row]),
        price=float(level.price[row]),
        status=int(level.status[row]),
        margin_source=int(accounts.margin_source[pool]),
        mode=int(accounts.mode[pool]),
        is_exempt=bool(accounts.is_exempt[pool]),
    )


def _put(window: AccountWindow, column: int, held: _Held | None) -> None:
    window.size[column] = 0.0 if held is None else held.size
    if held is None:
        return
    window.liquidation_price[column] = held.price if held.status == LevelStatus.OK else np.nan
    window.status[column] = held.status
    window.margin_source[column] = held.margin_source
    window.mode[column] = held.mode
    window.is_exempt[column] = held.is_exempt
