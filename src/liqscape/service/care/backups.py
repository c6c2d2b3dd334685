"""Backups of a data folder, asked by address: where they may go, and how they are looked through again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from liqscape.errors import SettingsError
from liqscape.store.backup import (
    BackupList,
    BackupPlace,
    BackupProblem,
    BackupReport,
    check_backup,
    open_place,
    read_backup,
    restore_backup,
    take_backup,
)

Reported = Callable[[int], object]


def choose_place(folder: Path, address: str) -> BackupPlace:
    """Where a folder is to be copied. Raises SettingsError for an address inside the folder, or of neither kind."""
    place = open_place(address)
    if "://" not in address and Path(address).resolve().is_relative_to(folder.resolve()):
        raise SettingsError(f"{address} is inside of {folder}, which is to be copied; name a place outside of it")
    return place


def back_up(folder: Path, place: BackupPlace, keep: int | None, reported: Reported) -> BackupReport:
    """Copy a data folder, beside a map that writes it too; `reported` is told the bytes looked at.

    Raises StoreError.
    """
    return take_backup(folder, place, time.time_ns() // 1_000_000, keep=keep, reported=reported)


def find_backup(address: str, name: str | None) -> tuple[BackupPlace, BackupList]:
    """A backup by name, the newest by default. Raises InputError, SettingsError, StoreError."""
    if "://" not in address and not Path(address).is_dir():
        raise SettingsError(f"{address} is not a folder")
    place = open_place(address)
    return place, read_backup(place, name)


def put_back(address: str, name: str | None, folder: Path, reported: Reported) -> BackupList:
    """Restore a backup to a folder that is not there yet. Raises as `find_backup`, and SettingsError for the folder."""
    place, backup = find_backup(address, name)
    restore_backup(place, backup, folder, reported)
    return backup


def compare_backup(
    address: str, name: str | None, folder: Path, reported: Reported
) -> tuple[BackupList, list[BackupProblem], int]:
    """(the backup, what is wrong with it, files compared with the folder it was made of)."""
    place, backup = find_backup(address, name)
    problems, compared = check_backup(place, backup, folder, reported)
    return backup, problems, compared
