"""manifest.json: what a history is of and which parts hold it. Its replacement is the commit of every compaction.

parts            runs of frames in Parquet, in order of time, none overlapping
sealed_ms        frames up to here are in parts; head files count only after it
definitions      markets and margin tables, each from a time on
history_id       drawn when the history began, so that another one in the same folder is told apart; files of one
                 history keep name and content, but names come again in the next

It carries its checksum and has a copy, manifest.copy.json. Parts and heads carry what of it concerns them (`Standing`),
so that it can be made again from them (recover.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from liqscape.errors import CorruptSegment, ModelError, SchemaMismatch
from liqscape.heatmap.frame import Provenance
from liqscape.model.margin_tables import MarginTable, MarginTables, MarginTier
from liqscape.model.markets import Market, Markets
from liqscape.store.checked_json import check_json, write_with_copy
from liqscape.store.history.schema import READ_VERSIONS, SCHEMA_VERSION

MANIFEST = "manifest.json"


class PartEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One part: folder `parts/<name>`, frames of one UTC day. step_ms: it was thinned to (thinning.py), 0 if not."""

    name: str
    first_ms: int
    last_ms: int
    frame_count: int
    step_ms: int = 0


class _TableJson(msgspec.Struct, frozen=True):
    table_id: int
    tiers: list[tuple[float, int]]
    description: str


class _DefinitionJson(msgspec.Struct, frozen=True):
    from_ms: int
    markets: list[Market]
    margin_tables: list[_TableJson]


class _StandingJson(msgspec.Struct, frozen=True):
    provenance: Provenance
    hold_ms: int
    history_id: str
    definition: _DefinitionJson


class _VersionJson(msgspec.Struct, frozen=True):
    schema_version: int


class _ManifestJson(msgspec.Struct, frozen=True, kw_only=True):
    schema_version: int
    provenance: Provenance
    hold_ms: int
    sealed_ms: int
    parts: list[PartEntry]
    definitions: list[_DefinitionJson]
    history_id: str = ""


@dataclass(frozen=True)
class Definition:
    """Markets and margin tables that hold from `from_ms` on."""

    from_ms: int
    markets: Markets
    tables: MarginTables


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Content of the file. `sealed_ms` is -1 before the first part, `history_id` empty in files of older versions."""

    provenance: Provenance
    hold_ms: int
    sealed_ms: int = -1
    parts: tuple[PartEntry, ...] = ()
    definitions: tuple[Definition, ...] = ()
    history_id: str = ""

    def definition_at(self, time_ms: int) -> Definition:
        """What held at a time; the first one for times before it."""
        held = [definition for definition in self.definitions if definition.from_ms <= time_ms]
        return held[-1] if held else self.definitions[0]


@dataclass(frozen=True)
class HistoryStanding:
    """What a run of frames says of the history it is of, so that it is not lost with the manifest."""

    provenance: Provenance
    hold_ms: int
    history_id: str
    definition: Definition

    @classmethod
    def of(cls, manifest: Manifest, definition: Definition) -> HistoryStanding:
        """As the manifest has it."""
        return cls(manifest.provenance, manifest.hold_ms, manifest.history_id, definition)


def encode_standing(standing: HistoryStanding) -> bytes:
    """As JSON."""
    written = _StandingJson(
        standing.provenance, standing.hold_ms, standing.history_id, _definition_json(standing.definition)
    )
    return msgspec.json.encode(written)


def parse_standing(content: bytes | str, path: Path) -> HistoryStanding:
    """Raises CorruptSegment for what cannot be read, naming the file it is from."""
    try:
        read = msgspec.json.decode(content, type=_StandingJson)
        definition = _definition_of(read.definition)
    except (msgspec.DecodeError, UnicodeDecodeError, ModelError) as error:
        raise CorruptSegment(f"{path}: {error}", path=str(path)) from error
    return HistoryStanding(read.provenance, read.hold_ms, read.history_id, definition)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the file and its copy; durable when it returns."""
    written = _ManifestJson(
        schema_version=SCHEMA_VERSION,
        provenance=manifest.provenance,
        hold_ms=manifest.hold_ms,
        sealed_ms=manifest.sealed_ms,
        parts=list(manifest.parts),
        definitions=[_definition_json(definition) for definition in manifest.definitions],
        history_id=manifest.history_id,
    )
    write_with_copy(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(written), indent=1))


def parse_manifest(content: bytes, path: Path) -> Manifest:
    """Raises SchemaMismatch for another version, CorruptSegment for what cannot be read; both name the file."""
    check_json(content, path)
    try:
        version = msgspec.json.decode(content, type=_VersionJson).schema_version
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CorruptSegment(f"{path}: not a history manifest: {error}", path=str(path)) from error
    check_version(version, path)
    try:
        read = msgspec.json.decode(content, type=_ManifestJson)
        definitions = tuple(_definition_of(definition) for definition in read.definitions)
    except (msgspec.DecodeError, UnicodeDecodeError, ModelError) as error:
        raise CorruptSegment(f"{path}: {error}", path=str(path)) from error
    return Manifest(
        provenance=read.provenance,
        hold_ms=read.hold_ms,
        sealed_ms=read.sealed_ms,
        parts=tuple(read.parts),
        definitions=definitions,
        history_id=read.history_id,
    )


def join_definitions(definitions: Iterable[Definition]) -> tuple[Definition, ...]:
    """In order of time, the first of those from the same time on."""
    by_time: dict[int, Definition] = {}
    for definition in definitions:
        by_time.setdefault(definition.from_ms, definition)
    return tuple(by_time[from_ms] for from_ms in sorted(by_time))


def check_version(version: object, path: Path) -> None:
    """Raises SchemaMismatch unless it is one we read."""
    if str(version) not in READ_VERSIONS:
        raise SchemaMismatch(
            f"{path}: schema version {version}, this liqscape reads {', '.join(READ_VERSIONS)}", path=str(path)
        )


def _definition_json(definition: Definition) -> _DefinitionJson:
    return _DefinitionJson(
        definition.from_ms,
        list(definition.markets.rows),
        [
            _TableJson(
                table.table_id, [(tier.lower_bound, tier.max_leverage) for tier in table.tiers], table.description
            )
            for table in definition.tables.tables
        ],
    )


def _definition_of(read: _DefinitionJson) -> Definition:
    return Definition(
        read.from_ms,
        Markets.build(read.markets),
        MarginTables.build(
            MarginTable(table.table_id, tuple(MarginTier(*tier) for tier in table.tiers), table.description)
            for table in read.margin_tables
        ),
    )
