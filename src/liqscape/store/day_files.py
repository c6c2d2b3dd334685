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
    removed = days_before(folder, day)
    for path in removed:
        path.unlink(missing_ok=True)
    if removed:
        flush_folder(folder)
    return removed


def days_before(folder: Path, day: int) -> list[Path]:
    """Files of days before `day` in a folder, as `remove_days_before` removes them."""
    limit = (datetime.fromtimestamp(0, UTC) + timedelta(days=day)).date()
    try:
        names = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    matches = ((name, _DAY.fullmatch(name)) for name in names)
    return [folder / name for name, match in matches if match is not None and _date(match[1]) < limit]


def _date(text: str) -> date:
    """The day of a name; the last one there is for what is no day, which therefore stays."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.max
