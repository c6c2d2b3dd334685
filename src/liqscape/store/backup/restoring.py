"""Puts a backup back as a data folder, under a temporary name until all of it is there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from liqscape.errors import CorruptSegment, SettingsError
from liqscape.store.backup.listing import BackupFile, BackupList, new_digest, object_of
from liqscape.store.backup.place import BackupPlace
from liqscape.store.durable import TEMPORARY, flush_file, flush_folder


def restore_backup(
    place: BackupPlace, backup: BackupList, folder: Path, reported: Callable[[int], object] | None = None
) -> None:
    """Write all files of a backup to a folder that is not there yet, or empty; durable when it returns.

    Killed before the end, nothing stands under the name. Raises SettingsError where something lies there, StoreError
    (CorruptSegment for a file whose content is not what was copied).
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(f"{folder} is not empty; name a folder that is not there yet")
    made = folder.with_name(f"{TEMPORARY}{folder.name}")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    done = 0
    for file in backup.files:
        path = made / file.name
        if made.resolve() not in path.resolve().parents:
            raise CorruptSegment(f"{place.address}: the list names {file.name}, which is outside of the folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as written:
            for piece in checked_pieces(place, file):
                written.write(piece)
                done += len(piece)
        flush_file(path)
        if file.modified_ns:
            os.utime(path, ns=(file.modified_ns, file.modified_ns))
        if reported is not None:
            reported(done)
    for below, _, _ in os.walk(made):
        flush_folder(Path(below))
    if folder.exists():
        folder.rmdir()
    made.rename(folder)
    flush_folder(folder.parent)


def checked_pieces(place: BackupPlace, file: BackupFile) -> Iterator[bytes]:
    """The content of a file of a backup. Raises CorruptSegment after the last piece where it is not what was copied,
    StoreError where it is not there."""
    digest, size = new_digest(), 0
    for piece in place.read(object_of(file.digest)):
        digest.update(piece)
        size += len(piece)
        yield piece
    if digest.hexdigest() != file.digest or size != file.size:
        raise CorruptSegment(f"{place.address}: {file.name} is not what was copied ({size} bytes, {file.size} were)")
