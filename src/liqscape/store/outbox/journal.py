"""An append-only file of lines, each with its checksum: what a kill, a power cut or a full disk leaves is whole lines.

    outbox/journal.jsonl   one JSON object a line, its last member "crc32" (store/checked_json.py)
    outbox/writer.lock     one writer a folder

A batch is one write and one flush; it is durable when `append` returns. A kill in between leaves a part of the batch:
whole lines of it count, the torn last one is cut off when the journal is opened. A write that fails is taken back.
`rewrite` replaces the file in one step by what is still of use. Damage before the end (a flipped bit) costs the lines
it hit: the file as it was is kept under a name that says so, the rest goes on.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from liqscape.errors import CorruptSegment, StoreError
from liqscape.store.checked_json import check_json, seal_json
from liqscape.store.damage import DamagedFile, note_damage
from liqscape.store.durable import clean_temporary, flush_folder, replace_file
from liqscape.store.outbox.records import OutboxLine
from liqscape.store.writer_lock import lock_folder

JOURNAL = "journal.jsonl"
MAX_BYTES = 256 * 1024 * 1024
"""Read at most: the bounds of the outbox keep it far below."""

log = logging.getLogger("liqscape.store")


class Journal:
    """The journal of one folder; one thread at a time writes.

    lines  what was in it when it was opened, oldest first.
    size   bytes of it.
    """

    def __init__(self, folder: Path) -> None:
        """Open it, made where there is none. Raises StoreError where that cannot be, or another program has it."""
        self._path = folder / JOURNAL
        self._descriptor: int | None = None
        self._has_torn_end = False
        self.size = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = lock_folder(folder, f"{folder} is in use: another program delivers the alerts of this folder")
        except OSError as error:
            raise StoreError(f"{folder}: {error.strerror or error}", path=str(folder)) from None
        try:
            clean_temporary(folder)
            self.lines = self._read()
        except OSError as error:
            self.close()
            raise StoreError(f"{self._path}: {error.strerror or error}", path=str(self._path)) from None

    def close(self) -> None:
        """Let another writer have the folder."""
        self._forget()
        os.close(self._lock)

    def append(self, lines: Iterable[OutboxLine]) -> None:
        """Add lines; durable when it returns. Raises OSError, and then none of them is there."""
        content = memoryview(b"".join(map(_encode, lines)))
        descriptor = self._ready()
        self._has_torn_end = True
        try:
            written = 0
            while written < len(content):
                written += os.write(descriptor, content[written:])
            os.fsync(descriptor)
        except OSError:
            with suppress(OSError):  # else before the next write
                self._take_back(descriptor)
            raise
        self._has_torn_end = False
        self.size += len(content)

    def rewrite(self, lines: Sequence[OutboxLine]) -> None:
        """Replace all lines by these in one step, in a folder made anew where it is gone.

        Raises OSError, and then it holds either these or what it held.
        """
        content = b"".join(map(_encode, lines))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            replace_file(self._path, content)
        finally:
            self._forget()  # whichever file has the name now is opened anew
        self.size = len(content)

    def _ready(self) -> int:
        """The open file, nothing torn at its end. Raises OSError, also where the file was removed meanwhile."""
        if self._descriptor is None:
            is_new = not self._path.exists()
            self._descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
            if is_new:
                flush_folder(self._path.parent)
            self.size = os.fstat(self._descriptor).st_size
            self._has_torn_end = False
        named, held = os.stat(self._path), os.fstat(self._descriptor)
        if (named.st_dev, named.st_ino) != (held.st_dev, held.st_ino):
            raise FileNotFoundError(errno.ENOENT, "it was replaced by another file", str(self._path))
        if self._has_torn_end:
            self._take_back(self._descriptor)
        return self._descriptor

    def _take_back(self, descriptor: int) -> None:
        os.ftruncate(descriptor, self.size)
        os.fsync(descriptor)
        self._has_torn_end = False

    def _forget(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _read(self) -> list[OutboxLine]:
        """Its lines, the torn end cut off and damage set aside."""
        descriptor = self._ready()
        with self._path.open("rb") as file:
            content = file.read(MAX_BYTES)
        lines, good_end, damaged = _decode(content, self._path)
        if damaged:
            self._keep_damaged(damaged)
            self.rewrite(lines)
        elif good_end < len(content):
            if content.endswith(b"\n"):
                log.warning("%s: its last lines are not what was written and are left out", self._path)
            self.size = good_end
            self._take_back(descriptor)
        return lines

    def _keep_damaged(self, damaged: int) -> None:
        """Keep the file as it is under a second name: a kill before the new one is in its place loses nothing."""
        number = 1
        while os.path.lexists(kept := self._path.with_name(f"{JOURNAL}.damaged-{number}")):
            number += 1
        os.link(self._path, kept)
        flush_folder(kept.parent)
        place = self._path.parent.name
        note_damage(
            self._path.parent.parent,
            DamagedFile(
                file=f"{place}/{JOURNAL}",
                cause=f"{damaged} lines are not what was written",
                loss="those alerts, or that they were delivered, are not known any more",
                remedy="alerts delivered before may come once more; remove the file once nobody needs it",
                kept_as=f"{place}/{kept.name}",
            ),
        )


def _encode(line: OutboxLine) -> bytes:
    return seal_json(msgspec.json.encode(line)).replace(b"\n", b"") + b"\n"


def _decode(content: bytes, path: Path) -> tuple[list[OutboxLine], int, int]:
    """Lines that are what was written, where the last of them ends, and how many before that are not."""
    lines: list[OutboxLine] = []
    good_end, at, damaged, doubtful = 0, 0, 0, 0
    for piece in content.splitlines(keepends=True):
        at += len(piece)
        try:
            if not piece.endswith(b"\n") or not check_json(piece.rstrip(b"\n"), path):
                raise CorruptSegment(f"{path}: a line without its checksum", path=str(path))
            lines.append(msgspec.json.decode(piece, type=OutboxLine))
        except (CorruptSegment, msgspec.DecodeError, UnicodeDecodeError):
            doubtful += 1
            continue
        good_end, damaged, doubtful = at, damaged + doubtful, 0
    return lines, good_end, damaged
