"""A saved account solved: pools settled, every position through the one solver, each published value in one class."""

from __future__ import annotations

import math

import numpy as np

from liqscape.errors import InputError, ModelError
from liqscape.model.accounts import Accounts, PublishedState
from liqscape.model.margin_tables import MarginTable, MarginTables
from liqscape.model.markets import Market, Markets, MarketSnapshot
from liqscape.risk.inference.classes import RowClass
from liqscape.risk.liquidation import LevelStatus, solve_liquidation
from liqscape.risk.margin import maintenance_margin
from liqscape.states.account_answer import (
    AccountRow,
    MarginSourceDetail,
    PoolRow,
    PositionRow,
    SolveAnswer,
    TablesRow,
)
from liqscape.states.account_pools import HeldPool, HeldPosition, PoolSource, all_positions, build_pools
from liqscape.states.builtin_tables import tables_in_force
from liqscape.states.child_trait import CHILD_LEVERAGE
from liqscape.states.pool_settlement import PoolSettlement, settle_pool
from liqscape.states.position_table import UNKNOWN_TABLE
from liqscape.units import Float64Array, PoolMode
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.saved_state import SavedAccount

REPRODUCED_TOLERANCE = 1e-4
"""Relative, as in the classes of the recorded market; the error itself is printed beside it."""

NOT_SOLVED = "not_solved"
"""Class of every row of a pool with a row that cannot be read."""


def solve_account(account: SavedAccount, given: CoinTables | None, source: str) -> SolveAnswer:
    """Prices of all positions of one account. `given` margin tables come before an excerpt in the file and the dated
    built-in ones. Raises InputError where the file leaves a margin table or a coin open.
    """
    given = given or account.excerpt
    pools = build_pools(account, given, source)
    for held in all_positions(pools):
        if held.choices[0].source == UNKNOWN_TABLE and not account.faults:
            raise InputError(held.doubt, file=source)
    tables, rows_of = _table_rows(pools)
    try:
        snapshot = _snapshot(pools, account.time_ms)
    except ModelError as error:
        raise InputError(f"{source}: {error}", file=source) from None
    settled = [
        settle_pool(pool, [[rows_of[choice.table.tiers] for choice in held.choices] for held in pool.positions], tables)
        for pool in pools
    ]
    is_child = _is_child(pools)
    pool_rows: list[PoolRow] = []
    position_rows: list[PositionRow] = []
    for pool, settlement in zip(pools, settled, strict=True):
        pool_rows.append(_pool_row(pool, settlement, tables))
        if pool.positions:
            accounts = map_pool(pool, settlement, snapshot, account)
            position_rows += _position_rows(pool, settlement, accounts, snapshot, tables, is_child=is_child)
    in_use = given or tables_in_force(account.time_ms)
    return SolveAnswer(
        file=source,
        time_ms=account.time_ms,
        tables=TablesRow(in_use.name, in_use.date),
        account=_account_row(account, pool_rows),
        positions=tuple(position_rows),
        skipped_rows=account.skipped_count,
        unread_rows=account.faults,
    )


def map_pool(pool: HeldPool, settlement: PoolSettlement, snapshot: MarketSnapshot, account: SavedAccount) -> Accounts:
    """The pool once for each of its P positions, with the raw USD that position is to be solved with.

    Row p * P + p of the result is position p. One copy is enough where all raw USD are the same, and then it is row p.
    """
    size = np.array([held.size for held in pool.positions])
    count = len(size)
    is_same = bool(np.all(settlement.raw_usd_without == settlement.raw_usd))
    copies = 1 if is_same else count
    market = [snapshot.markets.index_of(held.coin) for held in pool.positions]
    return Accounts.build(
        addresses=[account.address or ""],
        address_row=[0] * copies,
        raw_usd=[settlement.raw_usd] if is_same else settlement.raw_usd_without,
        offsets=np.arange(copies + 1) * count,
        market_index=np.tile(market, copies),
        size=np.tile(size, copies),
        table_row=np.tile(settlement.table_row, copies),
        margin_source=[settlement.margin_source] * copies,
        mode=[settlement.mode] * copies,
        observed_ms=[account.time_ms] * copies,
        entry_price=np.tile([held.entry_price for held in pool.positions], copies),
        leverage=np.tile([held.leverage for held in pool.positions], copies),
        observed_mark=np.tile([held.mark for held in pool.positions], copies),
        published=np.tile([int(held.published) for held in pool.positions], copies),
        published_price=np.tile([held.price for held in pool.positions], copies),
    )


def _table_rows(pools: tuple[HeldPool, ...]) -> tuple[MarginTables, dict[object, int]]:
    rows_of: dict[object, int] = {}
    tables: list[MarginTable] = []
    for held in all_positions(pools):
        for choice in held.choices:
            if choice.table.tiers not in rows_of:
                rows_of[choice.table.tiers] = len(tables)
                tables.append(MarginTable(len(tables), choice.table.tiers, choice.table.description))
    return MarginTables.build(tables), rows_of


def _snapshot(pools: tuple[HeldPool, ...], time_ms: int) -> MarketSnapshot:
    held = all_positions(pools)
    markets = Markets.build(
        Market(
            coin=each.coin, size_decimals=0, max_leverage=each.choices[0].table.max_leverage, table_row=0, dex=each.dex
        )
        for each in held
    )
    return MarketSnapshot.of_marks(markets, time_ms, np.array([each.mark for each in held]))


def _is_child(pools: tuple[HeldPool, ...]) -> bool:
    held = all_positions(pools)
    has_only_fifty = all(each.max_leverage == CHILD_LEVERAGE for each in held)
    return len(held) > 1 and has_only_fifty and not all(each.choices[0].is_present for each in held)


def _pool_row(pool: HeldPool, settlement: PoolSettlement, tables: MarginTables) -> PoolRow:
    size = np.array([held.size for held in pool.positions])
    exposure = size * np.array([held.mark for held in pool.positions])
    maintenance = float(maintenance_margin(np.abs(exposure), settlement.table_row, tables).sum())
    if pool.doubt:
        maintenance = math.nan
    difference = None
    if pool.maintenance is not None and not pool.is_abridged and not pool.doubt:
        difference = maintenance - pool.maintenance
    detail = MarginSourceDetail(
        source=settlement.source,
        price_count=settlement.price_count,
        agreeing_count=settlement.agreeing_count,
        spread=_known(settlement.spread),
        state_difference=_known(settlement.state_difference),
        maintenance_difference=difference,
        is_cross_checked=settlement.is_cross_checked,
        note=_note(pool, settlement),
    )
    return PoolRow(
        margin_mode=settlement.mode.name.lower(),
        coins=tuple(held.coin for held in pool.positions),
        raw_usd=_known(settlement.raw_usd),
        free_margin=_known(settlement.free_margin),
        account_value=_known(settlement.raw_usd + float(exposure.sum())),
        maintenance_margin=_known(maintenance),
        margin_source=settlement.margin_source.name.lower(),
        margin_source_detail=detail,
    )


def _note(pool: HeldPool, settlement: PoolSettlement) -> str:
    notes = []
    agreeing, count = settlement.agreeing_count, settlement.price_count
    if pool.doubt:
        return f"not solved, since a row of it cannot be read: {pool.doubt}"
    if pool.caution and settlement.source in (PoolSource.SPOT_BALANCE, PoolSource.UNKNOWN):
        notes.append(pool.caution)
    if pool.is_abridged:
        notes.append("positions were left out of the file: raw_usd is what the shown ones see, the rest held still")
    if settlement.source is PoolSource.UNKNOWN and pool.positions:
        notes.append("neither the state nor the published prices say what backs these positions")
    elif settlement.source is PoolSource.PUBLISHED_PRICES and count == 1:
        notes.append("the only published price gave the free margin, so it cannot be cross-checked")
    elif settlement.source is PoolSource.PUBLISHED_PRICES and settlement.mode is PoolMode.CROSS:
        notes.append("state and prices were read a moment apart; each price is solved from the others")
    elif settlement.source is PoolSource.PUBLISHED_PRICES:
        notes.append("account value is not what backs these positions; each is solved from the prices of the others")
    elif pool.positions and not count:
        notes.append("no published price confirms it")
    if count and agreeing < count and settlement.source is not PoolSource.UNKNOWN:
        notes.append(
            f"{count - agreeing} of {count} published prices {'does' if count - agreeing == 1 else 'do'} not agree"
        )
    return "; ".join(notes)


def _account_row(account: SavedAccount, pools: list[PoolRow]) -> AccountRow:
    holding = [pool for pool in pools if pool.coins]
    first = holding[0] if holding else pools[0]
    mode = "standard" if first.margin_mode == "cross" else first.margin_mode
    return AccountRow(
        address=account.address,
        margin_mode=mode,
        raw_usd=first.raw_usd,
        free_margin=first.free_margin,
        account_value=first.account_value,
        maintenance_margin=first.maintenance_margin,
        margin_source=first.margin_source,
        margin_source_detail=first.margin_source_detail,
        pools=tuple(holding or pools[:1]),
        isolated_margin_left=_isolated_margin_left(account),
    )


def _isolated_margin_left(account: SavedAccount) -> float | None:
    left = [state.isolated_margin_left for _, state in account.states]
    return sum(each for each in left if each is not None) or None


def _position_rows(
    pool: HeldPool,
    settlement: PoolSettlement,
    accounts: Accounts,
    snapshot: MarketSnapshot,
    tables: MarginTables,
    *,
    is_child: bool,
) -> list[PositionRow]:
    solved = solve_liquidation(accounts, snapshot, tables)
    count = len(pool.positions)
    step = 0 if accounts.pool_count == 1 else count
    rows = []
    for number, held in enumerate(pool.positions):
        row = number * step + number
        price, status = float(solved.price[row]), LevelStatus(int(solved.status[row]))
        choice = held.choices[int(settlement.choice[number])]
        is_only = settlement.source is PoolSource.PUBLISHED_PRICES and settlement.price_count == 1
        is_own = is_only and held.published is PublishedState.PRICE
        error = abs(price / held.price - 1.0) if not (is_own or math.isnan(price) or math.isnan(held.price)) else None
        row_class = NOT_SOLVED
        if not pool.doubt:
            row_class = _classify(held, status, error, is_own=is_own, is_present=choice.is_present, is_child=is_child)
        solved_from = "own_price" if is_own else "other_prices"
        rows.append(
            PositionRow(
                coin=held.coin,
                dex=held.dex,
                margin_mode="isolated" if settlement.mode is PoolMode.ISOLATED else "cross",
                size=held.size,
                mark=_known(held.mark),
                notional=_known(abs(held.size) * held.mark),
                max_leverage=choice.table.max_leverage,
                liquidation_price=_known(price),
                published_liquidation_price=_known(held.price),
                relative_error=error,
                row_class=row_class,
                status=status.name.lower(),
                tier_at_liquidation=int(solved.tier[row]) if status is LevelStatus.OK else None,
                solved_from=solved_from if settlement.source is PoolSource.PUBLISHED_PRICES else "state",
                margin_table=choice.table.description,
                margin_table_source=choice.source,
            )
        )
    return rows


def _classify(
    held: HeldPosition, status: LevelStatus, error: float | None, *, is_own: bool, is_present: bool, is_child: bool
) -> RowClass:
    if held.published is PublishedState.NONE:
        if status is LevelStatus.UNKNOWN:
            return RowClass.NULL_ALONE
        return RowClass.NULL_CONTRADICTED if status is LevelStatus.OK else RowClass.NULL_AGREES
    if is_own:
        return RowClass.ONLY_PRICE
    if error is None or error > REPRODUCED_TOLERANCE:
        return RowClass.UNEXPLAINED
    if is_child:
        return RowClass.EXEMPT_TABLE
    return RowClass.REPRODUCED if is_present else RowClass.OLDER_TABLE


def _known(value: float | Float64Array) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
