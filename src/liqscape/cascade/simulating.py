"""The blocks of a cascade from start to end, and what its logs said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.cascade.at_once import Watch
from liqscape.cascade.fates import pool_values
from liqscape.cascade.flows import Marks
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
from liqscape.cascade.logs import FlowTotals, RunLog
from liqscape.cascade.prepare import PreparedRun, calm_run
from liqscape.cascade.question import CascadeInput, CascadeSettings, Mode
from liqscape.cascade.results import Totals
from liqscape.cascade.trigger_flows import TriggerLog
from liqscape.cascade.trigger_results import StopFlow
from liqscape.errors import ModelError
from liqscape.exchange.columns import (
    AccountColumn,
    ClockColumn,
    PoolColumn,
    Role,
    TriggerCounter,
)
from liqscape.exchange.scale import UUSD
from liqscape.exchange.stages import run_stages
from liqscape.units import BoolArray, Float64Array

PIECE_MS = 10_000
"""Simulated time between two calls of progress."""
DRAIN_ROWS = 50_000
"""Rows of the logs at which they are read, where nobody asks for them sooner: few enough to lie near the processor, and
to be written over instead of taking new memory."""


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """A run that is over. Its exchange stands as the last block left it.

    marks      mark updates; scale (M,) ticks a USD.
    value      (A,) USD of every pool at the end.
    triggers   None where the question has none.
    """

    marks: Marks
    scale: Float64Array
    samples: int
    value: Float64Array
    triggers: StopFlow | None


def vaults_seen(run: PreparedRun) -> BoolArray:
    """(N,) accounts that are not counted where they are liquidated."""
    seen: BoolArray = run.exchange.state.account[: len(run.exchange.addresses), AccountColumn.ROLE] == Role.LIQUIDATOR
    return seen


def simulate(
    question: CascadeInput,
    settings: CascadeSettings,
    run: PreparedRun,
    log: RunLog,
    watch: Watch | None = None,
    drain_rows: int = DRAIN_ROWS,
) -> Simulated:
    """Every block of a prepared run, which it changes.

    log     reads fills and events when there are `drain_rows` of either: each second of the run at once.
    watch   told the share done every PIECE_MS, after the logs where they were read.
    """
    exchange, record, snapshot = run.exchange, run.record, question.snapshot
    state, markets, clock = exchange.state, len(snapshot.markets), exchange.state.clock
    start_ms = snapshot.time_ms
    plan, found = run.plan, np.zeros(max(1, int(clock[ClockColumn.POOL_COUNT])), np.int64)
    stops = TriggerLog()
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
        if clock[ClockColumn.ERROR]:
            raise ModelError(f"log of one piece is full: {int(clock[ClockColumn.FILL_COUNT])} fills")
        rows = clock[[ClockColumn.FILL_COUNT, ClockColumn.EVENT_COUNT]]
        if rows.max() >= drain_rows or last == run.blocks:
            fills, events = state.fill[: rows[0]], state.event[: rows[1]]
            marks = Marks(record.update_ms[: record.done[MARKS]], record.update_mark[: record.done[MARKS]])
            log.read(fills, events, marks)
            if run.triggers is not None:
                stops.read(fills, events, marks, start_ms)
            clock[[ClockColumn.FILL_COUNT, ClockColumn.EVENT_COUNT]] = 0
        if watch is not None:
            watch(last / run.blocks)
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
        marks=Marks(record.update_ms[: record.done[MARKS]], record.update_mark[: record.done[MARKS]]),
        scale=scale,
        samples=int(record.done[SAMPLES]),
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


def totals_of(run: PreparedRun, done: Simulated, flow: FlowTotals) -> Totals:
    """Sums of a run. flow: those of its logs."""
    state, record = run.exchange.state, run.record
    role = state.account[state.pool[: len(done.value), PoolColumn.ACCOUNT], AccountColumn.ROLE]
    vault = record.vault[: done.samples] / UUSD
    return Totals(
        **vars(flow),
        deficit=float(np.maximum(-done.value[role != Role.MAKER], 0.0).sum()),
        vault_equity_start=float(vault[0].sum()),
        vault_equity_end=float(vault[-1].sum()),
        blocks=run.blocks,
        checks=int(record.done[CHECKS]),
    )
