"""One coin through time: identity, reasons, sweeps, cascades and asymmetry of each stored minute, joined.

A study is a function of stored minutes alone: the same ones give the same ids, reasons and sweeps, live, of history, in
one go or in parts, here or in another process. What it has to remember from minute to minute is its state.

    study = CoinStudy("BTC")
    for before, now in minutes:
        rows = study.advance(MinutePair(before, now))
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
from msgspec.structs import replace

from liqscape.errors import ModelError
from liqscape.insight.asymmetry import asymmetry_rows
from liqscape.insight.cascades import CascadeMinute, CascadeTracker
from liqscape.insight.identity import ClusterSpan, ClusterTracker, EndedCluster, SpanAges, TrackedClusters
from liqscape.insight.minute import HeldLevels
from liqscape.insight.minute_pair import MinutePair
from liqscape.insight.needs import Need, OnRecord, needs_of
from liqscape.insight.reasons.causes import EMPTY
from liqscape.insight.records import ChangeReason
from liqscape.insight.study_columns import ended_row, event_rows, known, standing_row
from liqscape.insight.study_rows import CascadeRow, ClusterChangeRow, ClusterRow, StudiedAsymmetry, StudyRows, SweepRow
from liqscape.insight.sweeps import SweepRows, SweepTracker, WatchedEdges
from liqscape.units import MINUTE_MS, SIDE_WORDS, Side

STEP_MS = 15 * MINUTE_MS
"""Clusters that stand, and asymmetry, are stored once a step of time, at its first frame; births and ends always."""
SPANS_KEPT_MS = 30 * MINUTE_MS
"""A liquidation is over, and told, up to some ten minutes after its first fill: its cluster is the one of then."""

Span = tuple[str, float, float]
"""(cluster, low, high)"""

Pairs = tuple[list[str], list[tuple[float, float, float, float]]]
"""(clusters, edges of before and now)"""
NO_SPANS: dict[int, list[Span]] = {Side.LONG: [], Side.SHORT: []}
NOBODY = HeldLevels(np.empty(0), np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64))
REASON_WORDS = {reason: reason.name.lower() for reason in ChangeReason}


class CoinNow(NamedTuple):
    """How all stands after a minute; made on demand."""

    clusters: tuple[ClusterRow, ...]
    sweeps: tuple[SweepRow, ...]
    cascades: tuple[CascadeRow, ...]
    asymmetry: tuple[StudiedAsymmetry, ...]


class _SpansAt(msgspec.Struct, frozen=True, gc=False):
    """Spans of both sides from a frame on, until they are others."""

    time_ms: int
    of_side: dict[int, list[Span]]


class _StudyState(msgspec.Struct, frozen=True, kw_only=True):
    since_ms: int
    last_ms: int
    records: dict[str, int]
    trackers: dict[int, bytes]
    sweeps: bytes
    cascades: bytes
    spans: list[_SpansAt]


class CoinStudy:
    """Studies one coin; `advance` takes its minutes in order. `state` and `from_state` go on elsewhere to the bit.

    since_ms  time of the first studied frame; None before it.
    last_ms   time of the last one.
    """

    def __init__(self, coin: str) -> None:
        self.coin = coin
        self.since_ms: int | None = None
        self.last_ms: int | None = None
        self._records: dict[OnRecord, int] = {}
        self._trackers = {side: ClusterTracker(coin, side) for side in Side}
        self._sweeps = SweepTracker(coin)
        self._spans: list[_SpansAt] = []
        self._tracked: list[TrackedClusters] = []
        self._clusters: tuple[ClusterSpan, ...] = ()
        self._sweep_rows: SweepRows | None = None
        self._pairs: dict[Side, Pairs] = {}
        self._stood: tuple[ClusterSpan, ...] | None = None
        self._are_settled = False
        self._cascades = CascadeTracker(coin)
        self._cascade_minute: CascadeMinute | None = None

    @property
    def needs(self) -> tuple[Need, ...]:
        """What each figure needs, and since when it counts."""
        return needs_of(self._records)

    @property
    def edges(self) -> WatchedEdges:
        """What a live map watches until the next stored frame."""
        return self._sweeps.edges()

    @property
    def ages(self) -> dict[Side, SpanAges]:
        """Ages of any span of prices after the minute studied last, by side; empty where its mark was unknown."""
        found = {side: tracker.ages() for side, tracker in self._trackers.items()}
        return {side: ages for side, ages in found.items() if ages is not None}

    def advance(self, pair: MinutePair) -> StudyRows:
        """Study the next minute; the rows it gives to the tables."""
        now, rows = pair.now, StudyRows()
        market = now.snapshot.markets.find(self.coin)
        mark = np.nan if market is None else now.mark(market)
        is_step = self.last_ms is None or now.time_ms // STEP_MS != self.last_ms // STEP_MS
        ended = self._track(pair, market, mark)
        self._explain(pair, market, rows)
        self._sweep_rows = None  # of a coin without marks nobody knows how far they have gone
        if market is not None:
            self._sweep_rows = self._sweeps.advance(pair.before, now, market, self._clusters)
            rows.sweeps += self._sweep_rows.finished
            self._take_events(pair, market, rows)
            self._cascade_minute = cascades = self._cascades.advance(now, market, pair.forced_flows)
            rows.cascades.extend(cascades.changes)
            rows.cascade_outcomes.extend(cascades.outcomes)
            if is_step:
                rows.asymmetry.extend(asymmetry_rows(now, market))
        self._note_clusters(now.time_ms, ended, known(mark), rows, is_step=is_step)
        self._note_records(pair, market)
        self.since_ms = now.time_ms if self.since_ms is None else self.since_ms
        self.last_ms = now.time_ms
        return rows

    def now(self, pair: MinutePair) -> CoinNow:
        """How all stands after the minute that was studied last, `pair`."""
        market = pair.now.snapshot.markets.find(self.coin)
        mark = None if market is None else known(pair.now.mark(market))
        clusters = tuple(self._cluster_rows(pair.now.time_ms, mark))
        if market is None:
            return CoinNow(clusters, (), (), ())
        sweeps = self._sweeps.open_rows(pair.now, market)
        cascades = () if self._cascade_minute is None else self._cascade_minute.standing
        return CoinNow(clusters, sweeps, cascades, asymmetry_rows(pair.now, market))

    def state(self) -> bytes:
        """All that is remembered."""
        assert self.since_ms is not None, "nothing was studied"
        assert self.last_ms is not None, "nothing was studied"
        return msgspec.msgpack.encode(
            _StudyState(
                since_ms=self.since_ms,
                last_ms=self.last_ms,
                records={record.name: since_ms for record, since_ms in sorted(self._records.items(), key=_name)},
                trackers={int(side): tracker.state() for side, tracker in self._trackers.items()},
                sweeps=self._sweeps.state(),
                cascades=self._cascades.state(),
                spans=self._spans,
            )
        )

    @classmethod
    def from_state(cls, coin: str, state: bytes) -> CoinStudy:
        """Go on from `state()`. Raises ModelError for what is none."""
        try:
            held = msgspec.msgpack.decode(state, type=_StudyState)
            records = {OnRecord[name]: since_ms for name, since_ms in held.records.items()}
            trackers = {side: ClusterTracker.from_state(held.trackers[side]) for side in Side}
        except (msgspec.MsgspecError, KeyError) as error:
            raise ModelError(f"state of a study of {coin} cannot be used: {error}") from None
        study = cls(coin)
        study.since_ms, study.last_ms = held.since_ms, held.last_ms
        study._records, study._spans, study._trackers = records, held.spans, trackers
        study._sweeps = SweepTracker.from_state(held.sweeps)
        study._cascades = CascadeTracker.from_state(coin, held.cascades)
        return study

    def _track(self, pair: MinutePair, market: int | None, mark: float) -> list[EndedCluster]:
        """Tie clusters of both sides to those of before; those that ended."""
        self._tracked = []
        for side, tracker in self._trackers.items():
            held = NOBODY if market is None else pair.now.held(market, side)
            found = tracker.advance(held, mark, pair.now.time_ms, pair.now.is_gap, pair.first_read(held))
            self._tracked.append(found)
        clusters = tuple([span for found in self._tracked for span in found.spans])
        self._clusters = self._clusters if clusters == self._clusters else clusters
        return [each for found in self._tracked for each in found.ended]

    def _explain(self, pair: MinutePair, market: int | None, rows: StudyRows) -> None:
        """Reasons of every cluster's change, and the spans to explain the next minute with."""
        self._pair_spans(pair.now.time_ms)
        if market is None or pair.causes is None:
            return
        time_ms = pair.now.time_ms
        for side, (names, edges) in self._pairs.items():
            for change in pair.causes.explain_edges(market, side, names, edges):
                row = ClusterChangeRow(
                    time_ms=time_ms,
                    coin=self.coin,
                    side=SIDE_WORDS[side],
                    cluster_id=change.cluster_id,
                    reason=REASON_WORDS[change.reason],
                    lots=change.lots,
                    size=change.size,
                    usd=change.usd,
                    position_count=change.position_count,
                    gap=change.is_gap,
                    known_at_ms=time_ms,
                )
                rows.cluster_changes.append(row)

    def _pair_spans(self, time_ms: int) -> None:
        """Each cluster's span at the frame before and now; mostly all stand as they stood, and so do their pairs."""
        while len(self._spans) > 1 and self._spans[1].time_ms <= time_ms - SPANS_KEPT_MS:
            del self._spans[0]
        if self._stood is self._clusters and self._are_settled:
            return
        before = self._spans[-1].of_side if self._spans else NO_SPANS
        now: dict[int, list[Span]] = {Side.LONG: [], Side.SHORT: []}
        for each in self._clusters:
            now[each.side].append((each.cluster_id, each.price_low, each.price_high))
        self._are_settled = now == before
        self._stood = self._clusters
        self._pairs = {side: _paired(before[side], now[side]) for side in Side}
        if not self._are_settled:
            self._spans.append(_SpansAt(time_ms, now))

    def _take_events(self, pair: MinutePair, market: int, rows: StudyRows) -> None:
        found = pair.events_by_market.get(market)
        if found and pair.now.notes is not None and pair.now.notes.liquidations is not None:
            rows.liquidation_events += event_rows(self.coin, pair.now.notes.liquidations, found, self._cluster_at)

    def _cluster_at(self, side: Side, level: float, time_ms: int) -> str | None:
        """The cluster a level was in at the last frame before a time."""
        held = [each for each in self._spans if each.time_ms < time_ms]
        for name, low, high in held[-1].of_side.get(int(side), []) if held else []:
            if low <= level < high:
                return name
        return None

    def _note_clusters(
        self, time_ms: int, ended: list[EndedCluster], mark: float | None, rows: StudyRows, *, is_step: bool
    ) -> None:
        rows.clusters += [ended_row(self.coin, each, time_ms, mark) for each in ended]
        if is_step:
            rows.clusters += self._cluster_rows(time_ms, mark)
        for found in self._tracked:
            if found.has_born and not is_step:
                born = [each for each in found.standing if each.is_born_now]
                rows.clusters += [standing_row(self.coin, each, None, time_ms, mark) for each in born]

    def _cluster_rows(self, time_ms: int, mark: float | None) -> list[ClusterRow]:
        sweeps = {} if self._sweep_rows is None else self._sweep_rows.states
        rows = [
            standing_row(self.coin, each, sweeps.get(each.cluster_id), time_ms, mark)
            for found in self._tracked
            for each in found.standing
        ]
        return rows if self._sweep_rows is not None else [replace(row, sweep_state=None) for row in rows]

    def _note_records(self, pair: MinutePair, market: int | None) -> None:
        """Since when each record is there without a break."""
        there = frozenset({OnRecord.FRAMES}) if market is None else pair.records(market)
        if pair.now.is_gap:
            self._records = {record: time for record, time in self._records.items() if record is OnRecord.FRAMES}
        if there != self._records.keys():
            self._records = {record: self._records.get(record, pair.now.time_ms) for record in there}


def _paired(before: list[Span], now: list[Span]) -> Pairs:
    """Each cluster's span at both frames, those that ended last; both edges 0 where it was not yet or is no more."""
    former = {name: (low, high) for name, low, high in before}
    edges = [(*former.pop(name, EMPTY), low, high) for name, low, high in now]
    names = [name for name, _, _ in now]
    return [*names, *former], [*edges, *[(low, high, *EMPTY) for low, high in former.values()]]


def _name(item: tuple[OnRecord, int]) -> str:
    return item[0].name
