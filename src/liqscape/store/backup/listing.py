"""What a backup is: a list of files by content, written last.

    backups/20261130T041500000Z.json   one a backup: name, size and digest of every file, and a checksum of its own
    files/ab/ab12...                   content by digest, shared by all backups of the place

A backup counts once its list is there, so one that was killed leaves the earlier ones as they are, and what it had
copied is not copied again. Content never changes under its name: sealed files are copied once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

import msgspec

from liqscape.errors import CorruptSegment, InputError, SchemaMismatch, StoreError
from liqscape.store.backup.place import BackupPlace
from liqscape.store.checked_json import check_json, seal_json

LISTS, FILES = "backups/", "files/"
VERSION = 1


class BackupFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the data folder. modified_ns: as the disk had it, to know it again without reading it."""

    name: str
    size: int
    modified_ns: int
    digest: str

    @property
    def key(self) -> tuple[str, int, int]:
        """What tells a file that did not change."""
        return self.name, self.size, self.modified_ns


class BackupList(msgspec.Struct, frozen=True, kw_only=True):
    """One backup. made_ms: when it was begun, ms since 1970; first_ms, last_ms: of the frames in it, null without any.

    history_id: which history it is of. liqscape: the version that made it.
    """

    version: int = VERSION
    liqscape: str
    made_ms: int
    history_id: str
    first_ms: int | None
    last_ms: int | None
    files: list[BackupFile]

    @property
    def name(self) -> str:
        """As users name it: the time it was begun."""
        return backup_name(self.made_ms)

    @property
    def byte_count(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)


def backup_name(made_ms: int) -> str:
    """20261130T041500000Z."""
    return f"{datetime.fromtimestamp(made_ms // 1000, UTC):%Y%m%dT%H%M%S}{made_ms % 1000:03d}Z"


def new_digest() -> blake2b:
    """What a content is named by, to be fed with its pieces."""
    return blake2b(digest_size=20)


def object_of(digest: str) -> str:
    """Where a content lies."""
    return f"{FILES}{digest[:2]}/{digest}"


def list_of(name: str) -> str:
    """Where the list of a backup lies."""
    return f"{LISTS}{name}.json"


def write_list(place: BackupPlace, backup: BackupList) -> None:
    """Commit a backup."""
    content = seal_json(msgspec.json.encode(backup))
    place.write(list_of(backup.name), [content], len(content))


def list_backups(place: BackupPlace) -> list[str]:
    """Names of the backups that are whole, the oldest first."""
    names = (name.removeprefix(LISTS) for name in place.sizes(LISTS))
    return sorted(name.removesuffix(".json") for name in names if name.endswith(".json"))


def read_backup(place: BackupPlace, name: str | None = None) -> BackupList:
    """One backup, the newest by default. Raises InputError where it is not there, StoreError."""
    names = list_backups(place)
    if not names:
        raise InputError(f"{place.address}: no backup there")
    if name is not None and name not in names:
        raise InputError(f"{place.address}: no backup {name} there; the newest is {names[-1]}")
    path = list_of(name or names[-1])
    content = b"".join(place.read(path))
    try:
        if not check_json(content, Path(path)):
            raise CorruptSegment(f"{place.address}/{path}: no checksum, it was cut or changed")
        if msgspec.json.decode(content, type=_Version).version != VERSION:
            raise SchemaMismatch(f"{place.address}/{path}: a backup of another version of liqscape")
        return msgspec.json.decode(content, type=BackupList)
    except CorruptSegment as error:
        raise CorruptSegment(f"{place.address}/{path}: the list of the backup is damaged") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"{place.address}/{path}: {error}") from error


class _Version(msgspec.Struct, frozen=True):
    version: int
