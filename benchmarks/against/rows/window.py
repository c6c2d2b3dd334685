"""Heatmap windows of one busy coin as 800 x 400: a week of frames of 5 minutes, and 90 days kept by the hour.

The histories are made once, into the temporary folder, for all builds that write the same tables; a build that draws
from files beside the tables makes those first, as its writer does. Opened for it: by a reader that knows nothing of the
folder yet.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from history_window import DAY_MINUTES, MINUTE_MS, PROVENANCE, START_MS, TABLES, make_frames

from against.clock import processor
from liqscape.heatmap.grid import band_edge, band_of_price
from liqscape.heatmap.moment import Moment
from liqscape.service.answers.heatmap import heatmap_answer
from liqscape.store.history import HeatmapWindow, HistoryReader, HistoryWriter
from liqscape.store.history.schema import SCHEMA_VERSION

FOLDER = Path(tempfile.gettempdir()) / "liqscape-bench-window-2"
"""Another number where what is made changes."""
WEEK, QUARTER = (7, 5), (90, 60)
"""Days, and minutes from frame to frame."""


def prepare() -> dict[str, Callable[[], float]]:
    """Windows of both, opened for it and asked again, and the answer of the API to the shorter one."""
    folders = [_history(*size) for size in (WEEK, QUARTER)]
    week, quarter = (_asked(folder, size[0]) for folder, size in zip(folders, (WEEK, QUARTER), strict=True))
    kept = [HistoryReader(folder) for folder in folders]

    def answer() -> bytes:
        reader = HistoryReader(folders[0])
        said = (week(reader), reader.provenance, "mark", [])
        return heatmap_answer(
            *said[: heatmap_answer.__code__.co_argcount]
        ).to_bytes()  # the first builds knew of no damage

    return {
        "window 7 days": processor(lambda: week(HistoryReader(folders[0]))),
        "window 90 days": processor(lambda: quarter(HistoryReader(folders[1]))),
        "window 7 days again": processor(lambda: week(kept[0])),
        "window 90 days again": processor(lambda: quarter(kept[1])),
        "window 7 days answer": processor(answer),
        "check:window 7 days": lambda: _sum(week(kept[0])),
        "check:window 90 days": lambda: _sum(quarter(kept[1])),
        "check:window 7 days answer": lambda: float(zlib.crc32(answer())),
    }


def _asked(folder: Path, days: int) -> Callable[[HistoryReader], HeatmapWindow]:
    end_ms = START_MS + days * DAY_MINUTES * MINUTE_MS
    _, marks = HistoryReader(folder).mark_path("BUSY", START_MS, end_ms)
    middle = band_of_price(np.array([np.median(marks)]))[0]
    low, high = float(band_edge(middle - 380)), float(band_edge(middle + 380))

    def ask(reader: HistoryReader) -> HeatmapWindow:
        return reader.window("BUSY", START_MS, end_ms, 800, 400, price_low=low, price_high=high)

    return ask


def _history(days: int, every: int) -> Path:
    """A history of so many days, there once it is whole."""
    folder = FOLDER / f"{days}-{every}-{SCHEMA_VERSION}"
    if not folder.is_dir():
        FOLDER.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=FOLDER))
        frames = make_frames(days * DAY_MINUTES, every=every)
        with HistoryWriter(made, PROVENANCE, hold_ms=2 * every * MINUTE_MS) as writer:
            writer.append_many(
                Moment(frame=frame, accounts=accounts, tables=TABLES, is_stored=True) for frame, accounts in frames
            )
            writer.compact()
        try:
            os.rename(made, folder)
        except OSError:  # another build made it meanwhile
            shutil.rmtree(made)
    _complete(folder)
    return folder


def _complete(folder: Path) -> None:
    """What this build keeps beside the tables, where the history was made by one that does not."""
    try:
        from liqscape.store.history.recover import manifest_of
        from liqscape.store.history.scrub import mend_steps
        from liqscape.store.history.step_format import STEPS_NAME
    except ImportError:
        return
    manifest = manifest_of(folder)
    for entry in manifest.parts:
        if not (folder / "parts" / entry.name / STEPS_NAME).is_file():
            mend_steps(folder, entry, manifest.definition_at(entry.first_ms))


def _sum(window: HeatmapWindow) -> float:
    return float(
        zlib.crc32(b"".join(each.tobytes() for each in (window.as_of_ms, window.mark, window.long, window.short)))
    )
