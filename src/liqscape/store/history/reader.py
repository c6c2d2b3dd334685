"""Reads the history while a writer, here or in another process, goes on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from liqscape.errors import CorruptSegment, HistoryReplaced, QuestionError, StoreError
from liqscape.heatmap.bands import Bands
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets
from liqscape.store.history.draw import draw_window
from liqscape.store.history.frames import frame_of_rows
from liqscape.store.history.head import head_span, list_heads, read_head
from liqscape.store.history.manifest import MANIFEST, Definition, Manifest, parse_manifest
from liqscape.store.history.runs import HeadRun, PartRun, Run, marks_of_runs, times_of_runs
from liqscape.store.history.schema import FRAMES, Batch, join_batches, pick_rows
from liqscape.store.history.window import Columns, HeatmapWindow, Rows, choose_columns, choose_rows
from liqscape.units import Float64Array, Int64Array

T = TypeVar("T")

ATTEMPTS = 20
"""A file that a compaction removed while we read is found again at once; more often only damage fails."""
VALUES = ("mark", "level")


class HistoryReader:
    """Frames, windows and accounts of a folder a HistoryWriter fills. Every question sees the newest frames.

    Raises StoreError where there is no history, CorruptSegment or SchemaMismatch naming the file. Much is kept by the
    name and the time of files, here and by those who ask: once the folder holds another history, or an earlier state
    of this one, every question raises HistoryReplaced. Not for several threads at once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = Path(folder)
        self._content: bytes | None = None
        self._manifest: Manifest
        self._part_runs: dict[str, PartRun] = {}
        self._head_names: list[str] = []
        self._head_batches: dict[str, Batch] = {}
        self._head_run: HeadRun | None = None
        self._is_replaced = False
        self._refresh()

    @property
    def provenance(self) -> Provenance:
        """What the history is of; the same for all its frames."""
        return self._manifest.provenance

    @property
    def hold_ms(self) -> int:
        """Longest time a frame is shown for before a hole."""
        return self._manifest.hold_ms

    @property
    def markets(self) -> Markets:
        """Markets of the newest frame. Raises StoreError before the first."""
        self._refresh()
        return self._definitions[-1].markets

    @property
    def tables(self) -> MarginTables:
        """Margin tables of the newest frame. Raises StoreError before the first."""
        self._refresh()
        return self._definitions[-1].tables

    def tables_at(self, time_ms: int) -> MarginTables:
        """Margin tables that `accounts_at` this time names."""

        def answer() -> MarginTables:
            run = self._run_at(time_ms)
            return self._definitions[-1].tables if run is None else run.definition.tables

        return self._answer(answer)

    @property
    def coins(self) -> tuple[str, ...]:
        """Coins of the newest frame, in order of market; none before the first frame."""
        self._refresh()
        return self._manifest.definitions[-1].markets.coins if self._manifest.definitions else ()

    @property
    def first_ms(self) -> int | None:
        """Time of the first frame."""
        self._refresh()
        first = self._spans()[:1]
        return first[0][0] if first else None

    @property
    def last_ms(self) -> int | None:
        """Time of the last frame."""
        self._refresh()
        last = self._spans()[-1:]
        return last[0][1] if last else None

    @property
    def frame_count(self) -> int:
        """Frames stored."""
        self._refresh()
        in_parts = sum(entry.frame_count for entry in self._manifest.parts)
        return in_parts + (len(self._head_run.frames()["time_ms"]) if self._head_run else 0)

    def frame_times(self, start_ms: int, end_ms: int) -> Int64Array:
        """Times of the frames in [start, end)."""

        def answer() -> Int64Array:
            times = times_of_runs(self._runs(start_ms, end_ms))
            return times[(times >= start_ms) & (times < end_ms)]

        return self._answer(answer)

    def frame_at(self, time_ms: int, *, with_bands: bool = True) -> MarketFrame | None:
        """The last frame at or before a time, as it was appended; None if there is none.

        Exactly but for `bands.level_notional`, which is taken at the middle of each band. Without bands
        only the rest of the frame is read: the bands follow from `accounts_at` and the snapshot.
        """

        def answer() -> MarketFrame | None:
            run = self._run_at(time_ms)
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
                run.bands_at(at_ms) if with_bands else Bands.empty(),
            )

        return self._answer(answer)

    def accounts_at(self, time_ms: int) -> Accounts:
        """Accounts as appended with the last frame at or before a time; none before the first."""

        def answer() -> Accounts:
            run = self._run_at(time_ms)
            if run is None:
                return Accounts.empty()
            times = run.frames()["time_ms"]
            return run.accounts_at(int(times[np.searchsorted(times, time_ms, "right") - 1]))

        return self._answer(answer)

    def mark_path(self, coin: str, start_ms: int, end_ms: int) -> tuple[Int64Array, Float64Array]:
        """Times of the frames in [start, end) and the coin's mark in each; NaN where it is unknown."""

        def answer() -> tuple[Int64Array, Float64Array]:
            self._check_coin(coin)
            runs = self._runs(start_ms, end_ms)
            times, marks = times_of_runs(runs), marks_of_runs(runs, coin)
            inside = (times >= start_ms) & (times < end_ms)
            return times[inside], marks[inside]

        return self._answer(answer)

    def window(
        self,
        coin: str,
        start_ms: int,
        end_ms: int,
        width: int,
        height: int,
        low_price: float,
        high_price: float,
        value: str = "mark",
    ) -> HeatmapWindow:
        """Time [start, end) by price [low, high] of a coin, at most `width` columns by `height` rows.

        value  "mark": USD at the mark of each column's frame; "level": USD at the middle of
               each base band, within 2.5 basis points of the liquidation prices.
        """
        if not (start_ms < end_ms and width >= 1 and height >= 1 and 0.0 < low_price < high_price < np.inf):
            raise QuestionError(
                f"no window {width} x {height} of {start_ms}..{end_ms} ms, {low_price}..{high_price} USD"
            )
        if value not in VALUES:
            raise QuestionError(f"value {value!r} is neither 'mark' nor 'level'")
        columns = choose_columns(start_ms, end_ms, width)
        rows = choose_rows(low_price, high_price, height)
        return self._answer(lambda: self._draw(coin, columns, rows, value))

    def _draw(self, coin: str, columns: Columns, rows: Rows, value: str) -> HeatmapWindow:
        self._check_coin(coin)
        runs = self._runs(columns.start_ms, columns.start_ms + columns.step_ms * columns.count)
        return draw_window(runs, coin, columns, rows, value, self.hold_ms)

    def _check_coin(self, coin: str) -> None:
        if not any(definition.markets.find(coin) is not None for definition in self._definitions):
            self._definitions[-1].markets.index_of(coin)

    @property
    def _definitions(self) -> tuple[Definition, ...]:
        if not self._manifest.definitions:
            raise StoreError(f"{self._folder}: no frame is stored yet", path=str(self._folder))
        return self._manifest.definitions

    def _spans(self) -> list[tuple[int, int]]:
        """(first, last) time of each run."""
        spans = [(entry.first_ms, entry.last_ms) for entry in self._manifest.parts]
        if self._head_run is not None:
            spans.append((self._head_run.first_ms, self._head_run.last_ms))
        return spans

    def _runs(self, start_ms: int, end_ms: int) -> list[Run]:
        """Runs with frames in [start, end), and the one before start: it may still be shown."""
        spans = self._spans()
        first = max(bisect_right(spans, start_ms, key=lambda span: span[0]) - 1, 0)
        last = bisect_right(spans, end_ms - 1, key=lambda span: span[0])
        return [self._run(place) for place in range(first, last)]

    def _run_at(self, time_ms: int) -> Run | None:
        """The run with the last frame at or before a time."""
        place = bisect_right(self._spans(), time_ms, key=lambda span: span[0]) - 1
        return None if place < 0 else self._run(place)

    def _run(self, place: int) -> Run:
        if place == len(self._manifest.parts):
            assert self._head_run is not None
            return self._head_run
        entry = self._manifest.parts[place]
        if entry.name not in self._part_runs:
            definition = self._manifest.definition_at(entry.first_ms)
            self._part_runs[entry.name] = PartRun(self._folder, entry, definition)
        return self._part_runs[entry.name]

    def _answer(self, answer: Callable[[], T]) -> T:
        """Answer from the newest files; again where a compaction removed one of them meanwhile."""
        for _ in range(ATTEMPTS):
            self._refresh()
            try:
                return answer()
            except FileNotFoundError as error:
                missing = error
                self._part_runs.clear()
        raise CorruptSegment(f"{missing.filename}: the file is missing", path=str(missing.filename)) from missing

    def _goes_on(self, manifest: Manifest, head_names: list[str]) -> bool:
        """Whether what is there now is the history seen before, at the same frame or a later one."""
        held = {entry.name: entry for entry in self._manifest.parts}
        is_same = manifest.history_id == self._manifest.history_id
        is_same = is_same and all(held.get(entry.name, entry) == entry for entry in manifest.parts)
        seen_ms = max([last for _, last in self._spans()], default=-1)
        reached = [entry.last_ms for entry in manifest.parts[-1:]]
        reached += [span[1] for name in head_names[-1:] if (span := head_span(name)) is not None]
        return is_same and max(reached, default=-1) >= seen_ms

    def _refresh(self) -> None:
        """See what the writer has done. The manifest is read before and after the list of heads, and the heads
        count only if it did not change: a compaction replaces it before it removes a head file."""
        path = self._folder / MANIFEST
        if self._is_replaced:
            raise _replaced(self._folder)
        for _ in range(ATTEMPTS):
            try:
                content = path.read_bytes()
                manifest = self._manifest if content == self._content else parse_manifest(content, path)
                names = list_heads(self._folder, manifest.sealed_ms)
                batches = {name: self._head_batches.get(name) or read_head(self._folder, name) for name in names}
                if path.read_bytes() == content:
                    break
            except FileNotFoundError:
                continue
        else:
            raise StoreError(f"{path}: no history here", path=str(path))
        if self._content is not None and not self._goes_on(manifest, names):
            self._is_replaced = True
            raise _replaced(self._folder)
        if content != self._content:
            self._content, self._manifest = content, manifest
            named = {entry.name for entry in manifest.parts}
            self._part_runs = {name: run for name, run in self._part_runs.items() if name in named}
            self._head_names = []
        if names != self._head_names or (names and self._head_run is None):
            self._head_names, self._head_batches = names, batches
            self._head_run = None
            if names:
                batch = join_batches(list(batches.values()))
                first_ms = int(batch[FRAMES]["time_ms"][0])
                self._head_run = HeadRun(batch, manifest.definition_at(first_ms))
        elif not names:
            self._head_run, self._head_batches = None, {}


def _replaced(folder: Path) -> HistoryReplaced:
    return HistoryReplaced(
        f"{folder}: holds another history now, or an earlier state of it, than the one that was opened; open it again",
        path=str(folder),
    )
