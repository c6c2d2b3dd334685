"""One piece of a study: some coins through one span of stored frames. What a worker is given, and gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from liqscape.service.studying.coins import CoinStudies
from liqscape.service.studying.minutes import StudiedMinutes
from liqscape.store.history import HistoryReader
from liqscape.store.studies.schema import Frames, frames_of
from liqscape.store.studies.writer import StudiedCoin


@dataclass(frozen=True, kw_only=True)
class SpanTask:
    """Frames in [start, end) of a data folder, for some coins.

    states    of the coins that go on from the frame before; the others begin.
    going_on  coins whose rows are added to those of the day that are there; those of the others replace them.
    """

    data: Path
    start_ms: int
    end_ms: int
    coins: tuple[str, ...]
    states: Mapping[str, bytes]
    going_on: frozenset[str]

    @property
    def name(self) -> str:
        """To be named by in a sentence."""
        return f"{self.coins[0]} and {len(self.coins) - 1} more coins" if len(self.coins) > 1 else self.coins[0]


@dataclass(frozen=True, kw_only=True)
class SpanResult:
    """What a span gave."""

    studied: list[StudiedCoin]
    frames: Frames
    frame_count: int


def study_span(
    task: SpanTask, progress: Callable[[int], None] = lambda _: None, stop: Callable[[], bool] = lambda: False
) -> SpanResult:
    """Study it; `progress` gets the time of each frame that is done.

    stop  asked after each frame: the result is of those till then, and a later study goes on from there.

    Raises CorruptSegment, StoreError.
    """
    studies = CoinStudies(task.coins, task.states)
    count = 0
    for before, now in StudiedMinutes(HistoryReader(task.data)).read(task.start_ms, task.end_ms):
        studies.advance(before, now)
        count += 1
        progress(now.time_ms)
        if stop():
            break
    return SpanResult(studied=studies.standing(task.going_on), frames=frames_of(studies.rows()), frame_count=count)
