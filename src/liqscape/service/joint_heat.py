"""Joint levels through time: each column of a heatmap with the joint bands of its own frame (docs/joint.md).

A column is what `mode=joint` says of that frame alone: its accounts and marks, and the betas in force then, which are
estimated from prices up to the beginning of its hour. Nothing after a frame enters it.

Only pools that hold the coin are solved, and what was solved for a frame is kept as bands of the base grid, which every
window of the coin is drawn from. The columns of one question are bounded by the work they are.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from liqscape.errors import NotFound
from liqscape.heatmap.bands import Bands
from liqscape.heatmap.build import build_bands
from liqscape.heatmap.grid import band_middle, merge_band
from liqscape.risk.joint.betas import FACTOR_COIN
from liqscape.risk.liquidation import solve_roots
from liqscape.service.coin_betas import BETA_STEP_MS, WINDOW_MS, BetaMemory, LabelledBetas, MarkPaths
from liqscape.service.joint import nearest_along_btc
from liqscape.service.moments import AskedMoment
from liqscape.units import Float64Array, Int64Array

if TYPE_CHECKING:
    from liqscape.store.history import HeatmapWindow, HistoryReader

MAX_COLUMNS = 120
"""Of one question; a frame of the demo takes some 10 ms, one of the whole exchange more than a second."""
MAX_POSITIONS = 12_000_000
"""Of all frames of one question: the whole exchange has 17 columns."""
MIN_COLUMNS = 8
KEPT_BYTES = 32_000_000


@dataclass(frozen=True)
class DrawnJointly:
    """A window at joint levels, and where the betas of its columns are from, in words, the last first."""

    window: HeatmapWindow
    origins: tuple[str, ...]


def most_columns(position_count: int) -> int:
    """Columns that one question may have on a map of so many positions."""
    return max(MIN_COLUMNS, min(MAX_COLUMNS, MAX_POSITIONS // max(position_count, 1)))


class JointHeat:
    """Joint bands of stored frames, kept within a bound. Usable from any thread; one question is solved at a time."""

    def __init__(self, betas: BetaMemory) -> None:
        self._betas = betas
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int], tuple[Bands | None, str]] = OrderedDict()

    def draw(self, reader: HistoryReader, window: HeatmapWindow, value: str) -> DrawnJointly:
        """The solo window with the cells of each column at the joint levels of the frame it shows.

        NaN in a column whose frame has no mark of BTC, without which no path is known. Raises NotFound where no column
        has one.
        """
        cells = np.full((2, window.rows, window.columns), np.nan)
        times = np.unique(window.as_of_ms[window.as_of_ms >= 0]).tolist()
        origins: dict[str, None] = {}
        with self._lock:
            paths = _SpanPaths(reader, times[0], times[-1] + 1) if times else None
            for time_ms in reversed(times):
                bands, origin = self._bands(reader, window.coin, time_ms, paths)
                if bands is None:
                    continue
                origins.setdefault(origin)
                shown = np.flatnonzero(window.as_of_ms == time_ms)
                cells[:, :, shown] = _cells(bands, window, value)[:, :, None] * (
                    window.mark[shown] if value == "mark" else 1.0
                )
        if times and not origins:
            raise NotFound(f"the mark of {FACTOR_COIN} is not known in any frame of this window", coin=FACTOR_COIN)
        cells[:, :, np.isnan(window.mark)] = np.nan
        long, short = cells.astype(np.float32)
        return DrawnJointly(replace(window, long=long, short=short), tuple(origins))

    def _bands(
        self, reader: HistoryReader, coin: str, time_ms: int, paths: MarkPaths | None
    ) -> tuple[Bands | None, str]:
        kept = self._kept.get((coin, time_ms))
        if kept is None:
            kept = self._kept[coin, time_ms] = self._solve(reader, coin, time_ms, paths)
            held = sum(bands.byte_count for bands, _ in self._kept.values() if bands is not None)
            while held > KEPT_BYTES and len(self._kept) > 1:
                dropped, _ = self._kept.popitem(last=False)[1]
                held -= 0 if dropped is None else dropped.byte_count
        self._kept.move_to_end((coin, time_ms))
        return kept

    def _solve(
        self, reader: HistoryReader, coin: str, time_ms: int, paths: MarkPaths | None
    ) -> tuple[Bands | None, str]:
        """Bands of the coin at one frame; None where BTC has no mark or the frame is kept no more."""
        reported = reader.frame_at(time_ms, with_bands=False)
        if reported is None or reported.time_ms != time_ms:
            return None, ""
        snapshot, moment = reported.snapshot, AskedMoment(reported=reported, source=reader)
        factor, market = snapshot.markets.find(FACTOR_COIN), snapshot.markets.find(coin)
        if factor is None or market is None or not snapshot.mark[factor] > 0.0:
            return None, ""
        labelled: LabelledBetas = self._betas(moment, paths)
        accounts = moment.accounts
        holders = np.unique(accounts.pool_of_position()[accounts.market_index == market]).astype(np.int64)
        own = accounts.take(holders)
        root = solve_roots(own, snapshot, moment.tables)
        first = nearest_along_btc(own, snapshot, moment.tables, labelled.betas, root)
        bands, _ = build_bands(own, snapshot, first.price)
        return bands.of_market(market), labelled.origin


def _cells(bands: Bands, window: HeatmapWindow, value: str) -> Float64Array:
    """(2, rows) coins by side and row of prices, or USD at the middle of each base band."""
    row = merge_band(bands.band, window.level) - window.first_band
    is_inside = (row >= 0) & (row < window.rows)
    amount = bands.size if value == "mark" else bands.size * band_middle(bands.band)
    cells = np.zeros((2, window.rows))
    np.add.at(cells, ((bands.side[is_inside] < 0).astype(np.int64), row[is_inside]), amount[is_inside])
    return cells


class _SpanPaths:
    """Marks of a span of history, each coin read once: betas of many hours ask for the same 30 days again and again."""

    def __init__(self, reader: MarkPaths, start_ms: int, end_ms: int) -> None:
        self._reader = reader
        self._start_ms = start_ms - WINDOW_MS - BETA_STEP_MS  # betas are of the beginning of a step
        self._end_ms = end_ms
        self._kept: dict[str, tuple[Int64Array, Float64Array]] = {}

    @property
    def hold_ms(self) -> int:
        return self._reader.hold_ms

    def mark_path(self, coin: str, start_ms: int, end_ms: int) -> tuple[Int64Array, Float64Array]:
        kept = self._kept.get(coin)
        if kept is None:
            kept = self._kept[coin] = self._reader.mark_path(coin, self._start_ms, self._end_ms)
        times, marks = kept
        inside = slice(*np.searchsorted(times, (start_ms, end_ms)).tolist())
        return times[inside], marks[inside]
