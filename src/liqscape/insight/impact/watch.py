"""Liquidations as they happen, finished once price has answered (docs/clusters.md, "Liquidation events").

Bounded: 17 minutes of mids and 24 hours of one time a minute (14 MB at 250 coins), and the events of the last ten
minutes. An event is finished 90 s after its burst, or up to ten minutes after it while price has not come back half.
A restart forgets the events under way and begins the 24 hours anew.
"""

from __future__ import annotations

import numpy as np

from liqscape.insight.impact.baseline import Baselines
from liqscape.insight.impact.bursts import Burst, burst_id, group_bursts
from liqscape.insight.impact.columns import MeasuredEvent, event_columns
from liqscape.insight.impact.figures import SETTLED_MS, Unknown, measure_burst, mid_before
from liqscape.insight.impact.mid_memory import MidMemory
from liqscape.ledger import Ledger
from liqscape.model.doubt import sure_marks
from liqscape.model.events import (
    BestPricesObserved,
    DepthObserved,
    Event,
    MarketDefined,
    MarksUpdated,
    MidsObserved,
    TradesPrinted,
)
from liqscape.model.liquidations import Liquidation
from liqscape.model.markets import Markets
from liqscape.model.minute_notes import Columns
from liqscape.units import MINUTE_MS, Float64Array, Int64Array, Side

DEPTH_STEPS, DEPTH_STEP_MS = 512, 1_000
DEPTH_AGE_MS = MINUTE_MS
ONE_PERCENT = 1
"""Column of the depth within 1 % (model/events.py)."""


class ImpactWatch:
    """`observe` every event after the ledger has it; `take` what is finished at a stored frame."""

    def __init__(self) -> None:
        self._markets: Markets | None = None
        self._begin()

    def _begin(self) -> None:
        self._path = MidMemory(0)
        self._depth = {side: MidMemory(0, DEPTH_STEPS, DEPTH_STEP_MS) for side in Side}
        """By side of the position: who is sold out of a long meets bids."""
        self._baselines = Baselines(0)
        self._every = np.empty(0, np.int64)
        self._has_mids = np.empty(0, np.bool_)
        """(M,) coins of which mids came: marks stand in for the others."""
        self._pending: dict[tuple[int, int], list[Liquidation]] = {}
        self._closed_minute = 0

    @property
    def byte_count(self) -> int:
        """Memory of the tables, bytes."""
        depth = sum(each.byte_count for each in self._depth.values())
        return self._path.byte_count + depth + self._baselines.byte_count

    def observe(self, event: Event, ledger: Ledger) -> None:
        """Take in one event; `ledger` has applied it already."""
        if not isinstance(event, TradesPrinted):  # prints are many
            self._take(event)
        for liquidation in ledger.new_liquidations():
            self._note(liquidation)
        if event.time_ms // MINUTE_MS > self._closed_minute:
            self._closed_minute = event.time_ms // MINUTE_MS
            self._baselines.close(event.time_ms, self._path)

    def take(self, now_ms: int) -> Columns | None:
        """Rows of the events that are finished by now, by their first fill: none of most minutes. None before markets
        are defined."""
        if self._markets is None:
            return None
        finished: list[MeasuredEvent] = []
        for key in list(self._pending):
            market_index, side = key
            for burst in group_bursts(self._pending[key]):
                measured = self._measure(burst, market_index, side, now_ms)
                finished += measured
                if measured:
                    done = set(map(id, burst.events))
                    self._pending[key] = [each for each in self._pending[key] if id(each) not in done]
            if not self._pending[key]:
                del self._pending[key]
        finished.sort(key=lambda each: (each.event.first_ms, each.event.market_index, each.event.address))
        return event_columns(finished, self._markets, now_ms)

    def _take(self, event: Event) -> None:
        if isinstance(event, MidsObserved):
            self._write_mids(self._every, event.time_ms, event.mid)
        elif isinstance(event, BestPricesObserved):
            self._write_mids(event.market_index.astype(np.int64), event.time_ms, 0.5 * (event.bid + event.ask))
        elif isinstance(event, MarksUpdated):
            self._write_marks(event)
        elif isinstance(event, DepthObserved):
            rows = event.market_index.astype(np.int64)
            for side, usd in ((Side.LONG, event.bid_usd), (Side.SHORT, event.ask_usd)):
                self._depth[side].write(rows, event.time_ms, usd[:, ONE_PERCENT].copy())
        elif isinstance(event, MarketDefined):
            self._define(event.markets)

    def _define(self, markets: Markets) -> None:
        if self._markets is not None and markets.coins[: len(self._markets)] != self._markets.coins:
            self._begin()
        self._markets = markets
        count = len(markets)
        if count > len(self._has_mids):
            for path in (self._path, *self._depth.values()):
                path.grow(count)
            self._baselines.grow(count)
            self._every = np.arange(count)
            self._has_mids = np.concatenate((self._has_mids, np.zeros(count - len(self._has_mids), np.bool_)))

    def _write_mids(self, rows: Int64Array, time_ms: int, mid: Float64Array) -> None:
        has_mids = self._has_mids[rows]
        if not has_mids.all():
            is_first = ~has_mids & (mid > 0.0)
            first = rows[is_first]
            if len(first):  # marks that stood in are no mids
                self._has_mids[first] = True
                self._path.forget(first)
                self._baselines.forget(first)
            is_followed = has_mids | is_first
            rows, mid = rows[is_followed], mid[is_followed]
        self._path.write(rows, time_ms, mid)

    def _write_marks(self, event: MarksUpdated) -> None:
        rows = np.flatnonzero(~self._has_mids[: len(event.snapshot.mark)])
        if len(rows):
            mark = sure_marks(event.snapshot.mark, event.snapshot.doubt)
            self._path.write(rows, event.time_ms, mark[rows])

    def _note(self, event: Liquidation) -> None:
        self._pending.setdefault((event.market_index, event.side), []).append(event)
        self._baselines.note_liquidation(event.market_index, event.first_ms, event.last_ms)

    def _measure(self, burst: Burst, market_index: int, side: int, now_ms: int) -> list[MeasuredEvent]:
        """Each event of a burst with its figures; none while they are not settled."""
        assert self._markets is not None
        if now_ms < burst.last_ms + SETTLED_MS:
            return []
        direction = -side
        times, mids = self._path.of(market_index)
        figures = measure_burst(times, mids, burst.first_ms, burst.last_ms, direction, now_ms)
        if not figures.is_settled:
            return []
        name = burst_id(self._markets.coins[market_index], side, burst.first_ms)
        baseline, count = self._baselines.draw(name, market_index, burst.first_ms, direction)
        unknown = figures.unknown | (Unknown.FEW_BASELINES if np.isnan(baseline).all() else 0)
        price_source = ("mids" if self._has_mids[market_index] else "marks") if len(times) else ""
        depth_ms, depth_usd = self._depth[Side(side)].of(market_index)
        measured = []
        for event in burst.events:
            pre_mid, pre_age_ms = mid_before(times, mids, event.first_ms)
            at = int(np.searchsorted(depth_ms, event.first_ms)) - 1
            is_deep = at >= 0 and event.first_ms - int(depth_ms[at]) <= DEPTH_AGE_MS
            measured.append(
                MeasuredEvent(
                    event=event,
                    pre_mid=pre_mid,
                    pre_age_ms=pre_age_ms,
                    figures=figures,
                    depth_usd=float(depth_usd[at]) if is_deep else np.nan,
                    baseline_bp=baseline,
                    baseline_count=count,
                    burst_id=name,
                    burst_usd=burst.notional,
                    measured_on=price_source,
                    unknown=unknown,
                )
            )
        return measured
