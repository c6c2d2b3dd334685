"""Cascades of one coin, both directions, a stored minute at a time (docs/clusters.md, "State of a cascade")."""

from __future__ import annotations

from math import exp, sqrt
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec.structs import replace

from liqscape.errors import ModelError
from liqscape.insight.cascades.case import HORIZONS, Case, HorizonOutcome, MoveSpan, bucket_of
from liqscape.insight.cascades.forced import ForcedFlows, MinuteFlow
from liqscape.insight.cascades.moves import QuietMoves, SeenMinute
from liqscape.insight.cascades.record import OwnMinutes
from liqscape.insight.cascades.run import TrackedCascade
from liqscape.insight.cascades.threshold import Threshold, threshold_of
from liqscape.insight.minute import Minute
from liqscape.insight.records import SIDE_WORDS, CascadeState
from liqscape.insight.study_rows import CascadeOutcomeRow, CascadeRow
from liqscape.insight.sweeps.volatility import MinuteVolatility
from liqscape.units import MINUTE_MS, Side

FUEL_SIGMAS = 2.0
SIDES = (Side.LONG, Side.SHORT)
DIRECTIONS = {Side.LONG: "sell", Side.SHORT: "buy"}


class CascadeMinute(NamedTuple):
    """What one minute gave: how both sides stand, states that changed, outcomes that were decided."""

    standing: tuple[CascadeRow, ...]
    changes: tuple[CascadeRow, ...]
    outcomes: tuple[CascadeOutcomeRow, ...]


class _Memory(msgspec.Struct, gc=False, kw_only=True):
    """All that is remembered from minute to minute.

    depth_usd  as of the last frame: what the next minute's orders met.
    """

    record: dict[int, OwnMinutes]
    run: dict[int, TrackedCascade | None]
    depth_usd: dict[int, float | None]
    volatility: MinuteVolatility
    moves: QuietMoves
    open: list[Case]
    mark: float | None = None
    last_ms: int = 0


class CascadeTracker:
    """`advance` takes a coin's stored minutes in order; `state` and `from_state` go on elsewhere to the bit."""

    def __init__(self, coin: str) -> None:
        self.coin = coin
        self._memory = _Memory(
            record={side: OwnMinutes() for side in SIDES},
            run=dict.fromkeys(map(int, SIDES)),
            depth_usd=dict.fromkeys(map(int, SIDES)),
            volatility=MinuteVolatility(),
            moves=QuietMoves(),
            open=[],
        )

    def state(self) -> bytes:
        """All that is remembered."""
        return msgspec.msgpack.encode(self._memory)

    @classmethod
    def from_state(cls, coin: str, state: bytes) -> CascadeTracker:
        """Go on from `state()`. Raises ModelError for bytes that are none."""
        tracker = cls(coin)
        try:
            tracker._memory = msgspec.msgpack.decode(state, type=_Memory)
        except msgspec.MsgspecError as error:
            raise ModelError(f"state of the cascades of {coin} cannot be used: {error}") from None
        return tracker

    def advance(self, now: Minute, market_index: int, flows: ForcedFlows | None = None) -> CascadeMinute:
        """Study the next minute. flows: of `now`, where they were made for all coins."""
        memory, flows = self._memory, flows or ForcedFlows(now)
        mark, sigma = now.mark(market_index), memory.volatility.sigma
        low, high = now.mark_paths.low[market_index], now.mark_paths.high[market_index]
        is_whole = not now.is_gap and now.mark_paths.is_whole(market_index, memory.last_ms or now.time_ms)
        outcomes = self._outcomes(now.time_ms, low, high, mark, is_whole)
        is_known = is_whole and flows.is_known and mark > 0.0
        standing, changes = [], []
        for side in SIDES:
            flow = flows.of(market_index, side) if is_known else None
            row, is_changed = self._side(now, market_index, side, flow)
            standing.append(row)
            if is_changed:
                changes.append(row)
        minute = SeenMinute(time_ms=now.time_ms, mark=mark, low=low, high=high, sigma_1m=sigma or 0.0)
        memory.moves.advance(minute, is_known=is_known)
        memory.volatility.update(now.time_ms, mark, now.is_gap)
        for side in SIDES:
            memory.depth_usd[side] = flows.depth_usd(market_index, side)
        memory.mark = mark if mark > 0.0 else memory.mark
        memory.last_ms = now.time_ms
        return CascadeMinute(tuple(standing), tuple(changes), tuple(outcomes))

    def _side(self, now: Minute, market_index: int, side: Side, flow: MinuteFlow | None) -> tuple[CascadeRow, bool]:
        memory = self._memory
        record = memory.record[side]
        interest = float(now.snapshot.open_interest[market_index]) * now.mark(market_index)
        threshold = threshold_of(
            record.quantile(), record.minute_count, memory.depth_usd[side], interest if interest > 0.0 else None
        )
        run = memory.run[side]
        if run is not None and run.state == CascadeState.OVER:
            run = memory.run[side] = None
        rate_usd = None if flow is None else flow.usd * self._minute_share(now)
        is_forced = rate_usd is not None and rate_usd >= threshold.usd
        if run is None and is_forced:
            run = memory.run[side] = self._begin(now, market_index, side)
        fuel = None if run is None else self._fuel(now, market_index, side, run)
        is_changed = False
        if run is not None:
            run.see_marks(now.mark_paths.low[market_index], now.mark_paths.high[market_index], side)
            if flow is None or rate_usd is None:
                is_changed = run.wait(now.time_ms)
            else:
                run.liquidated_usd += flow.usd
                is_changed = run.advance(now.time_ms, rate_usd, flow.account_count, threshold.usd, fuel)
            if is_changed and run.state == CascadeState.EXHAUSTED:
                self._open_case(run, side, now.mark(market_index))
        if rate_usd is not None:
            record.add(now.time_ms, rate_usd)
        if is_forced:
            memory.moves.note_forced(now.time_ms)
        row = self._row(now, side, run, threshold, fuel)
        if flow is not None:
            row = replace(row, rate_usd=rate_usd, account_count=flow.account_count)
        return row, is_changed

    def _minute_share(self, now: Minute) -> float:
        """What makes a rate a minute of the USD since the frame before: frames may lie further apart."""
        span_ms = now.time_ms - self._memory.last_ms
        return 1.0 if self._memory.last_ms == 0 or span_ms <= MINUTE_MS else MINUTE_MS / span_ms

    def _begin(self, now: Minute, market_index: int, side: Side) -> TrackedCascade:
        mark = now.mark(market_index)
        return TrackedCascade(
            cascade_id=f"{self.coin}-{SIDE_WORDS[side]}-cascade-{now.time_ms}",
            state=CascadeState.NONE,
            changed_ms=now.time_ms,
            start_mark=self._memory.mark,
            sigma_1m=self._memory.volatility.sigma,
            extreme_mark=mark,
            last_forced_ms=now.time_ms,
        )

    @staticmethod
    def _fuel(now: Minute, market_index: int, side: Side, run: TrackedCascade) -> float | None:
        """USD at the mark of the levels that a further 2 sigma_5m would reach; None where sigma or mark is unknown."""
        mark = now.mark(market_index)
        if run.sigma_1m is None or not mark > 0.0:
            return None
        held = now.held(market_index, side)
        edge = mark * exp(-side * FUEL_SIGMAS * sqrt(5.0) * run.sigma_1m)
        at = int(np.searchsorted(held.level, edge, "left" if side > 0 else "right"))
        ahead = held.size[at:] if side > 0 else held.size[:at]
        return float(ahead.sum()) * mark

    def _open_case(self, run: TrackedCascade, side: Side, mark: float) -> None:
        """Judge what follows, where the move is known: a start before it, and an extreme on its far side."""
        if run.start_mark is None or not side * (run.start_mark - run.extreme_mark) > 0.0:
            return
        bucket = -1 if run.sigma_1m is None else bucket_of(run.start_mark, run.extreme_mark, run.sigma_1m)
        span = MoveSpan(
            direction=-side,
            start=run.start_mark,
            extreme=run.extreme_mark,
            mark=mark,
            ended_ms=run.exhausted_ms,
            bucket=bucket,
        )
        self._memory.open.append(Case(cascade_id=run.cascade_id, side=side, span=span))

    def _outcomes(self, time_ms: int, low: float, high: float, mark: float, is_whole: bool) -> list[CascadeOutcomeRow]:
        rows = [
            self._outcome_row(case, outcome, time_ms)
            for case in self._memory.open
            for outcome in case.advance(time_ms, low, high, mark, is_whole)
        ]
        self._memory.open = [case for case in self._memory.open if case.judged < len(HORIZONS)]
        return rows

    def _outcome_row(self, case: Case, outcome: HorizonOutcome, time_ms: int) -> CascadeOutcomeRow:
        reversal, continuation, count = self._memory.moves.shares(case.span.bucket, outcome.horizon)
        return CascadeOutcomeRow(
            cascade_id=case.cascade_id,
            coin=self.coin,
            side=SIDE_WORDS[Side(case.side)],
            horizon=outcome.horizon,
            exhausted_ms=case.span.ended_ms,
            mark_at=outcome.mark,
            return_bp=outcome.return_bp,
            share_of_move=outcome.share,
            outcome=None if outcome.kind is None else outcome.kind.name.lower(),
            reached_reversal=outcome.reached_reversal,
            reached_continuation=outcome.reached_continuation,
            baseline_reversal=reversal,
            baseline_continuation=continuation,
            baseline_count=count,
            known_at_ms=time_ms,
        )

    def _row(
        self,
        now: Minute,
        side: Side,
        run: TrackedCascade | None,
        threshold: Threshold,
        fuel: float | None,
    ) -> CascadeRow:
        sigma = self._memory.volatility.sigma if run is None else run.sigma_1m
        return CascadeRow(
            cascade_id="" if run is None else run.cascade_id,
            coin=self.coin,
            side=SIDE_WORDS[side],
            direction=DIRECTIONS[side],
            time_ms=now.time_ms if run is None else run.changed_ms,
            state=CascadeState(CascadeState.NONE if run is None else run.state).name.lower(),
            rate_usd=None,
            threshold_usd=threshold.usd,
            threshold_rule=threshold.rule,
            peak_rate_usd=None if run is None else run.peak_usd,
            account_count=None,
            liquidated_usd=None if run is None else run.liquidated_usd,
            fuel_ahead_usd=fuel,
            sigma_5m_bp=None if sigma is None else sigma * sqrt(5.0) * 1e4,
            extreme_mark=None if run is None else run.extreme_mark,
            known_at_ms=now.time_ms,
        )
