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
    from liqscape.store.history import HistoryReader


def open_map(recording: Path | None, data: Path | None, at: str | None) -> tuple[MapView, int | None]:
    """The map a command asks, and the time it asks about (None: the newest frame).

    recording  a folder laid out like the recorded market; the frame at or before `at`, else its last one.
    data       a folder of stored history, as `liqscape serve --data` and `liqscape demo --data` keep it.
    Raises SettingsError unless exactly one of the two is given, NotFound if no frame is that old.
    """
    from liqscape.service.kinds import stored_vaults
    from liqscape.service.view import MapView

    check_source(recording, data)
    at_ms = None if at is None else parse_time("--at", at)
    if recording is not None:
        from liqscape.service.live import LiveState

        found = _recorded_moment(recording, at_ms)
        return MapView(None, LiveState.of_frame(found.frame, found.accounts, found.tables)), None
    assert data is not None
    return MapView(open_history(data), vaults=stored_vaults(data)), at_ms


def check_source(recording: Path | None, data: Path | None) -> None:
    """Raises SettingsError unless exactly one folder is named, and is there."""
    if recording is None and data is None:
        raise SettingsError("give --recording DIR (a recorded market) or --data DIR (stored history)")
    if recording is not None and data is not None:
        raise SettingsError("--recording and --data exclude each other")
    for option, folder in (("--recording", recording), ("--data", data)):
        if folder is not None and not folder.is_dir():
            raise SettingsError(f"{option} {folder} is not a folder")


def open_history(data: Path) -> HistoryReader:
    """Reader of a folder of stored history. Raises StoreError where it is none."""
    from liqscape.store.history import HistoryReader

    return HistoryReader(data)


def stored_moments(data: Path, start_ms: int | None, end_ms: int | None) -> Iterator[Now]:
    """Every stored frame in [start, end] with its accounts, oldest first."""
    from liqscape.service.live import Now
    from liqscape.service.moments import read_stored

    reader = open_history(data)
    first, last = reader.first_ms, reader.last_ms
    if first is None or last is None:
        raise NotFound(f"{data} holds no frame yet")
    start = first if start_ms is None else start_ms
    end = last if end_ms is None else min(end_ms, last)
    for sequence, time_ms in enumerate(reader.frame_times(start, end + 1)):
        stored = read_stored(reader, int(time_ms))
        if stored is not None and stored[0].time_ms == time_ms:  # else it was thinned out or removed meanwhile
            yield Now(*stored, sequence + 1, True)


def recorded_moments(recording: Path) -> Iterator[Now]:
    """Every stored frame of a recording with its accounts, oldest first, through the one pipeline."""
    from liqscape.model.events import FrameDue
    from liqscape.service.live import Now
    from liqscape.service.pipeline import Pipeline
    from liqscape.sources.recording import RecordingSource, recording_files, refuse_damaged

    refuse_damaged(recording_files(recording))
    source = RecordingSource(recording)
    pipeline = Pipeline(source.provenance)
    sequence = 0
    for event in source.events():
        frame = pipeline.feed(event)
        if frame is None or not isinstance(event, FrameDue) or not event.is_stored:
            continue
        sequence += 1
        yield Now(frame, pipeline.ledger.accounts, pipeline.ledger.tables, sequence, True)


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
