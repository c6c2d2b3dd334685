"""A map for one command: stored history, or one instant of a recording solved in memory without a store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.progress import with_progress
from liqscape.errors import SettingsError
from liqscape.service.asked_time import parse_time

if TYPE_CHECKING:
    from liqscape.heatmap.moment import Moment
    from liqscape.service.view import MapView
    from liqscape.store.history import HistoryReader


def open_map(
    recording: Path | None, data: Path | None, at: str | None, coin: str | None = None
) -> tuple[MapView, int | None]:
    """The map a command asks, and the time it asks about (None: the newest frame).

    recording  a folder laid out like the recorded market; the frame at or before `at`, else its last one.
    data       a folder of stored history, as `liqscape serve --data` and `liqscape demo --data` keep it.
    coin       the one that is asked about; a recording without it is not read.
    Raises SettingsError unless exactly one of the two is given, NotFound if no frame is that old or no coin called so.

    What a mistake needs is loaded and read first, the rest after it: a typo is answered at once.
    """
    check_source(recording, data)
    at_ms = None if at is None else parse_time("--at", at)
    found = None if recording is None else recorded_moment(recording, at_ms, () if coin is None else (coin,))
    from liqscape.service.folders import RAW
    from liqscape.service.kinds import stored_vaults
    from liqscape.service.raw_states import NO_RECORDED_STATES, RawLogStates
    from liqscape.service.view import MapView

    if found is not None:
        from liqscape.service.live import LiveState

        return MapView(None, LiveState.of_moment(found), raw_states=NO_RECORDED_STATES), None
    assert data is not None
    from liqscape.store.books import BookReader
    from liqscape.store.studies import StudyReader

    states, studies = RawLogStates(data / RAW), StudyReader(data)
    view = MapView(
        open_history(data), vaults=stored_vaults(data), books=BookReader(data), studies=studies, raw_states=states
    )
    return view, at_ms


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


def recorded_moment(recording: Path, at_ms: int | None, coins: Sequence[str] = ()) -> Moment:
    """The last snapshot of a recording at or before a time, its last one without.

    Raises NotFound if there is none, or one of the coins is not in it.
    """
    from liqscape.service.recorded_moment import find_moment

    return find_moment(recording, at_ms, coins, lambda each: with_progress(each, f"reading {recording.name}"))
