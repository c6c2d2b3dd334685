"""Cascades of one coin, both directions, a stored minute at a time (docs/clusters.md, "State of a cascade")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
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
from liqscape.insight.cascades.threshold import MIN_USD, Threshold, threshold_of
from liqscape.insight.minute import Minute
from liqscape.insight.records import CascadeState
from liqscape.insight.study_rows import CascadeOutcomeRow, CascadeRow
from liqscape.insight.volatility import MinuteVolatility
from liqscape.units import BASIS_POINTS, MINUTE_MS, SIDE_WORDS, Side

FUEL_SIGMAS = 2.0
DIRECTIONS = {Side.LONG: "sell", Side.SHORT: "buy"}


class _Stand(NamedTuple):
    """What the row of a side without a run is made of; `given` to `threshold_of`."""

    given: tuple[float | None, int, float | None, float | None]
    sigma_1m: float | None
    rate_usd: float | None
    account_count: int | None


class CascadeMinute:
    """What one minute gave: states that changed, outcomes that were decided, and how both sides stand.

    standing  made when it is asked for: of most minutes nobody asks.
    """

    def __init__(
        self,
        make: Callable[[], tuple[CascadeRow, ...]],
        changes: tuple[CascadeRow, ...],
        outcomes: tuple[CascadeOutcomeRow, ...],
    ) -> None:
        self._make, self.changes, self.outcomes = make, changes, outcomes

    @cached_property
    def standing(self) -> tuple[CascadeRow, ...]:
        """Of both sides, longs first."""
        return self._make()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CascadeMinute):
            return NotImplemented
        own = (self.standing, self.changes, self.outcomes)
        return own == (other.standing, other.changes, other.outcomes)

    __hash__ = None  # type: ignore[assignment]


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
            record={side: OwnMinutes() for side in Side},
            run=dict.fromkeys(map(int, Side)),
            depth_usd=dict.fromkeys(map(int, Side)),
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
        interest = float(now.snapshot.open_interest[market_index]) * mark
        stands, changes = [], []
        for side in Side:
            flow = flows.of(market_index, side) if is_known else None
            stand, is_changed = self._side(now, market_index, side, flow, interest if interest > 0.0 else None)
            stands.append(stand)
            if is_changed and isinstance(stand, CascadeRow):
                changes.append(stand)
        minute = SeenMinute(time_ms=now.time_ms, mark=mark, low=low, high=high, sigma_1m=sigma or 0.0)
        memory.moves.advance(minute, is_known=is_known)
        memory.volatility.update(now.time_ms, mark, now.is_gap)
        for side in Side:
            memory.depth_usd[side] = now.depth_usd(market_index, side)
        memory.mark = mark if mark > 0.0 else memory.mark
        memory.last_ms = now.time_ms
        return CascadeMinute(partial(self._rows, now.time_ms, stands), tuple(changes), tuple(outcomes))

    def _side(
        self, now: Minute, market_index: int, side: Side, flow: MinuteFlow | None, interest_usd: float | None
    ) -> tuple[CascadeRow | _Stand, bool]:
        memory = self._memory
        record = memory.record[side]
        given = record.quantile(), record.minute_count, memory.depth_usd[side], interest_usd
        run = memory.run[side]
        if run is not None and run.state == CascadeState.OVER:
            run = memory.run[side] = None
        rate_usd = None if flow is None else flow.usd * self._minute_share(now)
        if run is None and (rate_usd is None or rate_usd < MIN_USD):  # no threshold is lower
            if rate_usd is not None:
                record.add(now.time_ms, rate_usd)
            return _Stand(given, memory.volatility.sigma, rate_usd, None if flow is None else flow.account_count), False
        threshold = threshold_of(*given)
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
        sigma = memory.volatility.sigma if run is None else run.sigma_1m
        row = self._row(now.time_ms, side, run, threshold, fuel, sigma)
        if flow is not None:
            row = replace(row, rate_usd=rate_usd, account_count=flow.account_count)
        return row, is_changed

    def _rows(self, time_ms: int, stands: Sequence[CascadeRow | _Stand]) -> tuple[CascadeRow, ...]:
        return tuple(
            each if isinstance(each, CascadeRow) else self._quiet_row(time_ms, side, each)
            for side, each in zip(Side, stands, strict=True)
        )

    def _quiet_row(self, time_ms: int, side: Side, stand: _Stand) -> CascadeRow:
        row = self._row(time_ms, side, None, threshold_of(*stand.given), None, stand.sigma_1m)
        return replace(row, rate_usd=stand.rate_usd, account_count=stand.account_count)

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
        time_ms: int,
        side: Side,
        run: TrackedCascade | None,
        threshold: Threshold,
        fuel: float | None,
        sigma: float | None,
    ) -> CascadeRow:
        return CascadeRow(
            cascade_id="" if run is None else run.cascade_id,
            coin=self.coin,
            side=SIDE_WORDS[side],
            direction=DIRECTIONS[side],
            time_ms=time_ms if run is None else run.changed_ms,
            state=CascadeState(CascadeState.NONE if run is None else run.state).name.lower(),
            rate_usd=None,
            threshold_usd=threshold.usd,
            threshold_rule=threshold.rule,
            peak_rate_usd=None if run is None else run.peak_usd,
            account_count=None,
            liquidated_usd=None if run is None else run.liquidated_usd,
            fuel_ahead_usd=fuel,
            sigma_5m_bp=None if sigma is None else sigma * sqrt(5.0) * BASIS_POINTS,
            extreme_mark=None if run is None else run.extreme_mark,
            known_at_ms=time_ms,
        )
