"""Backups of a data folder, asked by address: where they may go, and how they are looked through again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from liqscape.errors import SettingsError
from liqscape.store.backup import (
    BackupList,
    BackupPlace,
    BackupReport,
    open_place,
    read_backup,
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
