"""The newest standing of a study, as every door reads it: an unchanging record, replaced as a whole.

One thread publishes, any thread reads `newest`. Rows are those of the stored tables, with the same words
(insight/study_rows.py).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace

from liqscape.insight.identity import SpanAges
from liqscape.insight.needs import Need
from liqscape.insight.study_rows import CascadeRow, ClusterRow, StudiedAsymmetry, StudyRows, SweepRow
from liqscape.insight.sweeps import NO_EDGES, WatchedEdges
from liqscape.units import Side


@dataclass(frozen=True, kw_only=True)
class CoinStanding:
    """One coin as of the last studied minute.

    time_ms    of the stored frame it was studied at.
    since_ms   the first studied frame: ages that begin there say "at least".
    clusters   those that stand, longs then shorts, by price.
    sweeps     those that are not over (`open`), and those that wait for the marks of their horizons.
    cascades   of both sides; the state `none` where there is none, with the threshold it would take.
    asymmetry  at 1, 2, 5 and 10 %.
    needs      what each figure needs, and since when it counts.
    ages       of any span of prices, by side; empty where the mark is unknown.
    edges      spans of clusters that a live map watches until the next minute is studied.
    """

    coin: str
    time_ms: int
    since_ms: int
    clusters: tuple[ClusterRow, ...] = ()
    sweeps: tuple[SweepRow, ...] = ()
    cascades: tuple[CascadeRow, ...] = ()
    asymmetry: tuple[StudiedAsymmetry, ...] = ()
    needs: tuple[Need, ...] = ()
    ages: Mapping[Side, SpanAges] = field(default_factory=dict, compare=False)
    edges: WatchedEdges = NO_EDGES


@dataclass(frozen=True, kw_only=True)
class StudyProgress:
    """How far a study has come with what is stored.

    studied_ms  time of the last studied frame; None before the first.
    stored_ms   time of the last stored frame.
    start_ms    first frame of this run of the study.
    """

    start_ms: int
    studied_ms: int | None
    stored_ms: int

    @property
    def is_behind(self) -> bool:
        """Whether stored frames wait to be studied."""
        return self.studied_ms is None or self.studied_ms < self.stored_ms

    @property
    def share(self) -> float:
        """Of the frames to study, by time: 0 to 1."""
        if self.studied_ms is None:
            return 0.0
        whole = self.stored_ms - self.start_ms
        return 1.0 if whole <= 0 else min(1.0, (self.studied_ms - self.start_ms) / whole)


@dataclass(frozen=True, kw_only=True)
class StudyStanding:
    """All coins as of one studied minute.

    coins     by name; a coin that was not studied is not in it.
    news      rows that this minute gave to the tables, by coin: births and ends, changes, finished sweeps, states of
              cascades. Empty while the study catches up with what is stored.
    """

    time_ms: int
    coins: Mapping[str, CoinStanding]
    news: Mapping[str, StudyRows] = field(default_factory=dict)
    progress: StudyProgress


class ProvisionalStates(NamedTuple):
    """Sweep states that marks have changed since a studied frame, by coin and cluster: words of the table."""

    frame_ms: int
    of_coin: Mapping[str, Mapping[str, str]]


Listener = Callable[[StudyStanding], None]


class StudyState:
    """Holds the newest standing and tells listeners of each new one, in the thread that studies.

    newest       None before the first minute is studied.
    provisional  what marks have changed since a studied frame (`LiveEdges`), replaced as a whole.
    """

    def __init__(self) -> None:
        self._newest: StudyStanding | None = None
        self._listeners: list[Listener] = []
        self.provisional = ProvisionalStates(0, {})

    @property
    def newest(self) -> StudyStanding | None:
        """The newest standing."""
        return self._newest

    def publish(self, standing: StudyStanding) -> None:
        """Put a standing in the place of the last one."""
        self._newest = standing
        for listener in tuple(self._listeners):
            listener(standing)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a listener with each new standing; the function returned stops it. It must not wait."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def of_coin(self, coin: str) -> CoinStanding | None:
        """The newest standing of a coin, its sweep states as of the newest marks; None where it was not studied."""
        newest, provisional = self._newest, self.provisional
        standing = None if newest is None else newest.coins.get(coin)
        changed = provisional.of_coin.get(coin)
        if standing is None or newest is None or not changed or provisional.frame_ms != newest.time_ms:
            return standing
        clusters = tuple(
            replace(row, sweep_state=changed[row.cluster_id]) if row.cluster_id in changed else row
            for row in standing.clusters
        )
        return dataclasses.replace(standing, clusters=clusters)
