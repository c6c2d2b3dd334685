"""One cascade from start to end (docs/cascade.md)."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from liqscape.cascade.at_once import Watch
from liqscape.cascade.checks import check_input
from liqscape.cascade.question import CascadeInput, CascadeSettings, Mode
from liqscape.cascade.results import (
    STAGE_ADL,
    CascadeResult,
    Fates,
    FlowRows,
    PartialRows,
    PricePath,
    Totals,
    Winners,
)
from liqscape.cascade.shocks import Shock
from liqscape.errors import ModelError
from liqscape.units import Float64Array, Int64Array

if TYPE_CHECKING:
    from liqscape.cascade.flows import Items
    from liqscape.cascade.kernels.blocks import RunRecord
    from liqscape.cascade.prepare import PreparedRun

Progress = Callable[[float, PartialRows], None]
"""Told the share done in 0..1 and the seconds since the last call."""

FOCUS_MARKETS = 8
"""Markets with overshoot, branching and clusters of their own."""
PIECE_MS = 10_000
"""Simulated time between two calls of progress."""
DRAIN_ROWS = 400_000
"""Rows of the logs at which they are read, where nobody asks for them sooner."""


def run_cascade(
    question: CascadeInput, shock: Shock, settings: CascadeSettings | None = None, progress: Progress | None = None
) -> CascadeResult:
    """Simulate. Raises InputError or QuestionError for what cannot be simulated, naming the value.

    The kernels are compiled on first use, some tens of seconds once per machine.
    """
    from liqscape.cascade.prepare import prepare

    settings = settings or CascadeSettings()
    check_input(question, shock, settings)
    return run_prepared(question, shock, settings, prepare(question, shock, settings), progress=progress)


def run_prepared(
    question: CascadeInput,
    shock: Shock,
    settings: CascadeSettings,
    run: PreparedRun,
    *,
    progress: Progress | None = None,
    watch: Watch | None = None,
    is_whole: bool = True,
) -> CascadeResult:
    """Simulate in a market that was prepared for it.

    watch     told the share done, as often as progress, but nothing of the logs, which are then read in larger parts.
    is_whole  False: overshoot of the first coin alone, no branching and no clusters. Tables and digest are the same.
    """
    from liqscape.cascade.fates import fates, pool_values, winners
    from liqscape.cascade.flows import Items, Marks, by_level, by_second, read_items
    from liqscape.cascade.kernels.blocks import (
        CHECKS,
        FOUND,
        IS_BACKSTOP,
        IS_CHECK,
        IS_FIRING,
        IS_MARK,
        MARKS,
        SAMPLES,
        run_blocks,
    )
    from liqscape.cascade.kernels.deleverage import liquidate_among
    from liqscape.cascade.kernels.firing import fire_among
    from liqscape.cascade.outcome import branching, clusters_reached, levels, overshoot
    from liqscape.cascade.prepare import calm_run
    from liqscape.cascade.trigger_flows import TriggerLog
    from liqscape.cascade.trigger_results import StopFlow
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
    from liqscape.exchange.stages import run_stages

    exchange, record, snapshot = run.exchange, run.record, question.snapshot
    calm = None
    if settings.mode != Mode.GIVEN:
        state, outside, calm, plan = calm_run(run, settings)
        run_blocks(state, run.index, outside, calm, plan, found=np.zeros(1, np.int64), last_block=run.blocks)

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
    items = Items.join(parts)
    marks = Marks(record.update_ms[: record.done[MARKS]], record.update_mark[: record.done[MARKS]])

    scale = 10.0 ** (6 - np.array([market.size_decimals for market in snapshot.markets.rows]))
    samples = int(record.done[SAMPLES])
    path = _path(record, calm, scale, samples)
    focus, directions = _focus(shock, items.market, items.side * _notional(items), markets)
    focus, directions = (focus, directions) if is_whole else (focus[:1], directions[:1])
    root = levels(question) if is_whole else np.zeros(0)
    second, level = by_second(items, markets), by_level(items, scale)
    vault = record.vault[:samples] / 1e6
    adl_times = items.time_ms[items.stage == STAGE_ADL]
    value = pool_values(exchange)
    role = state.account[state.pool[: len(value), PoolColumn.ACCOUNT], AccountColumn.ROLE]
    lost = fates(exchange, items, value)
    cut = winners(exchange, np.concatenate(adl_fills), marks, start_ms, settings.horizon_ms)
    coins = snapshot.markets.coins
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
    return CascadeResult(
        label=shock.label,
        mode=int(settings.mode),
        start_ms=start_ms,
        coins=coins,
        focus=focus,
        per_second=second,
        per_level=level,
        path=path,
        overshoot=tuple(overshoot(path, m, coins[m], d) for m, d in zip(focus, directions, strict=True)),
        branching=tuple(
            branching(
                question,
                path,
                root,
                one_percent=run.profiles.one_percent,
                market=m,
                direction=d,
                target_log_return=float(shock.target_log_return[m]),
            )
            for m, d in zip(focus, directions, strict=True)
            if is_whole
        ),
        vault_equity=vault,
        vault_dex=run.vault_dexs,
        first_adl_ms=int(adl_times[0]) if len(adl_times) else None,
        winners=cut,
        fates=lost,
        next_cluster=clusters_reached(question, root, path, focus, directions) if is_whole else (),
        totals=Totals(
            sent=float(second.sent.sum()),
            filled=float(second.filled.sum()),
            backstop=float(second.backstop.sum()),
            adl=float(second.adl.sum()),
            accounts=int(second.accounts.sum()),
            orders=orders,
            takeovers=takeovers,
            adl_fills=len(cut.time_ms),
            slippage=float(second.slippage.sum()),
            deficit=float(np.maximum(-value[role != Role.MAKER], 0.0).sum()),
            vault_equity_start=float(vault[0].sum()),
            vault_equity_end=float(vault[-1].sum()),
            blocks=run.blocks,
            checks=int(record.done[CHECKS]),
        ),
        report=run.report,
        assumptions=(*shock.notes, *run.assumptions),
        triggers=flow,
        digest=_digest(exchange.digest(), record.update_mark[: record.done[MARKS]], (path, second, level, lost, cut)),
    )


def _notional(items: Items) -> Float64Array:
    return items.filled + items.backstop + items.adl


def _focus(
    shock: Shock, market: Int64Array, signed: Float64Array, count: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Markets to look at and the direction of each: the shock's own first, then those with the most liquidated."""
    size = np.bincount(market, np.abs(signed), count)
    long_share = np.bincount(market, signed, count)
    move = shock.target_log_return
    order = np.lexsort((np.arange(count), -np.abs(move), -size))
    named = [] if shock.focus is None else [shock.focus]
    rows = named + [int(row) for row in order if row != shock.focus and (size[row] > 0.0 or move[row] != 0.0)]
    rows = rows[:FOCUS_MARKETS]
    directions = [int(np.sign(move[row])) or (1 if long_share[row] < 0.0 else -1) for row in rows]
    return tuple(rows), tuple(directions)


def _path(record: RunRecord, calm: RunRecord | None, scale: Float64Array, samples: int) -> PricePath:
    rows = slice(0, samples)
    mark: Float64Array = record.mark[rows] / scale
    if calm is None:
        unknown = np.full(mark.shape, math.nan)
        outside = record.outside[rows] / scale
        return PricePath(
            time_ms=record.sample_ms[rows],
            mark=mark,
            mid=unknown,
            outside=outside,
            exogenous=outside,
            calm_mark=mark,
            calm_mid=unknown,
            withdrawal_bid=unknown,
            withdrawal_ask=unknown,
        )
    return PricePath(
        time_ms=record.sample_ms[rows],
        mark=mark,
        mid=record.middle[rows] / scale,
        outside=record.outside[rows] / scale,
        exogenous=calm.outside[rows] / scale,
        calm_mark=calm.mark[rows] / scale,
        calm_mid=calm.middle[rows] / scale,
        withdrawal_bid=record.withdrawal[rows, :, 0],
        withdrawal_ask=record.withdrawal[rows, :, 1],
    )


def _digest(state: str, marks: Int64Array, tables: tuple[PricePath | FlowRows | Fates | Winners, ...]) -> str:
    total = hashlib.sha256(state.encode())
    total.update(np.ascontiguousarray(marks, "<i8").data)
    for table in tables:
        for field in fields(table):
            column = getattr(table, field.name)
            if isinstance(column, tuple):
                total.update("\n".join(each or "" for each in column).encode())
            else:
                total.update(np.ascontiguousarray(column, column.dtype.newbyteorder("<")).data)
    return total.hexdigest()
