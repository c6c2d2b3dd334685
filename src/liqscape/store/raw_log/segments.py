"""Names of segments: YYYYMMDDTHHMMSS-NNN.lqlog, the UTC second of the first record; they sort as they were written."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from liqscape.store.raw_log.format import SUFFIX

SERIALS = 1_000
_NAME = re.compile(r"(\d{8}T\d{6})-(\d{3})\.lqlog")
_STAMP = "%Y%m%dT%H%M%S"


def list_segments(folder: Path) -> list[Path]:
    """Files in the order they were written; none where the folder is not there."""
    return [path for path in _named(folder) if not path.is_dir()]


def folders_in_place(folder: Path) -> list[Path]:
    """Folders that carry the name of a segment: what was there is gone."""
    return [path for path in _named(folder) if path.is_dir()]


def _named(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def segment_second(path: Path) -> int:
    """Seconds since 1970 that a segment's name says."""
    match = _NAME.fullmatch(path.name)
    assert match is not None
    return int(datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC).timestamp())


def next_name(first_ns: int, last: Path | None) -> str:
    """Name of a segment that sorts after the last one, even where the clock was set back."""
    second, serial = first_ns // 10**9, 0
    if last is not None and segment_second(last) >= second:
        second, serial = segment_second(last), int(last.stem[-3:]) + 1
        if serial == SERIALS:
            second, serial = second + 1, 0
    return f"{datetime.fromtimestamp(second, UTC).strftime(_STAMP)}-{serial:03d}{SUFFIX}"
