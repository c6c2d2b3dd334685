"""A snapshot table of others into a history: a frame a snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from liqscape.errors import InputError
from liqscape.heatmap.frame import Provenance
from liqscape.model.events import Event, FrameDue
from liqscape.service.folders import Origin, claim_folder, key_of_files, write_origin
from liqscape.service.importing.log import ImportLog, ImportReport
from liqscape.service.loader import load_source
from liqscape.sources.tables.foreign import ForeignSource
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.history.retention import KEEP_ALL, KeepRules

if TYPE_CHECKING:
    from liqscape.service.opening import ProgressTo

MARKETS = "markets.parquet"


@dataclass(frozen=True, kw_only=True)
class TableWish:
    """columns: theirs by ours. Times None: all snapshots. keep: what is kept of the history."""

    file: Path
    data: Path
    columns: Mapping[str, str] = field(default_factory=dict)
    start_ms: int | None = None
    end_ms: int | None = None
    keep: KeepRules = KEEP_ALL


class _SpanSource:
    """A source of which only the frames of some times are made."""

    def __init__(self, source: ForeignSource, start_ms: int, end_ms: int) -> None:
        self._source = source
        self._start_ms, self._end_ms = start_ms, end_ms
        self.provenance: Provenance = source.provenance

    def events(self) -> Iterator[Event]:
        for event in self._source.events():
            if not isinstance(event, FrameDue) or self._start_ms <= event.time_ms <= self._end_ms:
                yield event


def import_table(wish: TableWish, progress_to: ProgressTo) -> ImportReport:
    """Import a table; frames that are there already are passed over. Raises InputError, SettingsError."""
    if not wish.file.is_file():
        raise InputError(f"{wish.file}: there is no such file", file=str(wish.file))
    beside = wish.file.with_name(MARKETS)
    key = key_of_files([path for path in (wish.file, beside) if path.is_file()])
    named = ",".join(f"{ours}={theirs}" for ours, theirs in sorted(wish.columns.items()))
    source = ForeignSource(wish.file, wish.columns)
    start_ms = source.first_ms if wish.start_ms is None else wish.start_ms
    end_ms = source.last_ms if wish.end_ms is None else wish.end_ms
    if end_ms < source.first_ms or start_ms > source.last_ms:
        raise InputError(f"{wish.file}: holds {source.first_ms} to {source.last_ms}, nothing of the times asked for")
    origin = claim_folder(wish.data, Origin(kind="table", name=wish.file.name, key=f"{key}|{named}"))
    log = ImportLog(wish.data)
    with HistoryWriter(wish.data, source.provenance, keep=wish.keep) as writer:
        with progress_to(f"importing {wish.file.name}", source.first_ms, source.last_ms) as progress:
            load_source(_SpanSource(source, start_ms, end_ms), writer, progress)
        writer.compact()
        frames = HistoryReader(wish.data).frame_count
        log.note(reached_ms=writer.last_time_ms or 0, is_complete=True, frames=frames)
    log.write()
    write_origin(wish.data, msgspec.structs.replace(origin, is_complete=True))
    return log.report
