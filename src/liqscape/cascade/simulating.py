"""The blocks of a cascade from start to end, and what its logs said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.cascade.at_once import Watch
from liqscape.cascade.fates import pool_values
from liqscape.cascade.flows import Items, Marks, by_second, read_items
from liqscape.cascade.kernels.blocks import (
    CHECKS,
    FOUND,
    IS_BACKSTOP,
    IS_CHECK,
    IS_FIRING,
    IS_MARK,
    MARKS,
    SAMPLES,
    RunRecord,
    run_blocks,
)
from liqscape.cascade.kernels.deleverage import liquidate_among
from liqscape.cascade.kernels.firing import fire_among
from liqscape.cascade.prepare import PreparedRun, calm_run
from liqscape.cascade.question import CascadeInput, CascadeSettings, Mode
from liqscape.cascade.results import STAGE_ADL, Progress, SecondRows, Totals
from liqscape.cascade.trigger_flows import TriggerLog
from liqscape.cascade.trigger_results import StopFlow
from liqscape.errors import ModelError
from liqscape.exchange.columns import (
    AccountColumn,
    ClockColumn,
    EventColumn,
    EventKind,
    FillColumn,
    Method,
    PoolColumn,
    Role,
    TriggerCounter,
)
from liqscape.exchange.scale import UUSD
from liqscape.exchange.stages import run_stages
from liqscape.units import Float64Array, Int64Array

PIECE_MS = 10_000
"""Simulated time between two calls of progress."""
DRAIN_ROWS = 400_000
"""Rows of the logs at which they are read, where nobody asks for them sooner."""


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """A run that is over. Its exchange stands as the last block left it.

    items      (I,) all that was sent, filled and taken over; adl_fills rows of fills by ADL.
    marks      mark updates; scale (M,) ticks a USD.
    value      (A,) USD of every pool at the end.
    triggers   None where the question has none.
    """

    items: Items
    adl_fills: Int64Array
    marks: Marks
    scale: Float64Array
    samples: int
    orders: int
    takeovers: int
    value: Float64Array
    triggers: StopFlow | None

    @property
    def first_adl_ms(self) -> int | None:
        """Time of the first ADL fill from the start; None without any."""
        times = self.items.time_ms[self.items.stage == STAGE_ADL]
        return int(times[0]) if len(times) else None


def simulate(
    question: CascadeInput,
    settings: CascadeSettings,
    run: PreparedRun,
    progress: Progress | None = None,
    watch: Watch | None = None,
) -> Simulated:
    """Every block of a prepared run, which it changes.

    watch  told the share done, as often as progress, but nothing of the logs, which are then read in larger parts.
    """
    exchange, record, snapshot = run.exchange, run.record, question.snapshot
    state, markets = exchange.state, len(snapshot.markets)
    start_ms = snapshot.time_ms
    seen = state.account[: len(exchange.addresses), AccountColumn.ROLE] == Role.LIQUIDATOR
    parts: list[Items] = []
    adl_fills: list[Int64Array] = []
    plan, found = run.plan, np.zeros(max(1, int(state.clock[ClockColumn.POOL_COUNT])), np.int64)
    stops = TriggerLog()
    orders = takeovers = 0
    last = 0
    while last < run.blocks:
        time = ((last + 1) * settings.block_ms // PIECE_MS + 1) * PIECE_MS
        last = min(run.blocks, (time - 1) // settings.block_ms)
        while run_blocks(state, run.index, run.outside, record, plan, found=found, last_block=last):
            if plan[IS_FIRING]:
                fire_among(state, run.index, run.holders, settings.is_indexed)
                continue
            due = [bool(plan[at]) for at in (IS_CHECK, IS_BACKSTOP, IS_MARK)]
            if settings.is_indexed:
                liquidate_among(state, run.holders, found, int(plan[FOUND]), *due)
            else:
                run_stages(state, found, int(plan[FOUND]), *due)
        if state.clock[ClockColumn.ERROR]:
            raise ModelError(f"log of one piece is full: {int(state.clock[ClockColumn.FILL_COUNT])} fills")
        if watch is not None:
            watch(last / run.blocks)
        rows = int(state.clock[[ClockColumn.FILL_COUNT, ClockColumn.EVENT_COUNT]].max())
        if progress is None and run.triggers is None and last < run.blocks and rows < DRAIN_ROWS:
            continue
        fills, events = exchange.drain()
        marks = Marks(record.update_ms[: record.done[MARKS]], record.update_mark[: record.done[MARKS]])
        items = read_items(fills, events, marks, start_ms, seen)
        stops.read(fills, events, marks, start_ms)
        orders += int(np.count_nonzero(events[:, EventColumn.KIND] == EventKind.LIQUIDATION_ORDER))
        takeovers += int(np.count_nonzero(events[:, EventColumn.KIND] == EventKind.TAKEOVER))
        parts.append(items)
        adl_fills.append(fills[fills[:, FillColumn.METHOD] == Method.ADL])
        if progress is not None:
            progress(last / run.blocks, by_second(items, markets))
    scale = 10.0 ** (6 - np.array([market.size_decimals for market in snapshot.markets.rows]))
    flow = None
    if run.triggers is not None:
        flow = StopFlow(
            loaded=run.triggers.loaded,
            left_out=run.triggers.left_out,
            fired=stops.fired,
            closed_before=stops.closed_before,
            still_waiting=int(state.trigger_counter[TriggerCounter.COUNT]),
            per_second=stops.by_second(markets),
            per_level=stops.by_level(scale),
        )
    return Simulated(
        items=Items.join(parts),
        adl_fills=np.concatenate(adl_fills),
        marks=Marks(record.update_ms[: record.done[MARKS]], record.update_mark[: record.done[MARKS]]),
        scale=scale,
        samples=int(record.done[SAMPLES]),
        orders=orders,
        takeovers=takeovers,
        value=pool_values(exchange),
        triggers=flow,
    )


def calm_record(settings: CascadeSettings, run: PreparedRun, markets: slice = slice(None)) -> RunRecord | None:
    """These markets as they would go with no accounts in them, from a run not begun yet.

    Without accounts no market looks at another, so a few of them go as all would. None in mode GIVEN, where nobody
    moves a market and the path itself is that.
    """
    if settings.mode == Mode.GIVEN:
        return None
    state, outside, calm, plan = calm_run(run, settings, markets)
    run_blocks(state, run.index, outside, calm, plan, found=np.zeros(1, np.int64), last_block=run.blocks)
    return calm


def totals_of(run: PreparedRun, done: Simulated, second: SecondRows) -> Totals:
    """Sums of a run. second: its items by second."""
    state, record = run.exchange.state, run.record
    role = state.account[state.pool[: len(done.value), PoolColumn.ACCOUNT], AccountColumn.ROLE]
    vault = record.vault[: done.samples] / UUSD
    return Totals(
        sent=float(second.sent.sum()),
        filled=float(second.filled.sum()),
        backstop=float(second.backstop.sum()),
        adl=float(second.adl.sum()),
        accounts=int(second.accounts.sum()),
        orders=done.orders,
        takeovers=done.takeovers,
        adl_fills=len(done.adl_fills),
        slippage=float(second.slippage.sum()),
        deficit=float(np.maximum(-done.value[role != Role.MAKER], 0.0).sum()),
        vault_equity_start=float(vault[0].sum()),
        vault_equity_end=float(vault[-1].sum()),
        blocks=run.blocks,
        checks=int(record.done[CHECKS]),
    )
