"""A map for one command: stored history, or one instant of a recording solved in memory without a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.output import time_text
from liqscape.cli.progress import with_progress
from liqscape.cli.times import parse_time
from liqscape.errors import NotFound, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liqscape.service.live import Now
    from liqscape.service.view import MapView


def open_map(recording: Path | None, data: Path | None, at: str | None) -> tuple[MapView, int | None]:
    """The map a command asks, and the time it asks about (None: the newest frame).

    recording  a folder laid out like the recorded market; the frame at or before `at`, else its last one.
    data       a folder of stored history, as `liqscape serve --data` and `liqscape demo --data` keep it.
    Raises SettingsError unless exactly one of the two is given, NotFound if no frame is that old.
    """
    from liqscape.service.view import MapView

    _need_one(recording, data)
    at_ms = None if at is None else parse_time("--at", at)
    if recording is not None:
        from liqscape.service.live import LiveState

        found = _recorded_moment(recording, at_ms)
        state = LiveState.of_frame(found.frame, found.accounts, found.tables)
        return MapView(None, state), None
    assert data is not None
    return MapView(open_history(data)), at_ms


def open_history(data: Path):  # type: ignore[no-untyped-def]
    """Reader of a folder of stored history. Raises SettingsError where there is none."""
    from liqscape.store.history import HistoryReader

    if not data.is_dir():
        raise SettingsError(f"--data {data} is not a folder")
    return HistoryReader(data)


def recorded_moments(recording: Path) -> Iterator[Now]:
    """Every stored frame of a recording with its accounts, oldest first, through the one pipeline."""
    from liqscape.model.events import FrameDue
    from liqscape.service.live import Now
    from liqscape.service.pipeline import Pipeline
    from liqscape.sources.recording import RecordingSource

    source = RecordingSource(recording)
    pipeline = Pipeline(source.provenance)
    sequence = 0
    for event in source.events():
        frame = pipeline.feed(event)
        if frame is None:
            continue
        sequence += 1
        is_stored = event.is_stored if isinstance(event, FrameDue) else True
        yield Now(frame, pipeline.ledger.accounts, pipeline.ledger.tables, sequence, is_stored)


def _recorded_moment(recording: Path, at_ms: int | None) -> Now:
    found, first_ms = None, None
    for moment in with_progress(recorded_moments(recording), f"reading {recording.name}"):
        first_ms = moment.frame.time_ms if first_ms is None else first_ms
        if at_ms is not None and moment.frame.time_ms > at_ms:
            break
        found = moment
    if found is not None:
        return found
    if first_ms is None:
        raise NotFound(f"{recording} holds no snapshot")
    raise NotFound(f"{recording}: no snapshot at or before {time_text(at_ms)}; the first is of {time_text(first_ms)}")


def _need_one(recording: Path | None, data: Path | None) -> None:
    if recording is None and data is None:
        raise SettingsError("give --recording DIR (a recorded market) or --data DIR (stored history)")
    if recording is not None and data is not None:
        raise SettingsError("--recording and --data exclude each other")
    if recording is not None and not recording.is_dir():
        raise SettingsError(f"--recording {recording} is not a folder")
