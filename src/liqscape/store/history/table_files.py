"""The tables of a history as Parquet files that anybody can read: those of its parts, and made ones for the rest.

A part of today is its own files. What stands in heads, and in parts of version 1, is written as the same tables into a
folder of the caller, once. Damaged files are passed over, as a HistoryReader passes over them.
"""

from __future__ import annotations

from pathlib import Path

from liqscape.errors import CorruptSegment
from liqscape.model.markets import Markets
from liqscape.store.history.content import PartContent, replay
from liqscape.store.history.folder_state import FolderState
from liqscape.store.history.head import read_whole
from liqscape.store.history.look import ATTEMPTS, look_again
from liqscape.store.history.parquet_edge import to_file
from liqscape.store.history.parts import PartReader
from liqscape.store.history.schema import (
    BANDS,
    FUNDING,
    POOLS,
    POSITIONS,
    WHERE_GIVEN,
    Table,
    empty_table,
    join_tables,
)
from liqscape.store.history.unsealed import HeadRun

OF_CONTENT = (POSITIONS, BANDS)
"""Tables a head does not hold as a part does: with levels, and of each step of bands."""


class TableFiles:
    """Files of the tables of a history, as they stand when asked. `made`: an empty folder, for what is made.

    Raises StoreError where there is no history, SchemaMismatch for another version.
    """

    def __init__(self, folder: Path, made: Path) -> None:
        self._folder = folder
        self._made = made
        self._state: FolderState | None = None
        self._parts: dict[str, PartReader] = {}
        self._written: dict[tuple[str, ...], Path] = {}
        self.passed_over: dict[str, CorruptSegment] = {}
        """Damaged files met so far, by path."""
        look_again(folder, None)

    def empty(self, name: str) -> Path:
        """A file of the table without rows."""
        return self._write((name,), empty_table(name), Markets.build([]))

    def paths(self, name: str) -> list[Path]:
        """Files that together hold all rows of a table of schema.DTYPES, in no order; none where there are no rows."""
        for _ in range(ATTEMPTS):
            self._state = look_again(self._folder, self._state)
            try:
                return self._paths(self._state, name)
            except FileNotFoundError as error:  # a part was merged, or heads became one, since the look
                missing = error
                self._parts.clear()
        raise CorruptSegment(f"{missing.filename}: the file is missing", path=str(missing.filename)) from missing

    def _paths(self, state: FolderState, name: str) -> list[Path]:
        found = []
        for entry in state.manifest.parts:
            try:
                markets = state.manifest.definition_at(entry.first_ms).markets
                if entry.name not in self._parts:
                    self._parts[entry.name] = PartReader(self._folder, entry, markets)
                part = self._parts[entry.name]
                if part.is_former:
                    found += self._of_former(part, name)
                elif part.has(f"{name}.parquet"):
                    found.append(part.checked_path(f"{name}.parquet"))
            except CorruptSegment as error:
                self.passed_over[str(error.context.get("path", entry.name))] = error
        for run in state.head_runs:
            found += self._of_heads(run, name)
        return found

    def _of_former(self, part: PartReader, name: str) -> list[Path]:
        """The table of a part of version 1."""
        if name == FUNDING or name in WHERE_GIVEN:
            return []
        key = (part.entry.name, name)
        if key not in self._written:
            first_ms, last_ms = part.entry.first_ms, part.entry.last_ms
            if name == BANDS:
                bands = [part.read_bands(coin) for coin in part.markets.coins]
                rows = join_tables([each for each in bands if each is not None], BANDS)
            elif name in (POOLS, POSITIONS):
                rows = part.read_accounts(first_ms, last_ms)[name]
            else:
                rows = part.read(name)
            self._write(key, rows, part.markets)
        return [self._written[key]]

    def _of_heads(self, run: HeadRun, name: str) -> list[Path]:
        """The table of frames that are in no part yet."""
        markets = run.definition.markets
        heads = run.heads
        key = (*(head.name for head in heads), name)
        if key in self._written:
            return [self._written[key]]
        batches = [read_whole(self._folder, head) for head in heads]
        if name not in OF_CONTENT:
            return [self._write(key, join_tables([batch[name] for batch in batches], name), markets)]
        content = PartContent(run.definition)
        for frame in replay(batches):
            content.add(frame)
        chunks = content.finish()
        for each in OF_CONTENT:
            self._write((*key[:-1], each), join_tables(list(chunks[each]), each), markets)
        return [self._written[key]]

    def _write(self, key: tuple[str, ...], rows: Table, markets: Markets) -> Path:
        path = self._made / f"{key[-1]}-{len(self._written)}.parquet"
        to_file(key[-1], rows, markets).write_parquet(path)
        self._written[key] = path
        return path
