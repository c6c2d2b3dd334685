"""What a reader knows of a history folder at one look: manifest, parts, the head held in memory, and what is damaged.

A state never changes but for what is opened and found damaged on the way, so that several threads may answer from one
while another looks again. Nothing is renamed or written.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from liqscape.errors import CorruptSegment, StoreError
from liqscape.store.damage import DamagedFile, list_damaged
from liqscape.store.history.head import HEAD_FOLDER, Head
from liqscape.store.history.manifest import MANIFEST, Definition, Manifest, PartEntry
from liqscape.store.history.runs import PartRun, Run
from liqscape.store.history.scrub import damage_of_part, lost_part
from liqscape.store.history.small_tables import SmallTables
from liqscape.store.history.step_files import StepFiles, StepRun
from liqscape.store.history.step_format import detail_of
from liqscape.store.history.unsealed import HeadRun, HeadTables


@dataclass(frozen=True, kw_only=True)
class FolderState:
    """One look at a folder.

    content     bytes of the manifest; of the last sound one where it is damaged.
    head_names  head files that are there, in order.
    heads       those of the run that were read from their own file, by name.
    manifest_damage, head_damage  what is wrong with those files.
    part_runs   parts opened so far, by name; filled as they are asked for, each opened more than once does no harm.
    lost_parts  parts found so far of which nothing can be shown, by name.
    head_runs   frames that are in no part yet.
    head_tables their accounts, as far as they were asked for.
    small       accounts of small parts.
    step_files  what windows read of parts.
    """

    folder: Path
    content: bytes
    manifest: Manifest
    head_names: list[str]
    heads: Mapping[str, Head]
    head_runs: tuple[HeadRun, ...]
    head_tables: HeadTables
    small: SmallTables
    step_files: StepFiles
    manifest_damage: DamagedFile | None
    head_damage: tuple[DamagedFile, ...]
    part_runs: dict[str, PartRun]
    lost_parts: dict[str, DamagedFile]

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """Markets and margin tables through time. Raises StoreError before the first frame."""
        if not self.manifest.definitions:
            raise StoreError(f"{self.folder}: no frame is stored yet", path=str(self.folder))
        return self.manifest.definitions

    @property
    def parts(self) -> list[PartEntry]:
        """Parts that can be shown, as far as is known."""
        return [entry for entry in self.manifest.parts if entry.name not in self.lost_parts]

    @property
    def spans(self) -> list[tuple[int, int]]:
        """(first, last) time of each run."""
        return self._spans(self.parts)

    @property
    def damaged(self) -> tuple[DamagedFile, ...]:
        """Files that were set aside, and those found damaged by the questions so far; by name."""
        found = [*self.head_damage, *list(self.lost_parts.values())]
        if self.manifest_damage is not None:
            found.append(self.manifest_damage)
        for run in list(self.part_runs.values()):
            found += damage_of_part(run.part)
        rows = list(self._listed)
        noted = {row.file for row in rows}
        rows += {each.file: each for each in found if each.file not in noted}.values()
        return tuple(sorted(rows, key=lambda row: (row.file, row.kept_as or "")))

    @cached_property
    def _listed(self) -> tuple[DamagedFile, ...]:
        """Listed once a state: it is asked with every frame, and a new minute is a new state."""
        return list_damaged(self.folder)

    @property
    def hole_spans(self) -> list[tuple[int, int]]:
        """(first, last) times of frames that were stored and cannot be read."""
        holes = (*self.head_damage, *list(self.lost_parts.values()), *self._listed)
        return sorted(
            {
                (row.first_ms, row.last_ms)
                for row in holes
                if row.is_hole and row.first_ms is not None and row.last_ms is not None
            }
        )

    def runs(self, start_ms: int, end_ms: int) -> list[Run]:
        """Runs with frames in [start, end), and the one before start: it may still be shown."""
        while True:
            parts = self.parts
            spans = self._spans(parts)
            first = max(bisect_right(spans, start_ms, key=lambda span: span[0]) - 1, 0)
            last = bisect_right(spans, end_ms - 1, key=lambda span: span[0])
            runs = [self._run(parts, place) for place in range(first, last)]
            sound = [run for run in runs if run is not None]
            if len(sound) == len(runs):
                return sound

    def window_runs(self, coin: str, start_ms: int, end_ms: int, step_ms: int) -> list[Run | StepRun]:
        """The same of a coin in columns of step_ms: parts as steps where they have them, whatever else of them is lost.

        Steps of a part whose frames or coins are damaged are shown all the same: they are told apart by their own sum.
        """
        detail = detail_of(step_ms)
        if detail is None:
            return list(self.runs(start_ms, end_ms))
        while True:
            entries, before = self.manifest.parts, len(self.lost_parts)
            spans = self._spans(entries)
            last = bisect_right(spans, end_ms - 1, key=lambda span: span[0])
            found: list[Run | StepRun] = []
            for place in reversed(range(last)):
                run = self._step_run(entries, place, coin, detail)
                found += [] if run is None else [run]
                if run is not None and spans[place][0] <= start_ms:
                    break
            if len(self.lost_parts) == before:
                return found[::-1]

    def _step_run(self, entries: Sequence[PartEntry], place: int, coin: str, detail: int) -> Run | StepRun | None:
        if place < len(entries):
            entry = entries[place]
            definition = self.manifest.definition_at(entry.first_ms)
            steps = self.step_files.run_of(self.folder, entry, definition, coin, detail)
            if steps is not None or entry.name in self.lost_parts:
                return steps
        return self._run(entries, place)

    def run_at(self, time_ms: int) -> Run | None:
        """The run with the last frame at or before a time."""
        while True:
            parts = self.parts
            place = bisect_right(self._spans(parts), time_ms, key=lambda span: span[0]) - 1
            run = None if place < 0 else self._run(parts, place)
            if place < 0 or run is not None:
                return run

    def _spans(self, parts: Sequence[PartEntry]) -> list[tuple[int, int]]:
        spans = [(entry.first_ms, entry.last_ms) for entry in parts]
        return spans + [(run.first_ms, run.last_ms) for run in self.head_runs]

    def _run(self, parts: Sequence[PartEntry], place: int) -> Run | None:
        """The run of a span; None for a part found damaged now, which is not among the parts any more."""
        if place >= len(parts):
            return self.head_runs[place - len(parts)]
        entry = parts[place]
        run = self.part_runs.get(entry.name)
        if run is None:
            try:
                run = PartRun(
                    self.folder, entry, self.manifest.definition_at(entry.first_ms), self.head_tables.share, self.small
                )
            except (CorruptSegment, FileNotFoundError) as error:
                if isinstance(error, FileNotFoundError) and self._is_compacted():
                    raise
                self.lost_parts[entry.name] = lost_part(self.folder, entry, error)
                return None
            run = self.part_runs.setdefault(entry.name, run)
        return run

    def _is_compacted(self) -> bool:
        """Whether the manifest says something else by now: then what is gone is in another part."""
        try:
            return (self.folder / MANIFEST).read_bytes() != self.content
        except OSError:
            return not (self.folder / HEAD_FOLDER).is_dir()  # the whole folder is gone
