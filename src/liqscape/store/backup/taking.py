"""Takes a backup of a data folder that a map may be writing.

Studies and scores are copied first: they may be older than the history they were made of, and are gone on with from
it. Then the history, as a reader sees it: manifest, the heads that count with it, and once the manifest is still the
same after the last head, the parts it names. Whatever a merge or a removal takes away meanwhile begins the look anew;
what was copied by then is not copied again. The rest comes last, SQLite files through SQLite's own copy.

Files in the folder are replaced in one step or grow at their end, so each is copied up to the length it had when it was
opened, and its digest is taken before and while it is copied.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from io import BufferedReader
from pathlib import Path

from liqscape import __version__
from liqscape.errors import CorruptSegment, StoreError
from liqscape.store.backup.listing import (
    FILES,
    BackupFile,
    BackupList,
    list_backups,
    list_of,
    new_digest,
    object_of,
    read_backup,
    write_list,
)
from liqscape.store.backup.place import PIECE_BYTES, BackupPlace
from liqscape.store.checked_json import copy_path
from liqscape.store.durable import TEMPORARY
from liqscape.store.history.asked import ASKED, DONE
from liqscape.store.history.head import HEAD_FOLDER, head_span, list_heads
from liqscape.store.history.manifest import MANIFEST, Manifest, parse_manifest
from liqscape.store.history.parts import PARTS_FOLDER
from liqscape.store.history.recover import find_manifest
from liqscape.store.writer_lock import LOCK

ATTEMPTS = 20
"""Looks at a folder that changes; each of them ends with the next merge at the earliest."""
MADE_OF_HISTORY = ("studies", "scores")
SQLITE_MAGIC = b"SQLite format 3\x00"
SQLITE_BESIDE = ("-wal", "-shm", "-journal")
Reported = Callable[[int], object]
"""Told the bytes looked at so far."""


@dataclass(frozen=True, kw_only=True)
class BackupReport:
    """What a backup did. copied: that was not there yet. removed: older backups that went, as `keep` asks."""

    backup: BackupList
    copied_count: int
    copied_bytes: int
    removed: tuple[str, ...] = ()


def take_backup(
    folder: Path, place: BackupPlace, made_ms: int, *, keep: int | None = None, reported: Reported | None = None
) -> BackupReport:
    """Copy a data folder. Killed at any moment, earlier backups stay whole.

    keep  backups that stay, this one included; older ones and what only they hold are removed after it is whole.
    Raises StoreError where the folder holds no history, the place cannot be written, or files change all the time.
    """
    with place.locked():
        taker = _Taker(folder, place, reported or (lambda _: None))
        files, manifest, last_ms = taker.all_files()
        first_ms = min((part.first_ms for part in manifest.parts), default=taker.first_head_ms)
        backup = BackupList(
            liqscape=__version__,
            made_ms=made_ms,
            history_id=manifest.history_id,
            first_ms=first_ms,
            last_ms=last_ms,
            files=sorted(files, key=lambda file: file.name),
        )
        write_list(place, backup)
        removed = () if keep is None else _forget(place, keep)
    return BackupReport(
        backup=backup, copied_count=taker.copied_count, copied_bytes=taker.copied_bytes, removed=removed
    )


class _Taker:
    def __init__(self, folder: Path, place: BackupPlace, reported: Reported) -> None:
        self._folder, self._place, self._reported = folder, place, reported
        self._stored = {name.rsplit("/", 1)[1]: size for name, size in place.sizes(FILES).items()}
        self._known = {file.key: file.digest for file in _files_of_last(place)}
        self._seen_bytes = self.copied_count = self.copied_bytes = 0
        self.first_head_ms: int | None = None

    def all_files(self) -> tuple[list[BackupFile], Manifest, int | None]:
        """(every file, the manifest, time of the last frame)."""
        files = [file for name in MADE_OF_HISTORY for file in self._below(name)]
        history, manifest, last_ms = self._history()
        skipped = {*MADE_OF_HISTORY, PARTS_FOLDER, MANIFEST, copy_path(Path(MANIFEST)).name, ASKED, DONE}
        for name in sorted(os.listdir(self._folder)):
            if name not in skipped and name != HEAD_FOLDER:
                files += self._below(name)
        return files + history, manifest, last_ms

    def _history(self) -> tuple[list[BackupFile], Manifest, int | None]:
        path = self._folder / MANIFEST
        for _ in range(ATTEMPTS):
            content, manifest = _manifest_of(self._folder)
            try:
                names = list_heads(self._folder, manifest.sealed_ms)
                files = [self._file(f"{HEAD_FOLDER}/{name}") for name in names]
                if _manifest_of(self._folder)[0] != content:
                    continue
                for part in manifest.parts:
                    files += self._part(part.name)
            except FileNotFoundError:
                continue
            for name in (path.name, copy_path(path).name):
                files.append(self._written(name, content))
            spans = [span for name in names if (span := head_span(name)) is not None]
            self.first_head_ms = spans[0][0] if spans else None
            last_ms = max([manifest.sealed_ms, *(last for _, last in spans)])
            return files, manifest, None if last_ms < 0 else last_ms
        raise StoreError(f"{self._folder}: changed during each of {ATTEMPTS} looks at it", path=str(self._folder))

    def _part(self, name: str) -> list[BackupFile]:
        """All files of a part; none where it is missing for good, as its minutes are a hole then.

        A part goes in one step, so where it is still there afterwards no file of it was missed.
        """
        top = self._folder / PARTS_FOLDER / name
        files = [self._file(each) for each in _names_below(self._folder, top)]
        if not top.is_dir() and name not in {part.name for part in _manifest_of(self._folder)[1].parts}:
            raise FileNotFoundError(name)
        return files

    def _below(self, name: str) -> list[BackupFile]:
        """All files of a file or folder that has its own ways of being replaced: a study's day is a folder."""
        for _ in range(ATTEMPTS):
            try:
                names = _names_below(self._folder, self._folder / name)
                files = [self._file(each) for each in names]
                if _names_below(self._folder, self._folder / name) == names:
                    return files
            except FileNotFoundError:
                continue
        raise StoreError(f"{self._folder / name}: changed during each of {ATTEMPTS} looks at it", path=name)

    def _file(self, name: str) -> BackupFile:
        """Raises FileNotFoundError where it is gone."""
        path = self._folder / name
        with path.open("rb") as file:
            if file.peek(len(SQLITE_MAGIC)).startswith(SQLITE_MAGIC):
                return self._database(name, path)
            stat = os.fstat(file.fileno())
            return self._kept(name, file, stat.st_size, stat.st_mtime_ns)

    def _database(self, name: str, path: Path) -> BackupFile:
        """As one transaction leaves it, with what is in its write-ahead log."""
        with tempfile.TemporaryDirectory(prefix="liqscape-backup-") as folder:
            copy = Path(folder) / path.name
            try:
                with (
                    closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as live,
                    closing(sqlite3.connect(copy)) as copied,
                ):
                    live.backup(copied)
            except sqlite3.Error:  # damaged: copied as it lies there
                copy = path
            with copy.open("rb") as file:  # what is in the log alone leaves the time of the file as it was: no time
                return self._kept(name, file, os.fstat(file.fileno()).st_size, 0)

    def _written(self, name: str, content: bytes) -> BackupFile:
        """A file whose content is known."""
        with tempfile.TemporaryFile() as file:
            file.write(content)
            file.seek(0)
            return self._kept(name, file, len(content), 0)  # type: ignore[arg-type]

    def _kept(self, name: str, file: BufferedReader, size: int, modified_ns: int) -> BackupFile:
        known = self._known.get((name, size, modified_ns)) if modified_ns else None
        digest = known if known is not None and self._stored.get(known) == size else _digest(_pieces(file, size))
        if self._stored.get(digest) != size:
            copied = new_digest()
            self._place.write(object_of(digest), _through(copied, _pieces(file, size)), size)
            if copied.hexdigest() != digest:
                self._place.remove(object_of(digest))
                raise StoreError(f"{self._folder / name}: changed in place while it was copied", path=name)
            self._stored[digest] = size
            self.copied_count, self.copied_bytes = self.copied_count + 1, self.copied_bytes + size
        self._seen_bytes += size
        self._reported(self._seen_bytes)
        kept = BackupFile(name=name, size=size, modified_ns=modified_ns, digest=digest)
        self._known[kept.key] = digest
        return kept


def _files_of_last(place: BackupPlace) -> list[BackupFile]:
    """Files of the newest backup that can be read; none without any."""
    for name in reversed(list_backups(place)):
        try:
            return read_backup(place, name).files
        except StoreError:
            continue
    return []


def _manifest_of(folder: Path) -> tuple[bytes, Manifest]:
    path = folder / MANIFEST
    try:
        content = path.read_bytes()
        return content, parse_manifest(content, path)
    except (OSError, CorruptSegment):
        found = find_manifest(folder)
    if found.manifest is None or found.content is None:
        raise StoreError(f"{folder}: no history here", path=str(folder))
    return found.content, found.manifest


def _names_below(folder: Path, top: Path) -> list[str]:
    """Names of a file, or of all files below a folder, that are not locks, under way, or SQLite's own beside it."""
    if top.is_symlink() or not top.exists():
        return []
    paths = [top] if top.is_file() else sorted(path for path in top.rglob("*") if path.is_file())
    return [
        path.relative_to(folder).as_posix()
        for path in paths
        if path.name != LOCK
        and not any(part.startswith(TEMPORARY) for part in path.relative_to(folder).parts)
        and not path.name.endswith(SQLITE_BESIDE)
    ]


def _pieces(file: BufferedReader, size: int) -> Iterator[bytes]:
    """The first `size` bytes."""
    file.seek(0)
    left = size
    while left and (piece := file.read(min(PIECE_BYTES, left))):
        left -= len(piece)
        yield piece


def _digest(pieces: Iterator[bytes]) -> str:
    digest = new_digest()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def _through(digest: blake2b, pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        digest.update(piece)
        yield piece


def _forget(place: BackupPlace, keep: int) -> tuple[str, ...]:
    """Remove all backups but the newest, first their lists, then the content that no list names."""
    names = list_backups(place)
    gone = names[:-keep]
    if not gone:
        return ()
    needed = {object_of(file.digest) for name in names[-keep:] for file in read_backup(place, name).files}
    for name in gone:
        place.remove(list_of(name))
    for name in place.sizes(FILES):
        if name not in needed:
            place.remove(name)
    return tuple(gone)
