"""Liquidations, order books and studies are kept for as many days as the history they belong to."""

from __future__ import annotations

import logging
from pathlib import Path

from liqscape.service.folders import LIQUIDATIONS
from liqscape.store.books.schema import FOLDER as BOOKS
from liqscape.store.day_files import remove_days_before
from liqscape.store.history.retention import KeepRules
from liqscape.units import DAY_MS

log = logging.getLogger("liqscape.store")


def remove_old_days(data: Path, newest_ms: int | None, rules: KeepRules) -> int:
    """Remove files of liquidations, books and studies older than `rules.days` before the newest frame; how many. Raises
    OSError.

    A bound in bytes takes studies of days that it took out of the history; the others are small beside it.
    """
    if newest_ms is None:
        return 0
    from liqscape.store.history import HistoryReader
    from liqscape.store.history.manifest import MANIFEST
    from liqscape.store.studies import remove_parts_before

    count = 0
    if rules.max_bytes is not None and (data / MANIFEST).is_file():
        first_ms = HistoryReader(data).first_ms
        count += 0 if first_ms is None else remove_parts_before(data, first_ms // DAY_MS)
    if rules.days is None:
        return count
    first_day = newest_ms // DAY_MS - rules.days
    removed = [path for folder in day_folders(data) for path in remove_days_before(folder, first_day)]
    if removed:
        log.info("%d files of liquidations and order books are removed because of their age", len(removed))
    return count + len(removed) + remove_parts_before(data, first_day)


def day_folders(data: Path) -> list[Path]:
    """Folders of a data folder that hold a file a day: liquidations, and order books by coin."""
    books = data / BOOKS
    return [data / LIQUIDATIONS, *(sorted(path for path in books.iterdir() if path.is_dir()) if books.is_dir() else ())]
