"""Every frame of a folder with its accounts, oldest first: of stored history, or of a recording."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import NotFound
from liqscape.service.asked_time import utc_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from liqscape.heatmap.moment import Moment


def stored_moments(data: Path, start_ms: int | None, end_ms: int | None) -> Iterator[Moment]:
    """Every stored frame in [start, end] with its accounts, oldest first."""
    from liqscape.service.moments import read_stored
    from liqscape.store.history import HistoryReader

    reader = HistoryReader(data)
    first, last = reader.first_ms, reader.last_ms
    if first is None or last is None:
        raise NotFound(f"{data} holds no frame yet")
    start = first if start_ms is None else start_ms
    end = last if end_ms is None else min(end_ms, last)
    for time_ms in reader.frame_times(start, end + 1):
        stored = read_stored(reader, int(time_ms))
        if stored is not None and stored.frame.time_ms == time_ms:  # else it was thinned out or removed meanwhile
            yield stored


def stored_moment(data: Path, at_ms: int) -> Moment:
    """The last stored frame at or before a time. Raises NotFound if there is none."""
    from liqscape.service.moments import read_stored
    from liqscape.store.history import HistoryReader

    reader = HistoryReader(data)
    stored = read_stored(reader, at_ms)
    if stored is not None:
        return stored
    if reader.first_ms is None:
        raise NotFound(f"{data} holds no frame yet")
    raise NotFound(f"{data}: no frame at or before {utc_text(at_ms)}; the first one is of {utc_text(reader.first_ms)}")


def recorded_moments(recording: Path) -> Iterator[Moment]:
    """Every stored frame of a recording with its accounts, oldest first. Refuses damaged files."""
    from liqscape.sources.probe import recording_files, refuse_damaged

    refuse_damaged(recording_files(recording))
    yield from undamaged_moments(recording)


def undamaged_moments(recording: Path) -> Iterator[Moment]:
    """The same of files that are known to be readable, through the one pipeline."""
    from liqscape.service.pipeline import Pipeline
    from liqscape.sources.recording import RecordingSource

    source = RecordingSource(recording)
    pipeline = Pipeline(source.provenance)
    for event in source.events():
        moment = pipeline.feed(event)
        if moment is not None and moment.is_stored:
            yield moment


def moment_at(moments: Iterable[Moment], recording: Path, at_ms: int | None) -> Moment:
    """The last of the moments of a recording at or before a time; its last one without a time.

    Raises NotFound where it holds none that old.
    """
    found, first_ms = None, None
    for moment in moments:
        first_ms = moment.frame.time_ms if first_ms is None else first_ms
        if at_ms is not None and moment.frame.time_ms > at_ms:
            break
        found = moment
    if found is not None:
        return replace(found, accounts=found.accounts.with_names())
    if at_ms is None or first_ms is None:
        raise NotFound(f"{recording} holds no snapshot")
    asked, first = (f"{datetime.fromtimestamp(each / 1_000, UTC):%Y-%m-%dT%H:%M:%SZ}" for each in (at_ms, first_ms))
    raise NotFound(f"{recording}: no snapshot at or before {asked}; the first is of {first}")
