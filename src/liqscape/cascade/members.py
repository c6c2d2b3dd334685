"""A run of an ensemble: its figures, and none of the tables that only a run on its own is asked for."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from liqscape.cascade.at_once import Watch
from liqscape.cascade.kernels.blocks import RunRecord
from liqscape.cascade.logs import SumLog
from liqscape.cascade.outcome import overshoot
from liqscape.cascade.prepare import PreparedRun
from liqscape.cascade.question import CascadeInput, CascadeSettings
from liqscape.cascade.results import Overshoot, Totals
from liqscape.cascade.run import focus_of, path_of
from liqscape.cascade.shocks import Shock
from liqscape.cascade.simulating import calm_record, simulate, totals_of, vaults_seen
from liqscape.cascade.trigger_results import StopFlow
from liqscape.exchange.columns import ClockColumn, PoolColumn, PositionColumn
from liqscape.exchange.exchange import Exchange
from liqscape.units import Int64Array


@dataclass(frozen=True)
class Member:
    """Figures of one run by name (NaN where it has none), and the flow of its triggers.

    digest  SHA-256 over what every pool holds and has at the end, every mark and the figures.
    """

    figures: dict[str, float]
    digest: str
    triggers: StopFlow | None


def run_member(
    question: CascadeInput, shock: Shock, settings: CascadeSettings, run: PreparedRun, watch: Watch | None = None
) -> Member:
    """Simulate in a market that was prepared for it, to the bit as `run_cascade` with these settings would.

    The first coin's prices alone are wanted. Where the shock names that, only they are sampled, and the path without
    liquidations is made of it alone.
    """
    markets = slice(None) if shock.focus is None else slice(shock.focus, shock.focus + 1)
    calm = calm_record(settings, run, markets)
    run = replace(run, record=_of_markets(run.record, markets))
    log = SumLog(question.snapshot.time_ms, vaults_seen(run), len(question.snapshot.markets))
    done = simulate(question, settings, run, log, watch)
    focus, directions = focus_of(shock, log.closed, log.closed_signed)
    first = None
    if focus:
        path = path_of(run.record, calm, done.scale[markets], done.samples)
        place = focus[0] - (markets.start or 0)
        first = overshoot(path, place, question.snapshot.markets.coins[focus[0]], directions[0])
    figures = figures_of(totals_of(run, done, log.totals()), log.first_adl_ms, first)
    digest = hashlib.sha256()
    for held in _holdings(run.exchange):
        digest.update(np.ascontiguousarray(held, "<i8").data)
    digest.update(np.ascontiguousarray(done.marks.mark, "<i8").data)
    digest.update(np.array(list(figures.values()), "<f8").data)
    return Member(figures, digest.hexdigest(), done.triggers)


def _holdings(exchange: Exchange) -> Iterator[Int64Array]:
    """Money of every pool, market, lots and entry of every position, and coins held as collateral.

    A sixth of the state. The SHA-256 of all of it takes 0.06 s, of this 0.01.
    """
    state = exchange.state
    pools, positions = int(state.clock[ClockColumn.POOL_COUNT]), int(state.clock[ClockColumn.POSITION_END])
    for of_pool in (PoolColumn.CASH, PoolColumn.COUNT):
        yield state.pool[:pools, of_pool]
    for of_position in (PositionColumn.MARKET, PositionColumn.LOTS, PositionColumn.ENTRY):
        yield state.position[:positions, of_position]
    yield state.holding[: int(state.clock[ClockColumn.HOLDING_COUNT])]


def _of_markets(record: RunRecord, markets: slice) -> RunRecord:
    """Room for samples of these markets."""
    market = record.market[markets].copy()
    by_market = ("mark", "middle", "outside", "withdrawal")
    tables = {name: getattr(record, name) for name in by_market}
    room = {name: np.zeros((len(table), len(market), *table.shape[2:])) for name, table in tables.items()}
    return record._replace(market=market, **room)


def figures_of(totals: Totals, first_adl_ms: int | None, first: Overshoot | None) -> dict[str, float]:
    """The figures whose quantiles are reported; NaN where a run has none. USD, coins of the first focus market, ms."""
    return {
        "sent": totals.sent,
        "filled": totals.filled,
        "backstop": totals.backstop,
        "adl": totals.adl,
        "accounts": float(totals.accounts),
        "slippage": totals.slippage,
        "deficit": totals.deficit,
        "vault_equity_end": totals.vault_equity_end,
        "first_adl_ms": math.nan if first_adl_ms is None else float(first_adl_ms),
        "extreme_mark": math.nan if first is None else first.extreme_mark,
        "overshoot": math.nan if first is None else first.overshoot,
        "widest_gap": math.nan if first is None else first.widest_gap,
        "half_recovery_ms": math.nan
        if first is None or first.half_recovery_ms is None
        else float(first.half_recovery_ms),
        "lowest_withdrawal": math.nan if first is None else first.lowest_withdrawal,
    }
