"""Head files: frames that are not yet in a part, one small file an append.

    name     <first time>-<last time>.head, 15 digits each, so that names sort like times
    content  MAGIC, uint32 schema version, uint32 CRC-32 of the rest, the rest: msgpack {table: {column: bytes}}

Columns are little-endian as in memory. A file is there whole or not at all (durable.py); the checksum is for
damage done later. A head holds what changed since the one before, so what follows a lost one cannot be read: therefore
each also holds a copy of the one before, under the table name CHAIN:

    follows   name of the head before; not there in the first one of a run
    copy      the rest of that head, without its own copy
    standing  JSON of the history it is of (manifest.Standing), in the first one of a run
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.store.durable import replace_file
from liqscape.store.history import former
from liqscape.store.history.manifest import HistoryStanding, check_version, encode_standing, parse_standing
from liqscape.store.history.schema import (
    COINS,
    FRAMES,
    FUNDING,
    NOTES,
    OF_TRIGGERS,
    SCHEMA_VERSION,
    TABLES,
    Batch,
    Table,
    empty_table,
)
from liqscape.units import AnyArray

HEAD_FOLDER = "head"
MAGIC = b"LQHD"
CHAIN = "chain"
LIGHT = (FRAMES, COINS, FUNDING)
_FIXED = struct.Struct("<4sII")
_NAME = re.compile(r"(\d{15})-(\d{15})\.head")


@dataclass(frozen=True)
class WrittenHead:
    """What the next head keeps a copy of: its name, and its content without its own copy."""

    name: str
    content: bytes


@dataclass(frozen=True)
class HeadChain:
    """Head files in hand: each holds what changed since the one before, the first one a keyframe."""

    first: str = ""
    count: int = 0
    last: WrittenHead | None = None


@dataclass(frozen=True, kw_only=True)
class Head:
    """What one file holds.

    before    the head it follows, None in the first of a run and in files of older versions; its content is empty where
              this file holds no copy of it.
    standing  in the first of a run.
    version   of the file; its copy of the head before is of the same.
    is_light  batch holds FRAMES, COINS and FUNDING alone, and before no content: what a reader keeps of each.
    copy_in   the head that held the copy this one was taken from; empty where it was read from its own file.
    """

    name: str
    batch: Batch
    before: WrittenHead | None
    standing: HistoryStanding | None
    version: int = SCHEMA_VERSION
    is_light: bool = False
    copy_in: str = ""

    @property
    def is_keyframe(self) -> bool:
        """Whether it needs nothing before it."""
        frames = self.batch[FRAMES]
        return bool(frames["is_keyframe"][0])


def head_name(first_ms: int, last_ms: int) -> str:
    """File name of a run of frames."""
    return f"{first_ms:015d}-{last_ms:015d}.head"


def head_span(name: str) -> tuple[int, int] | None:
    """(first, last) time of a head file's name; None for other files."""
    match = _NAME.fullmatch(name)
    return (int(match[1]), int(match[2])) if match else None


def list_heads(folder: Path, after_ms: int) -> list[str]:
    """Names of head files with frames after a time, in order of time."""
    try:
        names = os.listdir(folder / HEAD_FOLDER)
    except FileNotFoundError:
        return []
    spans = ((head_span(name), name) for name in names)
    return sorted(name for span, name in spans if span is not None and span[1] > after_ms)


def write_head(folder: Path, batch: Batch, before: WrittenHead | None, standing: HistoryStanding | None) -> WrittenHead:
    """Write a batch of at least one frame; durable when it returns."""
    times = batch[FRAMES]["time_ms"]
    name = head_name(int(times[0]), int(times[-1]))
    rest, content = _encode(batch, before, standing)
    replace_file(folder / HEAD_FOLDER / name, _FIXED.pack(MAGIC, SCHEMA_VERSION, zlib.crc32(rest)) + rest)
    return WrittenHead(name, content)


def as_written(folder: Path, head: Head) -> WrittenHead:
    """What the head after it keeps a copy of. Raises as read_head."""
    head = read_head(folder, head.name) if head.is_light else head
    return WrittenHead(head.name, _encode(head.batch, head.before, head.standing)[1])


def read_head(folder: Path, name: str, *, is_light: bool = False, with_copy: bool = True) -> Head:
    """Raises FileNotFoundError (compacted meanwhile, or missing), CorruptSegment, SchemaMismatch.

    with_copy: as long as the head before is; only who mends heads needs it.
    """
    path = folder / HEAD_FOLDER / name
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise CorruptSegment(f"{path}: {error.strerror or error}", path=str(path)) from error
    try:
        magic, version, checksum = _FIXED.unpack_from(content)
    except struct.error as error:
        raise CorruptSegment(f"{path}: {len(content)} bytes, too short for a head file", path=str(path)) from error
    if magic != MAGIC:
        raise CorruptSegment(f"{path}: starts with {magic!r}, not {MAGIC!r}", path=str(path))
    rest = memoryview(content)[_FIXED.size :]
    if zlib.crc32(rest) != checksum:
        raise CorruptSegment(f"{path}: checksum does not fit, the file is damaged or cut", path=str(path))
    check_version(version, path)
    return _parse(rest, name, path, version, is_light=is_light, with_copy=with_copy and not is_light)


def read_copy(folder: Path, head: Head, *, is_light: bool = False) -> Head:
    """The head before, from the copy in this one; it has none of its own. Raises CorruptSegment without one."""
    path = folder / HEAD_FOLDER / head.name
    if head.is_light:
        head = read_head(folder, head.name)
    if head.before is None:
        raise CorruptSegment(f"{path}: holds no copy of the head before", path=str(path))
    copy = _parse(head.before.content, head.before.name, path, head.version, is_light=is_light, with_copy=True)
    return replace(copy, copy_in=head.name)


def read_whole(folder: Path, head: Head) -> Batch:
    """All tables of a light head. Raises as read_head."""
    if head.copy_in:
        return read_copy(folder, read_head(folder, head.copy_in)).batch
    return read_head(folder, head.name, with_copy=False).batch


def _parse(rest: bytes | memoryview, name: str, path: Path, version: int, *, is_light: bool, with_copy: bool) -> Head:
    try:
        read = msgspec.msgpack.decode(rest, type=dict[str, msgspec.Raw])
        named = read.pop(CHAIN, None)
        stored = {} if named is None else msgspec.msgpack.decode(named, type=dict[str, msgspec.Raw])
        if not with_copy:
            stored.pop("copy", None)
        chain = {key: msgspec.msgpack.decode(value, type=bytes) for key, value in stored.items()}
        batch = _batch_of(read, version, is_light=is_light)
        times = batch[FRAMES]["time_ms"]
        span = int(times[0]), int(times[-1])
        follows = chain.get("follows", b"").decode()
    except (msgspec.DecodeError, KeyError, IndexError, ValueError) as error:
        raise CorruptSegment(f"{path}: {error}", path=str(path)) from error
    if head_span(name) != span:
        raise CorruptSegment(f"{path}: holds frames of {span[0]} to {span[1]}, not those of its name", path=str(path))
    before = WrittenHead(follows, chain.get("copy", b"")) if follows else None
    standing = parse_standing(chain["standing"], path) if "standing" in chain else None
    return Head(name=name, batch=batch, before=before, standing=standing, version=version, is_light=is_light)


def _batch_of(read: dict[str, msgspec.Raw], version: int, *, is_light: bool) -> Batch:
    is_former = str(version) == former.VERSION
    wanted = former.COLUMNS if is_former else TABLES
    tables = {}
    for table, dtypes in wanted.items():
        if is_light and table not in LIGHT:
            continue
        if table in NOTES and version < SCHEMA_VERSION:  # nobody wrote any, and columns are others now
            tables[table] = empty_table(table)
            continue
        if table in OF_TRIGGERS and table not in read:  # written before they were kept
            tables[table] = empty_table(table)
            continue
        tables[table] = _table_of(msgspec.msgpack.decode(read[table], type=dict[str, bytes | list[str]]), dtypes)
    if not is_former:
        return tables
    if not is_light:
        return former.batch_of(tables)
    return {**tables, FRAMES: former.frames_of(tables[FRAMES]), FUNDING: empty_table(FUNDING)}


def _encode(batch: Batch, before: WrittenHead | None, standing: HistoryStanding | None) -> tuple[bytes, bytes]:
    """(what the file holds after its checksum, the same without the copy of the head before)."""
    tables = {
        table: msgspec.Raw(
            msgspec.msgpack.encode({former.stored_name(column): _to_wire(values) for column, values in columns.items()})
        )
        for table, columns in batch.items()
    }
    chain: dict[str, bytes] = {}
    if before is not None:
        chain["follows"] = before.name.encode()
    if standing is not None:
        chain["standing"] = encode_standing(standing)
    content = msgspec.msgpack.encode({**tables, CHAIN: chain})
    if before is None or not before.content:
        return content, content
    return msgspec.msgpack.encode({**tables, CHAIN: {**chain, "copy": before.content}}), content


def _to_wire(values: AnyArray) -> bytes | list[str]:
    return values.tolist() if values.dtype == np.object_ else values.tobytes()


def _table_of(columns: dict[str, bytes | list[str]], dtypes: dict[str, type]) -> Table:
    table: Table = {}
    for name, dtype in dtypes.items():
        values = columns[former.stored_name(name)]
        if isinstance(values, list):
            table[name] = np.empty(len(values), np.object_)
            table[name][:] = values
        else:
            table[name] = np.frombuffer(values, dtype)
    return table
