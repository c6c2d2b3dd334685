"""A map for one command: stored history, or one instant of a recording solved in memory without a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.progress import with_progress
from liqscape.errors import SettingsError
from liqscape.service.asked_time import parse_time

if TYPE_CHECKING:
    from liqscape.heatmap.moment import Moment
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

        found = recorded_moment(recording, at_ms)
        return MapView(None, LiveState.of_moment(found)), None
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


def recorded_moment(recording: Path, at_ms: int | None) -> Moment:
    """The last snapshot of a recording at or before a time, its last one without. Raises NotFound if there is none."""
    from liqscape.service.folder_moments import moment_at, recorded_moments

    return moment_at(with_progress(recorded_moments(recording), f"reading {recording.name}"), recording, at_ms)
