"""Reads the history while a writer, here or in another process, goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock
from typing import TypeVar

import numpy as np

from liqscape.errors import CorruptSegment, HistoryReplaced, QuestionError
from liqscape.heatmap.bands import Bands
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.ledger.triggers import StandingTriggers
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets
from liqscape.store.damage import DamagedFile
from liqscape.store.history.account_window import AccountWindow, draw_account
from liqscape.store.history.depth import DepthPath, depth_of_runs
from liqscape.store.history.draw import draw_window
from liqscape.store.history.folder_state import FolderState
from liqscape.store.history.frames import frame_of_rows
from liqscape.store.history.look import ATTEMPTS, goes_on, look_again
from liqscape.store.history.minutes import StoredMinute, read_minutes
from liqscape.store.history.near_cells import NearCells, cells_near_mark
from liqscape.store.history.noted import NotedRun, read_noted
from liqscape.store.history.runs import bands_at, marks_of_runs, times_of_runs
from liqscape.store.history.schema import pick_rows, row_count
from liqscape.store.history.series import (
    MAX_FUNDING_AGE_MS,
    CoinSeries,
    FramePath,
    PaidFunding,
    draw_series,
    paid_at,
    path_of_runs,
)
from liqscape.store.history.solved import SolvedCells
from liqscape.store.history.traded import TradedPath, traded_of_runs
from liqscape.store.history.window import HeatmapWindow, choose_columns, choose_rows
from liqscape.units import Float64Array, Int64Array

T = TypeVar("T")

VALUES = ("mark", "level")


class HistoryReader:
    """Frames, windows and accounts of a folder a HistoryWriter fills. Every question sees the newest frames.

    Damaged files are passed over: frames they held are holes, `damaged` lists them. Nothing is renamed or written.

    Raises StoreError where there is no history, SchemaMismatch for files of another version, CorruptSegment for a
    question about accounts that only a damaged file holds. Much is kept by the name and the time of files, here and by
    those who ask: once the folder holds another history, or an earlier state of this one, every question raises
    HistoryReplaced. Several threads may ask at once: only the look at the folder is made by one at a time, and each
    answers from the state it saw.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = Path(folder)
        self._lock = Lock()
        self._state: FolderState | None = None
        self._is_replaced = False
        self._solved = SolvedCells()
        self._look()

    @property
    def provenance(self) -> Provenance:
        """What the history is of; the same for all its frames."""
        return self._seen.manifest.provenance

    @property
    def hold_ms(self) -> int:
        """Longest time a frame is shown for before a hole."""
        return self._seen.manifest.hold_ms

    @property
    def markets(self) -> Markets:
        """Markets of the newest frame. Raises StoreError before the first."""
        return self._look().definitions[-1].markets

    @property
    def tables(self) -> MarginTables:
        """Margin tables of the newest frame. Raises StoreError before the first."""
        return self._look().definitions[-1].tables

    def tables_at(self, time_ms: int) -> MarginTables:
        """Margin tables that `accounts_at` this time names."""

        def answer(state: FolderState) -> MarginTables:
            run = state.run_at(time_ms)
            return state.definitions[-1].tables if run is None else run.definition.tables

        return self._answer(answer)

    @property
    def coins(self) -> tuple[str, ...]:
        """Coins of the newest frame, in order of market; none before the first frame."""
        definitions = self._look().manifest.definitions
        return definitions[-1].markets.coins if definitions else ()

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self._folder

    @property
    def history_id(self) -> str:
        """Which history this is; empty where an older version began it."""
        return self._seen.manifest.history_id

    @property
    def coins_ever(self) -> tuple[str, ...]:
        """Coins of any frame."""
        return self.coins_between(0, self.last_ms or 0)

    def coins_between(self, first_ms: int, last_ms: int) -> tuple[str, ...]:
        """Coins listed in any frame from `first_ms` to `last_ms`, in order of their first listing."""
        held = self._look().manifest.definitions
        following = [*(each.from_ms for each in held[1:]), last_ms + 1]
        found = [each for each, end in zip(held, following, strict=True) if each.from_ms <= last_ms and end > first_ms]
        return tuple(dict.fromkeys(coin for each in found for coin in each.markets.coins))

    @property
    def first_ms(self) -> int | None:
        """Time of the first frame."""
        first = self._look().spans[:1]
        return first[0][0] if first else None

    @property
    def last_ms(self) -> int | None:
        """Time of the last frame."""
        last = self._look().spans[-1:]
        return last[0][1] if last else None

    @property
    def frame_count(self) -> int:
        """Frames stored."""
        state = self._look()
        in_parts = sum(entry.frame_count for entry in state.parts)
        return in_parts + sum(row_count(run.frames()) for run in state.head_runs)

    @property
    def damaged(self) -> tuple[DamagedFile, ...]:
        """Files that were set aside, and those found damaged by the questions so far; by name."""
        return self._look().damaged

    def frame_times(self, start_ms: int, end_ms: int) -> Int64Array:
        """Times of the frames in [start, end)."""

        def answer(state: FolderState) -> Int64Array:
            times = times_of_runs(state.runs(start_ms, end_ms))
            return times[(times >= start_ms) & (times < end_ms)]

        return self._answer(answer)

    def frame_time_at(self, time_ms: int) -> int | None:
        """Time of the last frame at or before a time; None if there is none."""

        def answer(state: FolderState) -> int | None:
            run = state.run_at(time_ms)
            if run is None:
                return None
            times = run.frames()["time_ms"]
            return int(times[np.searchsorted(times, time_ms, "right") - 1])

        return self._answer(answer)

    def frame_at(self, time_ms: int, *, with_bands: bool = True) -> MarketFrame | None:
        """The last frame at or before a time, as it was appended; None if there is none.

        Its bands are solved again from `accounts_at` and the snapshot, the same to the bit; without bands the accounts
        are not read.
        """

        def answer(state: FolderState) -> MarketFrame | None:
            run = state.run_at(time_ms)
            if run is None:
                return None
            frames = run.frames()
            row = int(np.searchsorted(frames["time_ms"], time_ms, "right")) - 1
            at_ms = int(frames["time_ms"][row])
            return frame_of_rows(
                self.provenance,
                run.definition.markets,
                pick_rows(frames, slice(row, row + 1)),
                run.coins_at(at_ms),
                bands_at(run, at_ms) if with_bands else Bands.empty(),
            )

        return self._answer(answer)

    def accounts_at(self, time_ms: int) -> Accounts:
        """Accounts as appended with the last frame at or before a time; none before the first."""

        def answer(state: FolderState) -> Accounts:
            run = state.run_at(time_ms)
            if run is None:
                return Accounts.empty()
            times = run.frames()["time_ms"]
            return run.accounts_at(int(times[np.searchsorted(times, time_ms, "right") - 1]))

        return self._answer(answer)

    def standing_at(self, time_ms: int) -> StandingTriggers | None:
        """Trigger orders that stood at the last frame at or before a time, and whose were read; None where nobody said.

        Raises CorruptSegment where only a damaged file says.
        """

        def answer(state: FolderState) -> StandingTriggers | None:
            run = state.run_at(time_ms)
            if run is None:
                return None
            times = run.frames()["time_ms"]
            return run.standing_at(int(times[np.searchsorted(times, time_ms, "right") - 1]))

        return self._answer(answer)

    def _standing_of(self, time_ms: int) -> StandingTriggers | None:
        """Of the frame of exactly this time."""
        standing = self.standing_at(time_ms)
        return standing if self.frame_time_at(time_ms) == time_ms else None

    def minutes(self, start_ms: int, end_ms: int) -> Iterator[StoredMinute]:
        """Frames in [start, end) with their accounts and notes, in order of time: much quicker than asking for each.

        Frames whose accounts are damaged are passed over; where notes are, those minutes have none.
        """
        return read_minutes(self._look, self.provenance, start_ms, end_ms, self._standing_of)

    def noted(self, start_ms: int, end_ms: int) -> list[NotedRun]:
        """What was written down in the minutes closed in [start, end), run by run: marks, account changes, funding."""
        return self._answer(lambda state: list(read_noted(state, start_ms, end_ms)))

    def funded_ms(self, time_ms: int) -> int:
        """The hour of the last funding stored at or before a time in the run of frames it is in; -1 without any."""

        def answer(state: FolderState) -> int:
            run = state.run_at(time_ms)
            rows = None if run is None else run.funding()
            if rows is None:
                return -1
            return int(rows["hour_ms"][rows["time_ms"] <= time_ms].max(initial=-1))

        return self._answer(answer)

    def mark_path(self, coin: str, start_ms: int, end_ms: int) -> tuple[Int64Array, Float64Array]:
        """Times of the frames in [start, end) and the coin's mark in each; NaN where it is unknown."""

        def answer(state: FolderState) -> tuple[Int64Array, Float64Array]:
            _check_coin(state, coin)
            runs = state.runs(start_ms, end_ms)
            times, marks = times_of_runs(runs), marks_of_runs(runs, coin)
            inside = (times >= start_ms) & (times < end_ms)
            return times[inside], marks[inside]

        return self._answer(answer)

    def depth_path(self, coin: str, start_ms: int, end_ms: int) -> DepthPath:
        """What stood in the coin's order book near its mid, by the minutes closed in [start, end)."""

        def answer(state: FolderState) -> DepthPath:
            _check_coin(state, coin)
            return depth_of_runs(state.runs(start_ms, end_ms), coin, start_ms, end_ms)

        return self._answer(answer)

    def coin_path(self, coin: str, start_ms: int, end_ms: int) -> FramePath:
        """Mark, oracle and open interest of a coin in the frames of [start, end), and the fundings they first hold."""

        def answer(state: FolderState) -> FramePath:
            _check_coin(state, coin)
            return path_of_runs(state.runs(start_ms, end_ms), coin, start_ms, end_ms)

        return self._answer(answer)

    def traded_path(self, coin: str, start_ms: int, end_ms: int) -> TradedPath:
        """What was traded of a coin, at least, by the minutes closed in [start, end) in which something was."""

        def answer(state: FolderState) -> TradedPath:
            _check_coin(state, coin)
            return traded_of_runs(state.runs(start_ms, end_ms), coin, start_ms, end_ms)

        return self._answer(answer)

    def window(
        self,
        coin: str,
        start_ms: int,
        end_ms: int,
        width: int,
        height: int,
        price_low: float,
        price_high: float,
        value: str = "mark",
        *,
        with_largest: bool = False,
    ) -> HeatmapWindow:
        """Time [start, end) by price [low, high] of a coin, at most `width` columns by `height` rows.

        value  "mark": USD at the mark of each column's frame; "level": USD at the middle of
               each base band, within 2.5 basis points of the liquidation prices.
        with_largest  also what one account alone has in each cell.
        """
        if not (start_ms < end_ms and width >= 1 and height >= 1 and 0.0 < price_low < price_high < np.inf):
            raise QuestionError(
                f"no window {width} x {height} of {start_ms}..{end_ms} ms, {price_low}..{price_high} USD"
            )
        if value not in VALUES:
            raise QuestionError(f"value {value!r} is neither 'mark' nor 'level'")
        columns = choose_columns(start_ms, end_ms, width)
        rows = choose_rows(price_low, price_high, height)

        def answer(state: FolderState) -> HeatmapWindow:
            _check_coin(state, coin)
            end_ms = columns.start_ms + columns.step_ms * columns.count
            return draw_window(
                state.window_runs(coin, columns.start_ms, end_ms, columns.step_ms),
                coin,
                columns=columns,
                rows=rows,
                value=value,
                hold_ms=state.manifest.hold_ms,
                damaged_ms=state.hole_spans,
                memory=self._solved,
                with_largest=with_largest,
            )

        return self._answer(answer)

    def series(self, coin: str, start_ms: int, end_ms: int, width: int) -> CoinSeries:
        """A coin through [start, end) in the columns of a window of at most `width`: all that is not cells."""
        if not (start_ms < end_ms and width >= 1):
            raise QuestionError(f"no series of {width} columns of {start_ms}..{end_ms} ms")
        columns = choose_columns(start_ms, end_ms, width)

        def answer(state: FolderState) -> CoinSeries:
            _check_coin(state, coin)
            return draw_series(
                state.runs(columns.start_ms - MAX_FUNDING_AGE_MS, columns.start_ms + columns.step_ms * columns.count),
                coin,
                columns,
                hold_ms=state.manifest.hold_ms,
                damaged_ms=state.hole_spans,
                memory=self._solved,
            )

        return self._answer(answer)

    def funding_at(self, time_ms: int) -> PaidFunding | None:
        """The last funding of each coin at or before a time, at most MAX_FUNDING_AGE_MS old; None without any."""

        def answer(state: FolderState) -> PaidFunding | None:
            return paid_at(state.runs(max(0, time_ms - MAX_FUNDING_AGE_MS), time_ms + 1), time_ms)

        return self._answer(answer)

    def cells_near_mark(self, coin: str, frame_ms: Int64Array) -> list[NearCells]:
        """Cells of 0.1 % within 20 % of the mark of the frames of exactly these rising times, solved from the accounts,
        with what the largest position has in each. Frames without a mark, or with damaged accounts, are left out."""

        def answer(state: FolderState) -> list[NearCells]:
            _check_coin(state, coin)
            if not len(frame_ms):
                return []
            return cells_near_mark(state.runs(int(frame_ms[0]), int(frame_ms[-1]) + 1), coin, frame_ms)

        return self._answer(answer)

    def account_window(self, address: str, coin: str, start_ms: int, end_ms: int, width: int) -> AccountWindow:
        """One account and coin in [start, end), in the columns `window` would have at this width.

        address  lower case. Raises QuestionError where the span is none, ModelError for a coin of no frame.
        """
        if not (start_ms < end_ms and width >= 1):
            raise QuestionError(f"no history {width} wide of {start_ms}..{end_ms} ms")
        columns = choose_columns(start_ms, end_ms, width)

        def answer(state: FolderState) -> AccountWindow:
            _check_coin(state, coin)
            runs = state.runs(columns.start_ms, columns.start_ms + columns.step_ms * columns.count)
            return draw_account(runs, address, coin, columns, state.manifest.hold_ms, state.hole_spans)

        return self._answer(answer)

    @property
    def _seen(self) -> FolderState:
        assert self._state is not None
        return self._state

    def _answer(self, answer: Callable[[FolderState], T]) -> T:
        """Answer from the newest files; again where a compaction removed one of them meanwhile."""
        for _ in range(ATTEMPTS):
            state = self._look()
            try:
                return answer(state)
            except FileNotFoundError as error:
                missing = error
                state.part_runs.clear()
        raise CorruptSegment(f"{missing.filename}: the file is missing", path=str(missing.filename)) from missing

    def _look(self) -> FolderState:
        """Refresh what is known of the folder: see what the writer has done."""
        with self._lock:
            if self._is_replaced:
                raise _replaced(self._folder)
            before = self._state
            state = look_again(self._folder, before)
            if before is not None and state is not before and not goes_on(before, state):
                self._is_replaced = True
                raise _replaced(self._folder)
            self._state = state
            return state


def _check_coin(state: FolderState, coin: str) -> None:
    if not any(definition.markets.find(coin) is not None for definition in state.definitions):
        state.definitions[-1].markets.index_of(coin)


def _replaced(folder: Path) -> HistoryReplaced:
    return HistoryReplaced(
        f"{folder}: holds another history now, or an earlier state of it, than the one that was opened; open it again",
        path=str(folder),
    )
