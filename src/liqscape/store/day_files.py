"""Files of one UTC day each (liquidations, order books): those of days that are over are removed."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from liqscape.store.durable import flush_folder

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})\.parquet(\.damaged-\d+)?")


def remove_days_before(folder: Path, day: int) -> list[Path]:
    """Remove files of days before `day` (days since 1970) in a folder, set aside ones too; those removed, durable.

    A file is named `<day>.parquet`; others are left alone. A folder that is not there has none. Raises OSError.
    """
    limit = (datetime.fromtimestamp(0, UTC) + timedelta(days=day)).date()
    try:
        names = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    removed = []
    for name in names:
        match = _DAY.fullmatch(name)
        if match is not None and _date(match[1]) < limit:
            (folder / name).unlink(missing_ok=True)
            removed.append(folder / name)
    if removed:
        flush_folder(folder)
    return removed


def _date(text: str) -> date:
    """The day of a name; the last one there is for what is no day, which therefore stays."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.max
