"""What a reader knows of a history folder at one look: manifest, parts, and the head held in memory.

A state never changes, so that several threads may answer from one while another looks again.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from liqscape.errors import StoreError
from liqscape.store.history.manifest import Definition, Manifest
from liqscape.store.history.runs import HeadRun, PartRun, Run
from liqscape.store.history.schema import Batch


@dataclass(frozen=True)
class FolderState:
    """One look at a folder.

    content    bytes of the manifest.
    batches    head files by name, in order.
    part_runs  parts opened so far, by name; filled as they are asked for, each opened more than once does no harm.
    """

    folder: Path
    content: bytes
    manifest: Manifest
    batches: dict[str, Batch]
    head_run: HeadRun | None
    part_runs: dict[str, PartRun]

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """Markets and margin tables through time. Raises StoreError before the first frame."""
        if not self.manifest.definitions:
            raise StoreError(f"{self.folder}: no frame is stored yet", path=str(self.folder))
        return self.manifest.definitions

    @property
    def spans(self) -> list[tuple[int, int]]:
        """(first, last) time of each run."""
        spans = [(entry.first_ms, entry.last_ms) for entry in self.manifest.parts]
        if self.head_run is not None:
            spans.append((self.head_run.first_ms, self.head_run.last_ms))
        return spans

    def runs(self, start_ms: int, end_ms: int) -> list[Run]:
        """Runs with frames in [start, end), and the one before start: it may still be shown."""
        spans = self.spans
        first = max(bisect_right(spans, start_ms, key=lambda span: span[0]) - 1, 0)
        last = bisect_right(spans, end_ms - 1, key=lambda span: span[0])
        return [self._run(place) for place in range(first, last)]

    def run_at(self, time_ms: int) -> Run | None:
        """The run with the last frame at or before a time."""
        place = bisect_right(self.spans, time_ms, key=lambda span: span[0]) - 1
        return None if place < 0 else self._run(place)

    def _run(self, place: int) -> Run:
        if place == len(self.manifest.parts):
            assert self.head_run is not None
            return self.head_run
        entry = self.manifest.parts[place]
        run = self.part_runs.get(entry.name)
        if run is None:
            run = PartRun(self.folder, entry, self.manifest.definition_at(entry.first_ms))
            run = self.part_runs.setdefault(entry.name, run)
        return run
