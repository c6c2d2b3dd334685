"""One cascade from start to end (docs/cascade.md)."""

from __future__ import annotations

import hashlib
import math
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from liqscape.cascade.at_once import Watch
from liqscape.cascade.checks import check_input
from liqscape.cascade.question import CascadeInput, CascadeSettings
from liqscape.cascade.results import CascadeResult, Fates, FlowRows, PricePath, Progress, Winners
from liqscape.cascade.shocks import Shock
from liqscape.exchange.scale import UUSD
from liqscape.units import Float64Array, Int64Array

if TYPE_CHECKING:
    from liqscape.cascade.kernels.blocks import RunRecord
    from liqscape.cascade.prepare import PreparedRun

FOCUS_MARKETS = 8
"""Markets with overshoot, branching and clusters of their own."""


def run_cascade(
    question: CascadeInput, shock: Shock, settings: CascadeSettings | None = None, progress: Progress | None = None
) -> CascadeResult:
    """Simulate. Raises InputError or QuestionError for what cannot be simulated, naming the value.

    The kernels are compiled on first use, some tens of seconds once per machine.
    """
    from liqscape.cascade.prepare import prepare

    settings = settings or CascadeSettings()
    check_input(question, shock, settings)
    return run_prepared(question, shock, settings, prepare(question, shock, settings), progress)


def run_prepared(
    question: CascadeInput,
    shock: Shock,
    settings: CascadeSettings,
    run: PreparedRun,
    progress: Progress | None = None,
    watch: Watch | None = None,
) -> CascadeResult:
    """Simulate in a market that was prepared for it. progress and watch as in `simulate`."""
    from liqscape.cascade.fates import fates, winners
    from liqscape.cascade.flows import by_level, by_second, closed_by_market
    from liqscape.cascade.logs import ItemLog, first_adl_ms
    from liqscape.cascade.outcome import branching, clusters_reached, levels, overshoot
    from liqscape.cascade.simulating import DRAIN_ROWS, calm_record, simulate, totals_of, vaults_seen

    exchange, record, snapshot = run.exchange, run.record, question.snapshot
    calm = calm_record(settings, run)
    log, markets = ItemLog(snapshot.time_ms, vaults_seen(run)), len(snapshot.markets)

    def passed_on(share: float) -> None:
        if watch is not None:
            watch(share)
        if progress is not None:
            progress(share, by_second(log.newest, markets))

    done = simulate(question, settings, run, log, passed_on, 0 if progress else DRAIN_ROWS)
    items, scale = log.items(), done.scale
    path = path_of(record, calm, scale, done.samples)
    focus, directions = focus_of(shock, *closed_by_market(items, markets))
    root = levels(question)
    second, level = by_second(items, markets), by_level(items, scale)
    lost = fates(exchange, items, done.value)
    cut = winners(exchange, log.adl_fills(), done.marks, snapshot.time_ms, settings.horizon_ms)
    coins = snapshot.markets.coins
    return CascadeResult(
        label=shock.label,
        mode=int(settings.mode),
        start_ms=snapshot.time_ms,
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
        ),
        vault_equity=record.vault[: done.samples] / UUSD,
        vault_dex=run.vault_dexs,
        first_adl_ms=first_adl_ms(items),
        winners=cut,
        fates=lost,
        next_cluster=clusters_reached(question, root, path, focus, directions),
        totals=totals_of(run, done, log.totals(second)),
        report=run.report,
        assumptions=(*shock.notes, *run.assumptions),
        triggers=done.triggers,
        digest=_digest(exchange.digest(), done.marks.mark, (path, second, level, lost, cut)),
    )


def focus_of(
    shock: Shock, closed: Float64Array, closed_signed: Float64Array
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Markets to look at, and the direction of each: the shock's own first, then those with the most liquidated.

    closed and closed_signed as `closed_by_market` has them.
    """
    move = shock.target_log_return
    order = np.lexsort((np.arange(len(move)), -np.abs(move), -closed))
    named = [] if shock.focus is None else [shock.focus]
    rows = named + [int(row) for row in order if row != shock.focus and (closed[row] > 0.0 or move[row] != 0.0)]
    rows = rows[:FOCUS_MARKETS]
    directions = [int(np.sign(move[row])) or (1 if closed_signed[row] < 0.0 else -1) for row in rows]
    return tuple(rows), tuple(directions)


def path_of(record: RunRecord, calm: RunRecord | None, scale: Float64Array, samples: int) -> PricePath:
    """Prices at the first `samples` samples. scale (M,) ticks a USD; calm as `calm_record` has it."""
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
