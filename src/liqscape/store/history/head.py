"""Head files: frames that are not yet in a part, one small file an append.

    name     <first time>-<last time>.head, 15 digits each, so that names sort like times
    content  MAGIC, uint32 schema version, uint32 CRC-32 of the rest, the rest: msgpack {table: {column: bytes}}

Columns are little-endian as in memory. A file is there whole or not at all (durable.py); the checksum is for
damage done later.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from pathlib import Path

import msgspec
import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.store.durable import replace_file
from liqscape.store.history.manifest import check_version
from liqscape.store.history.schema import SCHEMA_VERSION, TABLES, Batch, Table
from liqscape.units import AnyArray

HEAD_FOLDER = "head"
MAGIC = b"LQHD"
_FIXED = struct.Struct("<4sII")
_NAME = re.compile(r"(\d{15})-(\d{15})\.head")


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


def write_head(folder: Path, batch: Batch) -> str:
    """Write a batch of at least one frame; durable when it returns. Returns the name."""
    times = batch["frames"]["time_ms"]
    name = head_name(int(times[0]), int(times[-1]))
    rest = msgspec.msgpack.encode(
        {table: {column: _to_wire(values) for column, values in columns.items()} for table, columns in batch.items()}
    )
    replace_file(folder / HEAD_FOLDER / name, _FIXED.pack(MAGIC, SCHEMA_VERSION, zlib.crc32(rest)) + rest)
    return name


def read_head(folder: Path, name: str) -> Batch:
    """Raises FileNotFoundError (compacted meanwhile), CorruptSegment, SchemaMismatch."""
    path = folder / HEAD_FOLDER / name
    content = path.read_bytes()
    try:
        magic, version, checksum = _FIXED.unpack_from(content)
    except struct.error as error:
        raise CorruptSegment(f"{path}: {len(content)} bytes, too short for a head file", path=str(path)) from error
    if magic != MAGIC:
        raise CorruptSegment(f"{path}: starts with {magic!r}, not {MAGIC!r}", path=str(path))
    rest = memoryview(content)[_FIXED.size :]
    check_version(version, path)
    if zlib.crc32(rest) != checksum:
        raise CorruptSegment(f"{path}: checksum does not fit, the file is damaged or cut", path=str(path))
    read = msgspec.msgpack.decode(rest, type=dict[str, dict[str, bytes | list[str]]])
    return {table: _table_of(read[table], dtypes) for table, dtypes in TABLES.items()}


def _to_wire(values: AnyArray) -> bytes | list[str]:
    return values.tolist() if values.dtype == np.object_ else values.tobytes()


def _table_of(columns: dict[str, bytes | list[str]], dtypes: dict[str, type]) -> Table:
    table: Table = {}
    for name, dtype in dtypes.items():
        values = columns[name]
        if isinstance(values, list):
            table[name] = np.empty(len(values), np.object_)
            table[name][:] = values
        else:
            table[name] = np.frombuffer(values, dtype)
    return table
