"""What every store of an archive's objects can do, wherever they are: give the size and the content of a path.

A path is the one of wire/archive/paths.py: `node_fills_by_block/hourly/20251027/16.lz4`. Content comes in chunks and is
never held whole. What went wrong on the way is tried again from the byte that was reached; what is wrong with the
content is for the reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

CHUNK_BYTES = 1 << 20


class ObjectStore(Protocol):
    """A place objects are read from."""

    @property
    def address(self) -> str:
        """As the user wrote it."""

    def size(self, path: str) -> int | None:
        """Bytes of an object; None where it is not there. Raises FeedError where that cannot be found out."""

    def read(self, path: str) -> Iterator[bytes]:
        """Chunks of an object that is there. Raises FeedError where the transfer fails for good."""
