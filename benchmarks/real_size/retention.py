"""Thinning at real size: what a day still takes at a frame every 15 minutes and every hour, seconds and memory of it.

A day is reckoned as by history.py: what one frame takes by itself, once, and 24 hours of the rest.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from real_size.made import stored_history, watched
from real_size.record import Row, Settings
from real_size.turns import folder_mb

GB = 1024.0
WANTED_MB = 500.0
DAY_MS = 86_400_000


def measure(settings: Settings) -> list[Row]:
    """Of a copy of the history that a frame two days later makes old."""
    from liqscape.store.history import HistoryReader, HistoryWriter
    from liqscape.store.history.retention import KeepRules

    source = stored_history(settings)
    folder = settings.folder / "thinned"
    shutil.copytree(source, folder)
    reader = HistoryReader(folder)
    last_ms = reader.last_ms
    assert last_ms is not None
    frame = reader.frame_at(last_ms, with_bands=False)
    assert frame is not None
    later = replace(frame, snapshot=replace(frame.snapshot, time_ms=last_ms + 2 * DAY_MS))
    with HistoryWriter(folder, reader.provenance) as writer:
        writer.append(later, reader.accounts_at(last_ms), reader.tables)
        writer.compact()
    alone, minutes = folder_mb(settings.folder / "alone" / "parts"), settings.hours * 60.0
    rows = [Row("a day with every frame", _a_day(_oldest_mb(folder), alone, minutes) / GB, "GB")]
    for name, rules in (
        ("every 15 minutes", KeepRules(minute_days=1)),
        ("every hour", KeepRules(quarter_hour_days=1)),
    ):
        with HistoryWriter(folder, reader.provenance, keep=rules) as writer, watched() as taken:
            writer.compact()
        day = _a_day(_oldest_mb(folder), alone, minutes)
        rows += [
            Row(f"a day thinned to a frame {name}", day / GB, "GB"),
            Row(f"thinning {settings.hours:g} hours to that", taken.seconds, "s"),
            Row(f"thinning to a frame {name}, most memory it took", taken.more_mb, "MB", WANTED_MB),
        ]
    shutil.rmtree(folder)
    return rows


def _oldest_mb(folder: Path) -> float:
    """MB of the first part."""
    return folder_mb(min((folder / "parts").iterdir()))


def _a_day(whole: float, alone: float, minutes: float) -> float:
    """MB of a day."""
    return alone + max(whole - alone, 0.0) * 1_440.0 / minutes
