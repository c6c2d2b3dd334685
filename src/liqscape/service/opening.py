"""From what a user names to a map that answers: a recording or stored history (demo_opening.py: the sandbox)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from liqscape.errors import SettingsError
from liqscape.service.folders import (
    RAW,
    Origin,
    cache_folder,
    claim_folder,
    key_of_files,
    read_origin,
    write_origin,
)
from liqscape.service.kinds import stored_vaults
from liqscape.service.raw_states import NO_RECORDED_STATES, RawLogStates
from liqscape.service.view import MapView

if TYPE_CHECKING:
    from liqscape.service.candles import VenueCandles

ProgressTo = Callable[[str, int, int], AbstractContextManager[Callable[[int], None]]]
"""Opens a report of progress: text, start, end; what it yields is told how far work has come."""


def open_recording(recording: Path, candles: Path | None, data: Path | None, progress_to: ProgressTo) -> MapView:
    """The map of a recorded market, loaded into history unless that is there already.

    Raises InputError for files that cannot be used, SettingsError for a folder that holds something else.
    """
    from liqscape.service.loader import load_source
    from liqscape.sources.recording import RecordingSource, recording_files, refuse_damaged
    from liqscape.store.history import HistoryReader, HistoryWriter
    from liqscape.store.studies import StudyReader

    if not recording.is_dir():
        raise SettingsError(f"--recording {recording} is not a folder")
    files = recording_files(recording)
    refuse_damaged(files if candles is None else [*files, candles])
    venue = _venue_candles(candles, recording)
    key = key_of_files([path for path in files if path.is_file()])
    name = recording.resolve().name
    folder = data or cache_folder() / "recordings" / f"{name}-{key[:12]}"
    wanted = Origin(kind="recording", name=name, key=key)
    held = read_origin(folder)
    if held is None or (held.key, held.version, held.is_complete) != (key, wanted.version, True):
        source = RecordingSource(recording)  # before anything is written: it may not be readable
        if data is None and held is not None and held.version != wanted.version:
            shutil.rmtree(folder)  # our own cache, solved by another version
        origin = claim_folder(folder, wanted)
        with progress_to(f"loading {name}", source.first_ms, source.last_ms) as progress:
            writer = HistoryWriter(folder, source.provenance)
            try:
                load_source(source, writer, progress)
                writer.compact()
            finally:
                writer.close()
        write_origin(folder, msgspec.structs.replace(origin, is_complete=True))
    return MapView(HistoryReader(folder), None, venue, studies=StudyReader(folder), raw_states=NO_RECORDED_STATES)


def open_stored(data: Path, candles: Path | None) -> MapView:
    """The map of stored history as it is. Raises StoreError where there is none."""
    from liqscape.store.books import BookReader
    from liqscape.store.history import HistoryReader
    from liqscape.store.studies import StudyReader

    if not data.is_dir():
        raise SettingsError(f"--data {data} is not a folder")
    reader, venue = HistoryReader(data), _venue_candles(candles, None)
    states = RawLogStates(data / RAW)
    return MapView(
        reader, None, venue, stored_vaults(data), BookReader(data), studies=StudyReader(data), raw_states=states
    )


def _venue_candles(candles: Path | None, recording: Path | None) -> VenueCandles | None:
    from liqscape.sources.recording import open_candles

    return open_candles(candles, recording)
