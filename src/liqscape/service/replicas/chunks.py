"""Contents of any length as messages a NATS server takes, and back.

Each message begins with a fixed head: magic, kind, number of the content, place and count of the piece, size and
CRC-32 of the whole packed content. Contents are packed with zlib; what is unpacked has a bound of its own.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum

from liqscape.errors import RemoteWireError

MAGIC = b"LQN1"
HEAD = struct.Struct("<4sBQIIQI")
MAX_CONTENT_BYTES = 1 << 30
"""Of an unpacked content: a keyframe of the whole exchange is some 100 MB."""
MAX_PACKED_BYTES = 1 << 29
CHUNK_BYTES = 512 * 1024
"""Half of what a server takes by default (max_payload)."""


class Kind(IntEnum):
    """What a content is."""

    FRAME = 1
    BEAT = 2
    FILES = 3


@dataclass(frozen=True)
class SentContent:
    """One content as it was sent."""

    kind: Kind
    number: int
    content: bytes


def split(kind: Kind, number: int, content: bytes, chunk_bytes: int = CHUNK_BYTES) -> list[bytes]:
    """Messages of at most chunk_bytes and their head; at least one."""
    packed = zlib.compress(content, 1)
    crc32, count = zlib.crc32(packed), max(1, -(-len(packed) // chunk_bytes))
    return [
        HEAD.pack(*(MAGIC, kind, number, place, count, len(packed), crc32))
        + packed[place * chunk_bytes : (place + 1) * chunk_bytes]
        for place in range(count)
    ]


def place_of(message: bytes) -> tuple[int, int]:
    """(place, count) of the piece a message holds. Raises RemoteWireError."""
    _, _, _, place, count, _, _ = _head(message)
    return place, count


class Joiner:
    """`take` messages in the order they were sent; one content is in hand at a time.

    A piece that does not follow the one before begins anew or is passed over: what it is part of is asked for again.
    """

    def __init__(self, max_packed_bytes: int = MAX_PACKED_BYTES) -> None:
        self._max = max_packed_bytes
        self._key: tuple[int, int, int, int, int] | None = None
        self._pieces: list[bytes] = []

    def take(self, message: bytes) -> SentContent | None:
        """The content that this message completes. Raises RemoteWireError for what is none of ours, or damaged."""
        _, kind, number, place, count, size, crc32 = _head(message)
        if size > self._max:
            self._drop()
            raise RemoteWireError(f"content {number} says it has {size} bytes, {self._max} are taken")
        key = (kind, number, count, size, crc32)
        if place == 0:
            self._key, self._pieces = key, []
        elif key != self._key or place != len(self._pieces):
            return None
        self._pieces.append(message[HEAD.size :])
        if sum(map(len, self._pieces)) > size:
            self._drop()
            raise RemoteWireError(f"content {number} is longer than the {size} bytes it says")
        if len(self._pieces) < count:
            return None
        packed = b"".join(self._pieces)
        self._drop()
        if len(packed) != size or zlib.crc32(packed) != crc32:
            raise RemoteWireError(f"content {number}: its checksum does not fit")
        return SentContent(Kind(kind), number, _unpack(packed, number))

    def _drop(self) -> None:
        self._key, self._pieces = None, []


def _head(message: bytes) -> tuple[bytes, int, int, int, int, int, int]:
    try:
        found: tuple[bytes, int, int, int, int, int, int] = HEAD.unpack_from(message)
    except struct.error:
        raise RemoteWireError(f"a message of {len(message)} bytes is none of liqscape's") from None
    magic, kind, _, place, count, _, _ = found
    if magic != MAGIC or kind not in tuple(Kind) or not place < count:
        raise RemoteWireError(f"a message that begins with {message[:8]!r} is none of this liqscape's")
    return found


def _unpack(packed: bytes, number: int) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(packed, MAX_CONTENT_BYTES)
    except zlib.error as error:
        raise RemoteWireError(f"content {number} cannot be unpacked: {error}") from None
    if not unpacking.eof:
        raise RemoteWireError(f"content {number} is cut, or longer than {MAX_CONTENT_BYTES} bytes unpacked")
    return content
