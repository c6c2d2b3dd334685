"""Whether a backup can be put back, and is still what the folder it was made of holds."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from liqscape.errors import StoreError
from liqscape.store.backup.listing import BackupList, new_digest
from liqscape.store.backup.place import PIECE_BYTES, BackupPlace
from liqscape.store.backup.restoring import checked_pieces


@dataclass(frozen=True)
class BackupProblem:
    """A file of a backup that cannot be put back, or is not what the folder holds."""

    file: str
    reason: str


def check_backup(
    place: BackupPlace, backup: BackupList, folder: Path | None = None, reported: Callable[[int], object] | None = None
) -> tuple[list[BackupProblem], int]:
    """(what is wrong, files compared with their original): every file is read whole.

    folder  what it was made of. A file there that has the size and time it had when it was copied must hold the same;
            others were replaced or removed since, as a map does.
    """
    problems: list[BackupProblem] = []
    compared = done = 0
    for file in backup.files:
        try:
            for piece in checked_pieces(place, file):
                done += len(piece)
        except StoreError as error:
            problems.append(BackupProblem(file.name, str(error)))
        if folder is not None and file.modified_ns:
            digest = _digest_if_unchanged(folder / file.name, file.size, file.modified_ns)
            compared += digest is not None
            if digest not in (None, file.digest):
                problems.append(
                    BackupProblem(file.name, "the original holds other content under the same size and time")
                )
        if reported is not None:
            reported(done)
    return problems, compared


def _digest_if_unchanged(path: Path, size: int, modified_ns: int) -> str | None:
    """None where it is gone, was replaced since, or is a SQLite file, which a copy does not equal to the byte."""
    try:
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            if (stat.st_size, stat.st_mtime_ns) != (size, modified_ns) or path.suffix == ".sqlite":
                return None
            digest = new_digest()
            while piece := file.read(PIECE_BYTES):
                digest.update(piece)
            return digest.hexdigest()
    except OSError:
        return None
