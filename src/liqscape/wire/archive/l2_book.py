"""`market_data/{day}/{hour}/l2Book/{coin}.lz4`: books as JSON lines, the websocket's message inside an envelope."""

from __future__ import annotations

import msgspec

from liqscape.wire.answer import parse_answer
from liqscape.wire.info.l2_book import L2Book


class RawBook(msgspec.Struct, frozen=True):
    """The message as it was sent."""

    channel: str
    data: L2Book


class ArchivedBook(msgspec.Struct, frozen=True):
    """One line; time as text with nanoseconds."""

    time: str
    ver_num: int
    raw: RawBook


def parse_archived_books(content: bytes, source: str) -> tuple[ArchivedBook, ...]:
    """All lines of one unpacked file. Raises RemoteWireError naming the line."""
    return tuple(
        parse_answer(line, ArchivedBook, f"{source}:{number}")
        for number, line in enumerate(content.splitlines(), start=1)
        if line.strip()
    )
