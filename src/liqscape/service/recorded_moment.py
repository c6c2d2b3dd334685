"""One snapshot of a recorded market: read and solved, or as it was kept the time before.

Reading, inferring and solving a recording takes seconds and gives the same every time, so what a question needed of it
is kept (kept_snapshots.py). The map that answers is equal to the bit either way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import NotFound
from liqscape.service.folder_moments import moment_at, undamaged_moments
from liqscape.service.kept_snapshots import KeptSnapshots
from liqscape.sources.probe import recorded_coins, recording_files, refuse_damaged
from liqscape.spelling import unknown_coin

if TYPE_CHECKING:
    from liqscape.heatmap.moment import Moment

ShowReading = Callable[[Iterable["Moment"]], Iterable["Moment"]]


def find_moment(
    recording: Path, at_ms: int | None, coins: Sequence[str] = (), show: ShowReading = lambda moments: moments
) -> Moment:
    """The last snapshot of a recording at or before a time, its last one without.

    coins  what is asked about: where one is missing nothing but the names of coins is read.
    show   given the moments while they are looked through, for a bar.
    Raises InputError for files that cannot be used, NotFound for a coin or time that is not in them.
    """
    files = _files(recording)
    kept = KeptSnapshots.of(recording, files)
    known = None if kept is None else kept.coins()
    if kept is not None and known is not None:
        _refuse_unknown(coins, known)
        found = kept.find(at_ms)
        if found is not None:
            return found
    _refuse_unknown(coins, _read_coins(recording, files, kept))
    found = moment_at(show(undamaged_moments(recording)), recording, at_ms)
    if kept is not None and kept.is_of(files):
        kept.keep(at_ms, found)
    return found


def check_coins(recording: Path, coins: Sequence[str]) -> None:
    """Raises NotFound for a coin that is not in a recording, InputError for files that cannot be used."""
    files = _files(recording)
    kept = KeptSnapshots.of(recording, files)
    known = None if kept is None else kept.coins()
    _refuse_unknown(coins, _read_coins(recording, files, kept) if known is None else known)


def _files(recording: Path) -> list[Path]:
    return [path for path in recording_files(recording) if path.is_file()]


def _read_coins(recording: Path, files: list[Path], kept: KeptSnapshots | None) -> list[str]:
    """The coins of the files, which are refused where they are damaged."""
    known = recorded_coins(recording, refuse_damaged(files))
    if kept is not None and kept.is_of(files):
        kept.keep_coins(known)
    return known


def _refuse_unknown(coins: Sequence[str], known: list[str]) -> None:
    """Files that cannot be read name no coin: what reads them says what they lack."""
    for coin in coins if known else ():
        if coin not in known:
            raise NotFound(unknown_coin(coin, known), coin=coin)
