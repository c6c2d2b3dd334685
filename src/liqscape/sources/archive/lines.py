"""Chunks of an object to its lines, unpacked on the way: LZ4 frames one behind the other, or plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from liqscape.errors import RemoteWireError
from liqscape.wire.node.block_time import read_block_time

MAX_LINE = 256 << 20
"""Bytes. The fullest block known, 2025-10-10, takes a few MB."""

BLOCK_TIME = re.compile(rb'"block_time"\s*:\s*"([0-9T:.+\-]+Z?)"')
EVENT_TIME = re.compile(rb'"time"\s*:\s*(?:"([0-9]{4}-[0-9T:.+\-]+Z?)"|"?([0-9]+))')
BLOCK_NUMBER = re.compile(rb'"block_number"\s*:\s*([0-9]+)')


def unpack_chunks(chunks: Iterable[bytes], source: str) -> Iterator[bytes]:
    """Content of one or several LZ4 frames as it comes. Raises RemoteWireError at the place where one is damaged or
    cut; everything before it was given by then."""
    import lz4.frame  # type: ignore[import-untyped]

    unpacker = None
    for chunk in chunks:
        rest = chunk
        while rest:
            unpacker = unpacker or lz4.frame.LZ4FrameDecompressor()
            try:
                content = unpacker.decompress(rest)
            except RuntimeError as error:
                raise RemoteWireError(f"{source}: damaged LZ4 frame: {error}", source=source) from None
            if content:
                yield content
            if not unpacker.eof:
                break
            rest, unpacker = unpacker.unused_data or b"", None
    if unpacker is not None:
        raise RemoteWireError(f"{source}: LZ4 frame is cut short", source=source)


def split_lines(contents: Iterable[bytes], source: str) -> Iterator[bytes]:
    """Whole lines without their ends, empty ones left out. A last line without an end counts as one.

    Raises RemoteWireError for a line longer than MAX_LINE.
    """
    held: list[bytes] = []
    length = 0
    for content in contents:
        first, mark, rest = content.partition(b"\n")
        held.append(first)
        length += len(first)
        if length > MAX_LINE:
            raise RemoteWireError(f"{source}: a line is longer than {MAX_LINE} bytes", source=source)
        if not mark:
            continue
        yield from filter(None, [b"".join(held)])
        *lines, last = rest.split(b"\n")
        yield from filter(None, lines)
        held, length = [last], len(last)
    yield from filter(None, [b"".join(held)])


def line_time(line: bytes, *, is_block: bool) -> int | None:
    """Venue time (ms) a line of a node's table names; None where it cannot be found."""
    found = (BLOCK_TIME if is_block else EVENT_TIME).search(line)
    if found is None:
        return None
    if found.lastindex == 2:
        return int(found[2])
    return read_block_time(found[1].decode())


def is_next_block(before: bytes, line: bytes) -> bool:
    """The line is of the block that follows the one of the line before, so that nothing stood between them."""
    first, second = BLOCK_NUMBER.search(before), BLOCK_NUMBER.search(line)
    return first is not None and second is not None and int(second[1]) == int(first[1]) + 1
