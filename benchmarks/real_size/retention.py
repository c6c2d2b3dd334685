"""Thinning at real size: what a day still takes at a frame every 15 minutes and every hour, seconds and memory of it.

A day is reckoned from the frames that are kept: what one takes by itself, once, and as many of the rest as a day has.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from liqscape.heatmap.moment import Moment
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
        writer.append(Moment(frame=later, accounts=reader.accounts_at(last_ms), tables=reader.tables, is_stored=True))
        writer.compact()
    alone = folder_mb(settings.folder / "alone" / "parts")
    rows = [
        Row(what="a day with every frame", value=_a_day(folder, alone, reader.frame_count - 1, 1_440) / GB, unit="GB")
    ]
    for name, frames_a_day, rules in (
        ("every 15 minutes", 96, KeepRules(minute_days=1)),
        ("every hour", 24, KeepRules(quarter_hour_days=1)),
    ):
        with HistoryWriter(folder, reader.provenance, keep=rules) as writer, watched() as taken:
            writer.compact()
        day = _a_day(folder, alone, reader.frame_count - 1, frames_a_day)
        rows += [
            Row(what=f"a day thinned to a frame {name}", value=day / GB, unit="GB"),
            Row(what=f"thinning {settings.hours:g} hours to a frame {name}", value=taken.seconds, unit="s"),
            Row(
                what=f"thinning to a frame {name}, most memory it took",
                value=taken.more_mb,
                unit="MB",
                wanted=WANTED_MB,
            ),
        ]
    shutil.rmtree(folder)
    return rows


def _a_day(folder: Path, alone: float, frames: int, frames_a_day: int) -> float:
    """MB of a day like the first part, which holds so many frames."""
    whole = folder_mb(min((folder / "parts").iterdir()))
    return alone + max(whole - alone, 0.0) * (frames_a_day - 1) / max(frames - 1, 1)
