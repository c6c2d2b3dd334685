"""From a question to the tables a run works on: exchange, profiles, outside prices, index, room for records."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from liqscape.cascade.assumptions import assumptions_of, trigger_notes
from liqscape.cascade.depth import Profiles, build_profiles, day_volume_of, drawn_profiles
from liqscape.cascade.kernels.blocks import (
    BLOCK_MS,
    IS_COUPLED,
    IS_INDEXED,
    PENDING,
    PLAN,
    SAMPLE_BLOCKS,
    START_MS,
    RunRecord,
)
from liqscape.cascade.kernels.holders import Holders
from liqscape.cascade.kernels.index import Index, empty_index
from liqscape.cascade.kernels.outside import Outside
from liqscape.cascade.own_tables import own_state, own_table
from liqscape.cascade.question import CascadeInput, CascadeSettings, Mode
from liqscape.cascade.results import InputReport
from liqscape.cascade.shocks import Shock
from liqscape.errors import InputError, ModelError
from liqscape.exchange.columns import (
    AccountColumn,
    BookKind,
    ClockColumn,
    MarketColumn,
    PoolColumn,
    PositionColumn,
    Role,
)
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.market_loader import load_accounts
from liqscape.exchange.rules import MarkSource, Rules
from liqscape.exchange.scale import UUSD, from_lots, marks_to_ticks, price_scale, to_uusd
from liqscape.exchange.state import State
from liqscape.exchange.trigger_loader import TriggerLoad, load_triggers
from liqscape.units import Float64Array, Int64Array

EXPONENTIALS = 8
"""Of eq. 10: within 1 % of the power law up to 10 tau."""
MIN_SCALE = 0.002
"""Relative move a market is expected to make even if the shock leaves it alone; a matter of speed."""
LOG_ROWS = 2_000_000
"""Room for fills and events between two drains, besides some for every position."""


@dataclass(frozen=True, kw_only=True)
class PreparedRun:
    """Everything one run needs; arrays are changed by it."""

    exchange: Exchange
    profiles: Profiles
    outside: Outside
    index: Index
    holders: Holders
    record: RunRecord
    plan: Int64Array
    blocks: int
    vault_dexs: tuple[str, ...]
    report: InputReport
    assumptions: tuple[str, ...]
    triggers: TriggerLoad | None
    """None: the question has none."""


@dataclass(frozen=True, kw_only=True)
class LoadedMarket:
    """What does not depend on depth, outside prices or the order of accounts: runs that differ in those share it."""

    exchange: Exchange
    holders: Holders
    index: Index
    vault_dexs: tuple[str, ...]
    report: InputReport
    notes: tuple[str, ...]
    triggers: TriggerLoad | None

    def copied(self, settings: CascadeSettings, used: LoadedMarket | None = None) -> LoadedMarket:
        """A market of its own for one run under these settings.

        used  a copy whose run is over: its tables are written over, and no new memory is asked for. That takes a third
              of the time, for the system hands out memory only once it has wiped it.
        """
        state = own_state(self.exchange.state, None if used is None else used.exchange.state)
        before = {} if used is None else used.index._asdict()
        index = Index(**{name: own_table(column, before.get(name)) for name, column in self.index._asdict().items()})
        holders = self.holders.copied(None if used is None else used.holders)
        exchange = self.exchange.twin(state, _rules_of(settings))
        return replace(self, exchange=exchange, holders=holders, index=index)


def load_market(question: CascadeInput, shock: Shock, settings: CascadeSettings) -> LoadedMarket:
    """The accounts of a question in an exchange. Raises InputError where amounts pass the exchange's bounds."""
    exchange, report, notes = _load(question, settings)
    triggers = None
    if question.triggers is not None:
        triggers = load_triggers(exchange, question.triggers, question.accounts.addresses)
        notes = (*notes, *trigger_notes(triggers))
    scale = np.maximum(np.abs(np.expm1(shock.target_log_return)), MIN_SCALE)
    direction = np.where(shock.target_log_return > 0.0, 1, -1)
    return LoadedMarket(
        exchange=exchange,
        holders=holders_of(exchange.state),
        index=empty_index(int(exchange.state.clock[ClockColumn.POOL_COUNT]), scale, direction),
        vault_dexs=tuple(dex for dex, _ in vaults_of(exchange, settings)),
        report=report,
        notes=notes,
        triggers=triggers,
    )


def prepare(
    question: CascadeInput,
    shock: Shock,
    settings: CascadeSettings,
    market: LoadedMarket | None = None,
    quiet: Profiles | None = None,
) -> PreparedRun:
    """A run at its first block, in a market that is its own. Raises as load_market.

    quiet  of `quiet_profiles`, for a run that is not asked what was assumed about depth.
    """
    snapshot = question.snapshot
    market = market or load_market(question, shock, settings)
    exchange, index = market.exchange, market.index
    depth = settings.depth
    profiles = build_profiles(question, depth) if quiet is None else drawn_profiles(question, quiet, depth)
    if settings.mode != Mode.GIVEN:
        exchange.set_profiles(profiles.profile, profiles.state)
    state = exchange.state
    state.market[:, MarketColumn.LAST] = state.market[:, MarketColumn.MARK]
    oracle = np.where(snapshot.oracle > 0.0, snapshot.oracle, snapshot.mark)
    ticks = marks_to_ticks(oracle, state.market[:, MarketColumn.SIZE_DECIMALS])
    for column in (MarketColumn.ORACLE, MarketColumn.NEXT_ORACLE, MarketColumn.PREVIOUS_ORACLE):
        state.market[:, column] = np.where(state.market[:, MarketColumn.MARK] > 0, ticks, 0)
    outside = _outside(question, shock, settings, profiles, oracle)
    blocks = settings.horizon_ms // settings.block_ms
    sample_blocks = max(1, round(settings.sample_ms / settings.block_ms))
    vaults = np.arange(len(exchange.addresses) - len(market.vault_dexs), len(exchange.addresses))
    record = _record(len(snapshot.markets), blocks // sample_blocks + 1, blocks + 2, vaults, settings)
    is_coupled = settings.mode == Mode.COUPLED
    plan = np.zeros(PLAN, np.int64)
    plan[[BLOCK_MS, START_MS, SAMPLE_BLOCKS]] = settings.block_ms, snapshot.time_ms, sample_blocks
    plan[[IS_INDEXED, IS_COUPLED, PENDING]] = settings.is_indexed, is_coupled, -1
    real = sum(book is not None for book in question.books)
    report = replace(market.report, real_books=real, parametric_books=len(question.books) - real)
    return PreparedRun(
        exchange=exchange,
        profiles=profiles,
        outside=outside,
        index=index,
        holders=market.holders,
        record=record,
        plan=plan,
        blocks=blocks,
        vault_dexs=market.vault_dexs,
        report=report,
        assumptions=market.notes if settings.mode == Mode.GIVEN else (*market.notes, *profiles.notes),
        triggers=market.triggers,
    )


def calm_run(
    run: PreparedRun, settings: CascadeSettings, markets: slice
) -> tuple[State, Outside, RunRecord, Int64Array]:
    """These markets with no accounts in them, copied so that they can be run before the run itself."""
    state, outside = run.exchange.state, run.outside
    by_market = ("market", "average", "venue", "profile", "profile_state", "level", "trigger_side")
    copied = state._replace(
        clock=state.clock.copy(),
        flow=state.flow.copy(),
        trigger_counter=np.zeros_like(state.trigger_counter),
        **{name: getattr(state, name)[markets].copy() for name in by_market},
    )
    for counter in (
        ClockColumn.ACCOUNT_COUNT,
        ClockColumn.POOL_COUNT,
        ClockColumn.LIQUIDATOR_COUNT,
        ClockColumn.HOLDING_COUNT,
    ):
        copied.clock[counter] = 0
    of_market = ("oracle_start", "mark_start", "middle_start", "target", "impact", "transient", "middle")
    quiet = outside._replace(
        share=outside.share.copy(), **{name: getattr(outside, name)[markets].copy() for name in of_market}
    )
    record = _record(len(copied.market), len(run.record.sample_ms), run.blocks + 2, np.zeros(0, np.int64), settings)
    plan = run.plan.copy()
    plan[IS_INDEXED] = 0
    return copied, quiet, record, plan


def _load(question: CascadeInput, settings: CascadeSettings) -> tuple[Exchange, InputReport, tuple[str, ...]]:
    snapshot, accounts = question.snapshot, question.accounts
    kind = BookKind.AT_MARK if settings.mode == Mode.GIVEN else BookKind.PROFILE
    try:
        exchange = Exchange.build(
            snapshot.markets,
            question.tables,
            _rules_of(settings),
            time_ms=snapshot.time_ms,
            book_kind=kind,
            can_trade=False,
        )
        loaded = load_accounts(exchange, accounts, snapshot, exempt_role=Role.MAKER, collateral=question.collateral)
        for place, (dex, equity) in enumerate(vaults_of(exchange, settings)):
            exchange.open_account(
                liquidator_address(place), to_uusd(equity), Role.LIQUIDATOR, dex=exchange.dexs.index(dex)
            )
    except ModelError as error:
        raise InputError(str(error)) from None
    exchange.clear_logs(LOG_ROWS + 4 * accounts.position_count)
    decimals = exchange.state.market[:, MarketColumn.SIZE_DECIMALS]
    residual = from_lots(loaded.residual_lots, decimals)
    without = int(np.count_nonzero(~(snapshot.mark > 0.0)))
    report = InputReport(
        addresses=int(np.count_nonzero(np.bincount(accounts.address_row))),
        pools=accounts.pool_count,
        positions=accounts.position_count,
        left_out_pools=loaded.left_out_count,
        residual=residual,
        real_books=0,
        parametric_books=0,
        markets_without_mark=without,
    )
    return exchange, report, assumptions_of(question, settings, loaded.left_out_count, residual, without)


def _rules_of(settings: CascadeSettings) -> Rules:
    is_given = settings.mode == Mode.GIVEN
    return replace(settings.rules, mark_source=MarkSource.GIVEN if is_given else MarkSource.MEDIAN)


def holders_of(state: State) -> Holders:
    """Users' and trading vaults' pools by market and side."""
    pools = int(state.clock[ClockColumn.POOL_COUNT])
    rows = state.pool[:pools]
    role = state.account[rows[:, PoolColumn.ACCOUNT], AccountColumn.ROLE]
    count = np.where((role == Role.USER) | (role == Role.VAULT), rows[:, PoolColumn.COUNT], 0)
    pool = np.repeat(np.arange(pools), count)
    start = np.cumsum(count) - count
    position = np.arange(int(count.sum())) - np.repeat(start - rows[:, PoolColumn.START], count)
    market, lots = state.position[position, PositionColumn.MARKET], state.position[position, PositionColumn.LOTS]
    key = 2 * market + (lots < 0)
    markets = state.market.shape[0]
    order = np.argsort(key.astype(np.uint16) if 2 * markets <= 2**16 else key, kind="stable")  # 16 bits: a radix sort
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return Holders(
        starts=np.concatenate(([0], np.cumsum(np.bincount(key, minlength=2 * markets)))).astype(np.int64),
        pool=pool[order].astype(np.uint32),
        market=market[order].astype(np.int32),
        first=np.concatenate(([0], np.cumsum(count))).astype(np.int32),
        place=place,
        has_collateral=rows[:, PoolColumn.HOLDING] != 0,
        lots=lots[order].astype(np.int64),
        entry=state.position[position[order], PositionColumn.ENTRY].astype(np.int64),
        value=rows[:, PoolColumn.CASH].astype(np.int64),
        mark=np.zeros(markets, np.int64),
    )


def vaults_of(exchange: Exchange, settings: CascadeSettings) -> list[tuple[str, float]]:
    """(dex, USD) of the liquidator vaults whose dex is in the market."""
    return [vault for vault in settings.vaults if vault[0] in exchange.dexs]


def liquidator_address(place: int) -> str:
    """Address of the liquidator vault at a place of the list; nobody real has it."""
    return "0x" + "e" * 38 + f"{place:02x}"


def _outside(
    question: CascadeInput, shock: Shock, settings: CascadeSettings, profiles: Profiles, oracle: Float64Array
) -> Outside:
    snapshot = question.snapshot
    count = len(snapshot.markets)
    scale = np.array([price_scale(market.size_decimals) for market in snapshot.markets.rows], np.float64)
    known = snapshot.mark > 0.0
    mark = np.where(known, snapshot.mark, 0.0) * scale
    middle = np.where(known, mark if settings.mode == Mode.GIVEN else profiles.middle * scale, 0.0)
    weight, keep = propagator(settings.outside.decay_ms, settings.block_ms)
    impact, depth = np.zeros((count, 3)), settings.depth
    volatility = np.where(question.day_volatility > 0.0, question.day_volatility, depth.day_volatility)
    volume = day_volume_of(question, settings.depth) * settings.outside.volume_multiple * UUSD
    has_volume = volume > 0.0
    impact[has_volume, 0] = settings.outside.factor * volatility[has_volume] / np.sqrt(volume[has_volume])
    return Outside(
        oracle_start=np.where(known, oracle, 0.0) * scale,
        mark_start=mark,
        middle_start=middle,
        target=np.ascontiguousarray(shock.target_log_return, np.float64),
        shape=np.array([int(shock.shape), shock.duration_ms], np.int64),
        impact=impact,
        transient=np.zeros((count, len(weight))),
        weight=weight,
        keep=keep,
        theta=np.array([settings.outside.theta, settings.outside.forced_multiple]),
        middle=middle.copy(),
        share=np.full(1, -1.0),
        profile_keep=np.exp(
            -settings.block_ms / np.array([depth.anchor_lag_ms, depth.volatility_window_ms, depth.recovery_ms])
        ),
    )


def propagator(decay_ms: float, block_ms: int) -> tuple[Float64Array, Float64Array]:
    """(weights, what each exponential keeps a block) of eq. 10."""
    nodes, weights = np.polynomial.hermite.hermgauss(2 * EXPONENTIALS)
    half = nodes > 0.0
    weight = 2.0 * weights[half] / math.sqrt(math.pi)
    keep: Float64Array = np.exp(-(nodes[half] ** 2) * block_ms / decay_ms)
    return weight / weight.sum(), keep


def _record(markets: int, samples: int, updates: int, vaults: Int64Array, settings: CascadeSettings) -> RunRecord:
    updates = min(updates, settings.horizon_ms // settings.rules.mark_period_ms + 2)
    return RunRecord(
        market=np.arange(markets),
        done=np.zeros(3, np.int64),
        sample_ms=np.zeros(samples, np.int64),
        mark=np.zeros((samples, markets)),
        middle=np.zeros((samples, markets)),
        outside=np.zeros((samples, markets)),
        withdrawal=np.zeros((samples, markets, 2)),
        vault=np.zeros((samples, len(vaults)), np.int64),
        vault_row=vaults.astype(np.int64),
        update_ms=np.zeros(updates, np.int64),
        update_mark=np.zeros((updates, markets), np.int64),
    )
