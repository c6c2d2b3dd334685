"""How sizes and checks of a data folder are written."""

from __future__ import annotations

from pathlib import Path

from liqscape.errors import SettingsError


def bytes_text(size: int) -> str:
    """1.23 GB, 45.6 MB, 789 kB, 12 B: powers of 1,000."""
    for limit, unit, places in ((10**9, "GB", 2), (10**6, "MB", 1), (10**3, "kB", 0)):
        if size >= limit:
            return f"{size / limit:,.{places}f} {unit}"
    return f"{size} B"


def check_folder(folder: Path) -> None:
    """Raises SettingsError for what is no folder."""
    if not folder.is_dir():
        raise SettingsError(f"{folder} is not a folder")


def count_text(count: int, one: str) -> str:
    """1 file, 2,000 files."""
    return f"{count:,} {one}{'' if count == 1 else 's'}"
