"""Sweeps of one coin, decided at each stored frame on the mark's whole path since the one before.

A cluster's span and its positions are those of the last stored frame before the mark enters. Bytes of `state` go on to
the bit, wherever a history is cut (docs/clusters.md, "Sweeps").
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from liqscape.errors import ModelError
from liqscape.insight.identity import ClusterSpan, TrackedCluster
from liqscape.insight.mark_path import MarkPath
from liqscape.insight.minute import Minute
from liqscape.insight.records import SweepState
from liqscape.insight.study_rows import SweepRow
from liqscape.insight.sweeps.edge_watch import watched_edges
from liqscape.insight.sweeps.members import Members
from liqscape.insight.sweeps.placebos import Placebos, PlaceboShape, PlaceboState
from liqscape.insight.sweeps.records import NOTHING, SweepRows, SweepStanding, WatchedEdge, WatchedEdges
from liqscape.insight.sweeps.sweep import NO_PLACEBO, Entry, SavedSweep, Sweep
from liqscape.insight.sweeps.walk import HORIZONS_MS, Walk, begin_walk, leave_margin, mirrored_edges
from liqscape.insight.volatility import MinuteVolatility
from liqscape.units import Side

PATIENCE_MS = 2 * HORIZONS_MS[-1]
"""A sweep that is over waits no longer for marks of its horizons: they stay unknown."""


class _Span(Struct, frozen=True, gc=False):
    """A cluster as of the last stored frame."""

    cluster_id: str
    side: int
    low: float
    high: float

    @property
    def near(self) -> float:
        """Mirrored edge that the mark meets first."""
        return mirrored_edges(self.side, self.low, self.high)[0]

    @property
    def far(self) -> float:
        return mirrored_edges(self.side, self.low, self.high)[1]


class _TrackerState(Struct, frozen=True, kw_only=True):
    coin: str
    volatility: MinuteVolatility
    spans: list[_Span]
    open: list[SavedSweep]
    settling: list[SavedSweep]
    past: dict[str, SweepStanding]
    blocked: dict[str, float]
    placebos: PlaceboState


class SweepTracker:
    """Owns the sweeps of one coin, both sides. `advance` takes stored frames in, in their order."""

    def __init__(self, coin: str) -> None:
        self.coin = coin
        self._volatility = MinuteVolatility()
        self._spans: list[_Span] = []
        self._long_near, self._short_near = -math.inf, math.inf
        """USD: nearest edges of all spans."""
        self._open: dict[str, Sweep] = {}
        self._settling: list[Sweep] = []
        self._past: dict[str, SweepStanding] = {}
        """By cluster that still stands: its last sweep, which is over."""
        self._blocked: dict[str, float] = {}
        """By cluster whose sweep ended with the mark still in it: the extreme (mirrored). Only a mark beyond it begins
        another sweep, until the mark has left."""
        self._placebos = Placebos(coin)

    @classmethod
    def from_state(cls, content: bytes) -> SweepTracker:
        """Goes on to the bit. Raises ModelError for bytes that are no state of one."""
        try:
            saved = msgspec.msgpack.decode(content, type=_TrackerState)
        except msgspec.MsgspecError as error:
            raise ModelError(f"state of sweeps cannot be used: {error}") from None
        tracker = cls(saved.coin)
        tracker._volatility = saved.volatility
        tracker._set_spans(saved.spans)
        tracker._open = {each.entry.cluster_id: Sweep.load(each) for each in saved.open}
        tracker._settling = [Sweep.load(each) for each in saved.settling]
        tracker._past, tracker._blocked = saved.past, saved.blocked
        tracker._placebos = Placebos(saved.coin, saved.placebos)
        return tracker

    def state(self) -> bytes:
        """All that decides how it goes on."""
        return msgspec.msgpack.encode(
            _TrackerState(
                coin=self.coin,
                volatility=self._volatility,
                spans=self._spans,
                open=[each.save() for each in self._open.values()],
                settling=[each.save() for each in self._settling],
                past=self._past,
                blocked=self._blocked,
                placebos=self._placebos.state,
            )
        )

    @property
    def sigma_1m(self) -> float | None:
        """Volatility of a minute, as a share; None until an hour of minutes was seen."""
        return self._volatility.sigma

    def advance(
        self, before: Minute | None, now: Minute, market_index: int, standing: Sequence[ClusterSpan | TrackedCluster]
    ) -> SweepRows:
        """What the mark did to clusters since the stored frame before.

        before    the last frame this tracker was given; None at the first.
        standing  clusters of both sides as of `now`.

        Cost: some 10 us where no edge was met and no sweep is open.
        """
        paths = now.mark_paths
        is_met = paths.low[market_index] <= self._long_near or paths.high[market_index] >= self._short_near
        finished: tuple[SweepRow, ...] = ()
        if is_met or self._open or self._settling or self._placebos.are_waiting:
            finished = self._take(before, now, market_index, is_met=is_met)
        mark = now.mark(market_index)
        if self._blocked:
            self._unblock(mark)
        self._volatility.update(now.time_ms, mark, now.is_gap)
        self._stand(now, market_index, standing, mark)
        self._placebos.lay(now.time_ms, mark, self._volatility.sigma, standing)
        if not (finished or self._open or self._past):
            return NOTHING
        states = {name: sweep.standing(now, market_index) for name, sweep in self._open.items()}
        return SweepRows(states={**self._past, **states}, finished=finished)

    def open_rows(self, now: Minute, market_index: int) -> tuple[SweepRow, ...]:
        """Sweeps that are in no `finished` yet, as rows, at the frame last advanced to: those not over (`open`), and
        those that are while the marks of their horizons are waited for."""
        return tuple(sweep.row(now, market_index) for sweep in (*self._open.values(), *self._settling))

    def edges(self) -> WatchedEdges:
        """What a live map has to watch until the next stored frame."""
        return watched_edges([self._edge(span) for span in self._spans if span.cluster_id not in self._blocked])

    def _edge(self, span: _Span) -> WatchedEdge:
        sweep = self._open.get(span.cluster_id)
        low, high = (span.low, span.high) if sweep is None else (sweep.entry.low, sweep.entry.high)
        margin = leave_margin(low, high, span.near, self.sigma_1m) if sweep is None else sweep.walk.margin
        return WatchedEdge(
            cluster_id=span.cluster_id,
            side=span.side,
            low=low,
            high=high,
            margin=margin,
            state=SweepState.UNTOUCHED if sweep is None else sweep.walk.state,
            is_crossed=sweep is not None and sweep.walk.crossed_ms is not None,
        )

    def _take(self, before: Minute | None, now: Minute, market_index: int, *, is_met: bool) -> tuple[SweepRow, ...]:
        """Walk what is open along the minute's path, then begin what the path enters."""
        path = now.mark_paths.of_coin(market_index)
        has_path = before is not None and not now.is_gap and now.mark_paths.is_whole(market_index, before.time_ms)
        for sweep in [*self._open.values(), *self._settling]:
            sweep.is_gap = sweep.is_gap or not has_path
            sweep.walk.take(path)
            sweep.take(now, market_index, path)
        self._placebos.advance(path)
        self._close(now, market_index)
        if is_met and before is not None:
            for span in self._spans:
                self._enter(before, now, market_index, span, path, is_gap=not has_path)
            self._close(now, market_index)
        return self._settle(now, market_index)

    def _enter(
        self, before: Minute, now: Minute, market_index: int, span: _Span, path: MarkPath, *, is_gap: bool
    ) -> None:
        if not path.lowest(span.side) <= span.near:
            return
        walk = self._begun(span, *path.points)
        if walk is None:
            return
        index = before.snapshot.markets.find(self.coin)
        if index is None:
            return
        members = Members.of_span(before, index, Side(span.side), span.low, span.high)
        if not members.total:
            return
        sweep = self._new(before, index, span, walk, members, is_gap=is_gap)
        sweep.take(now, market_index, path)
        self._open[span.cluster_id] = sweep

    def _begun(self, span: _Span, times: list[int], marks: list[float]) -> Walk | None:
        """The walk that a path begins in a span; None where it does not enter, or a sweep is under way."""
        if span.cluster_id in self._open:
            return None
        start = 0
        beyond = self._blocked.get(span.cluster_id)
        if beyond is not None:
            start = next((row for row, mark in enumerate(marks) if span.side * mark < beyond), len(marks))
        return begin_walk(span.side, span.low, span.high, self.sigma_1m, times[start:], marks[start:])

    def _new(
        self, frame: Minute, market_index: int, span: _Span, walk: Walk, members: Members, *, is_gap: bool
    ) -> Sweep:
        """A sweep with the figures of the frame before its entry."""
        sigma, mark = self.sigma_1m, frame.mark(market_index)
        far = None
        x = span.side * mark
        if sigma is not None and mark > 0.0:
            unit = sigma * mark
            far = (x - span.far) / unit
            if x > span.near:
                self._placebos.remember(PlaceboShape(span.side, (x - span.near) / unit, far))
        self._past.pop(span.cluster_id, None)
        self._blocked.pop(span.cluster_id, None)
        entry = Entry(
            cluster_id=span.cluster_id,
            coin=self.coin,
            low=span.low,
            high=span.high,
            mark=walk.side * walk.entered_at,
            sigma=sigma,
            far=far,
            depth_usd=frame.depth_usd(market_index, Side(span.side)),
            lots=members.total,
            known_lots=None if members.stops is None else members.stops.known_lots,
            size_decimals=frame.snapshot.markets.rows[market_index].size_decimals,
            is_beyond=x <= span.far,
        )
        return Sweep(entry, walk, members, is_gap=is_gap)

    def _close(self, now: Minute, market_index: int) -> None:
        """Sweeps that ended wait for their horizons; what may begin again begins anew."""
        for name, sweep in list(self._open.items()):
            if sweep.walk.ended_ms is not None:
                self._settling.append(self._open.pop(name))
                self._past[name] = sweep.standing(now, market_index)
                if sweep.walk.left_ms is None:
                    self._blocked[name] = sweep.walk.extreme

    def _settle(self, now: Minute, market_index: int) -> tuple[SweepRow, ...]:
        rows, waiting = [], []
        for sweep in self._settling:
            if sweep.walk.is_settled or now.time_ms > sweep.walk.latest_ms + PATIENCE_MS:
                far = sweep.entry.far
                placebo = NO_PLACEBO if far is None else self._placebos.beside(far, now.time_ms)
                rows.append(sweep.row(now, market_index, placebo))
            else:
                waiting.append(sweep)
        self._settling = waiting
        return tuple(rows)

    def _unblock(self, mark: float) -> None:
        for span in self._spans:
            if span.cluster_id in self._blocked:
                margin = leave_margin(span.low, span.high, span.near, self.sigma_1m)
                if span.side * mark > span.near + margin:
                    del self._blocked[span.cluster_id]

    def _stand(
        self, now: Minute, market_index: int, standing: Sequence[ClusterSpan | TrackedCluster], mark: float
    ) -> None:
        """Take the new spans, and begin sweeps of those that the frame's own mark is in or beyond."""
        self._set_spans([_Span(each.cluster_id, each.side, each.price_low, each.price_high) for each in standing])
        if self._past or self._blocked:
            names = {each.cluster_id for each in standing}
            self._past = {name: each for name, each in self._past.items() if name in names}
            self._blocked = {name: each for name, each in self._blocked.items() if name in names}
        if mark <= self._long_near or mark >= self._short_near:
            for span in self._spans:
                walk = self._begun(span, [now.time_ms], [mark])
                if walk is not None:
                    members = Members.of_span(now, market_index, Side(span.side), span.low, span.high)
                    if members.total:
                        self._open[span.cluster_id] = self._new(now, market_index, span, walk, members, is_gap=False)

    def _set_spans(self, spans: list[_Span]) -> None:
        self._spans = spans
        self._long_near = max((span.high for span in spans if span.side > 0), default=-math.inf)
        self._short_near = min((span.low for span in spans if span.side < 0), default=math.inf)
