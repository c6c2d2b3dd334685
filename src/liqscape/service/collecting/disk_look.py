"""A look at the disk now and then: room taken by part of the data folder, what is free, how long it lasts."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from liqscape.errors import StoreError
from liqscape.service.answers.disk import DiskAnswer, DiskPart, HistoryRoom, history_room
from liqscape.service.folders import LIQUIDATIONS, RAW, REGISTER
from liqscape.store.books.schema import FOLDER as BOOKS
from liqscape.store.history.held import PartSizes, bytes_below, look_at_room
from liqscape.store.history.outlook import WARNING_DAYS
from liqscape.store.history.recover import find_manifest
from liqscape.store.history.retention import KEEP_ALL, KeepRules

log = logging.getLogger("liqscape.live")

PARTS = {RAW: "raw_log", REGISTER: "register", LIQUIDATIONS: "liquidations", BOOKS: "books"}


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class DiskLook:
    """`answer` looks. Said in the log once when room for less than WARNING_DAYS is left, and once when it is more.

    free_bytes: what is free on the disk of a folder.
    """

    def __init__(self, data: Path, keep: KeepRules = KEEP_ALL, free_bytes: Callable[[Path], int] = _free_bytes) -> None:
        self._data = data
        self._keep = keep
        self._free_bytes = free_bytes
        self._sizes: PartSizes = {}
        self._is_nearly_full = False

    def answer(self) -> DiskAnswer:
        """Bytes by part of the folder and what is free; nothing of a folder that is gone."""
        sizes = dict.fromkeys((*PARTS.values(), "history"), 0)
        try:
            for path in self._data.iterdir():
                sizes[PARTS.get(path.name.removesuffix("-wal").removesuffix("-shm"), "history")] += bytes_below(path)
            free_bytes = self._free_bytes(self._data)
        except OSError:
            return DiskAnswer()
        parts = [DiskPart(name, size) for name, size in sizes.items()]
        return DiskAnswer(parts, free_bytes, history=self._room(free_bytes))

    def _room(self, free_bytes: int) -> HistoryRoom | None:
        try:
            manifest = find_manifest(self._data).manifest
        except (StoreError, OSError):
            return None
        if manifest is None:
            return None
        room = history_room(look_at_room(self._data, manifest, self._sizes), self._keep, free_bytes)
        if room.is_nearly_full is not self._is_nearly_full:
            self._is_nearly_full = room.is_nearly_full
            self._say(room)
        return room

    def _say(self, room: HistoryRoom) -> None:
        if room.is_nearly_full:
            log.warning(
                "the disk of %s is full in %.1f days at this rate, %.3g GB of history a day; "
                "--max-history-gb or --keep-days bounds it",
                self._data,
                room.days_until_full,
                (room.bytes_a_day or 0) / 1e9,
            )
        else:
            log.warning("the disk of %s has room for more than %g days again", self._data, WARNING_DAYS)
