"""Where the rules and destinations of a map are, and how it is known that they changed."""

from __future__ import annotations

from pathlib import Path

from liqscape.service.folders import ALERTS_FILE


def alerts_file(data: Path) -> Path:
    """The file of a data folder, where no other is named."""
    return data / ALERTS_FILE


def file_stamp(file: Path) -> tuple[int, int, int] | None:
    """What changes when the file does; None where it cannot be looked at."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
