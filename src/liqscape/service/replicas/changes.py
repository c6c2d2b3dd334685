"""A change of a collector's files as a record: what is new, what is gone; small and short-lived contents with it."""

from __future__ import annotations

import msgspec

from liqscape.errors import RemoteWireError
from liqscape.service.replicas.listing import FileMark, Listing, check_path, mark_of

INLINE_BYTES = 64 * 1024
"""Files up to so many bytes are sent with the change that names them; larger ones are fetched, heads excepted."""
MAX_FILES = 500_000


class FileChange(msgspec.Struct, frozen=True, array_like=True):
    """One file as it is now. content: None where it is to be fetched."""

    path: str
    size: int
    crc32: int
    content: bytes | None = None

    @property
    def mark(self) -> FileMark:
        """What its content must be."""
        return FileMark(self.size, self.crc32)


class FileChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What changed since the change before.

    epoch    of the collector: another one after each time it could not say what its stream holds.
    number   within the epoch, from 0 on, which is whole: it lists every file.
    stored_ms  time of the newest stored frame.
    """

    epoch: str
    number: int
    made_ms: int
    stored_ms: int | None
    is_whole: bool
    files: list[FileChange]
    removed: list[str] = []

    def apply(self, listing: Listing) -> Listing:
        """The listing after this change of the one before."""
        after = {} if self.is_whole else dict(listing)
        for path in self.removed:
            after.pop(path, None)
        return after | {each.path: each.mark for each in self.files}


def encode_changes(changes: FileChanges) -> bytes:
    """As msgpack."""
    return msgspec.msgpack.encode(changes)


def decode_changes(content: bytes) -> FileChanges:
    """Raises RemoteWireError for what cannot be read, names a file outside the map, or holds another content."""
    try:
        changes = msgspec.msgpack.decode(content, type=FileChanges)
    except msgspec.MsgspecError as error:
        raise RemoteWireError(f"a change of files cannot be read: {error}") from None
    if len(changes.files) + len(changes.removed) > MAX_FILES:
        raise RemoteWireError(f"a change names {len(changes.files)} files, {MAX_FILES} are taken")
    for each in changes.files:
        check_path(each.path)
        if each.size < 0 or (each.content is not None and mark_of(each.content) != each.mark):
            raise RemoteWireError(f"{each.path}: its content is not what the change says of it")
    for path in changes.removed:
        check_path(path)
    return changes
