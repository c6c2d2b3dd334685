"""The byte format of a raw log segment.

    segment = MAGIC block*
    block   = length of packed (u32) | length of content (u32) | checksum of packed (u32) | packed (LZ4 frame)
    content = entry*
    entry   = kind (u8) | received_ns (i64) | venue_ms (i64) | length of subject (u32) | of content (u32) | both

Little-endian. A block is whole or it is not there: its checksum decides.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator

from liqscape.feed.records import Record, RecordKind

MAGIC = b"liqlog1\n"
SUFFIX = ".lqlog"
HEAD = struct.Struct("<III")
FRAME_MAGIC = (0x184D2204).to_bytes(4, "little")
"""First bytes of every LZ4 frame."""
ENTRY = struct.Struct("<BqqII")


def pack_block(entries: Iterable[tuple[Record, int]]) -> bytes:
    """One block of (record, venue_ms) entries."""
    import lz4.frame  # type: ignore[import-untyped]

    content = b"".join(_pack_entry(record, venue_ms) for record, venue_ms in entries)
    packed: bytes = lz4.frame.compress(content)
    return HEAD.pack(len(packed), len(content), zlib.crc32(packed)) + packed


def unpack_block(head: bytes, packed: bytes) -> list[tuple[Record, int]]:
    """Unpack the entries of a block. Raises ValueError for bytes that are not what was written."""
    import lz4.frame

    length, size, checksum = HEAD.unpack(head)
    if len(packed) != length or zlib.crc32(packed) != checksum:
        raise ValueError("checksum does not fit")
    try:
        content: bytes = lz4.frame.decompress(packed)
    except RuntimeError as error:
        raise ValueError(str(error)) from None
    if len(content) != size:
        raise ValueError("length does not fit")
    return list(_unpack_entries(content))


def _pack_entry(record: Record, venue_ms: int) -> bytes:
    subject = record.subject.encode()
    head = ENTRY.pack(record.kind, record.received_ns, venue_ms, len(subject), len(record.content))
    return head + subject + record.content


def _unpack_entries(content: bytes) -> Iterator[tuple[Record, int]]:
    place = 0
    while place < len(content):
        try:
            kind, received_ns, venue_ms, subject_length, length = ENTRY.unpack_from(content, place)
            place += ENTRY.size
            end = place + subject_length + length
            if end > len(content):
                raise ValueError("entry reaches beyond its block")
            subject = content[place : place + subject_length].decode()
            yield Record(RecordKind(kind), subject, content[place + subject_length : end], received_ns), venue_ms
        except struct.error:
            raise ValueError("entry is cut short") from None
        place = end
