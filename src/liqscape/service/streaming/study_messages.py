"""What a studied minute brings to readers of a coin: clusters born and ended, sweeps and cascades that went on.

They belong to no frame, and one who falls behind may miss some: they say that something happened, the API says how it
stands (`/coins/{coin}/clusters`, `/sweeps`, `/cascades`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from liqscape.service.answers.cascade_states import CascadeStateRow
from liqscape.service.answers.parts import TimeMs
from liqscape.service.answers.sweeps import SweepAnswer
from liqscape.service.answers.tracked import TrackedClusterRow
from liqscape.service.study_records import of_memory

if TYPE_CHECKING:
    from liqscape.insight.study_rows import SweepRow
    from liqscape.service.studying.standing import StudyStanding


class ClustersMessage(msgspec.Struct, frozen=True, tag="clusters", tag_field="type"):
    """Push message: clusters of a coin that were born or ended in a minute."""

    coin: str
    time_ms: TimeMs
    clusters: list[TrackedClusterRow]


class SweepsMessage(msgspec.Struct, frozen=True, tag="sweeps", tag_field="type"):
    """Push message: sweeps of a coin that began, crossed, left or ended in a minute."""

    coin: str
    time_ms: TimeMs
    sweeps: list[SweepAnswer]


class CascadesMessage(msgspec.Struct, frozen=True, tag="cascades", tag_field="type"):
    """Push message: cascades of a coin whose state changed in a minute."""

    coin: str
    time_ms: TimeMs
    cascades: list[CascadeStateRow]


StudyMessage = ClustersMessage | SweepsMessage | CascadesMessage


def study_messages(coin: str, now: StudyStanding, before: StudyStanding | None) -> Iterator[StudyMessage]:
    """Messages of a coin about a minute; none where nothing of it changed, or while a study catches up."""
    news = now.news.get(coin)
    clusters = [] if news is None else [row for row in news.clusters if row.event != "standing"]
    if clusters:
        yield ClustersMessage(coin, now.time_ms, of_memory(clusters, TrackedClusterRow))
    sweeps = [] if before is None else _moved_on(coin, now, before)
    sweeps += [] if news is None else news.sweeps
    if sweeps:
        yield SweepsMessage(coin, now.time_ms, of_memory(sweeps, SweepAnswer))
    if news is not None and news.cascades:
        yield CascadesMessage(coin, now.time_ms, of_memory(news.cascades, CascadeStateRow))


def _moved_on(coin: str, now: StudyStanding, before: StudyStanding) -> list[SweepRow]:
    """Sweeps of the newest minute that began, crossed, left or ended since."""
    known = {row.sweep_id: _steps(row) for row in _open(coin, before)}
    return [row for row in _open(coin, now) if known.get(row.sweep_id) != _steps(row)]


def _open(coin: str, standing: StudyStanding) -> tuple[SweepRow, ...]:
    of_coin = standing.coins.get(coin)
    return () if of_coin is None else of_coin.sweeps


def _steps(row: SweepRow) -> tuple[int | None, int | None, int | None]:
    return row.crossed_ms, row.left_ms, row.ended_ms
