"""Empty state of an exchange: its markets, its rules, and room that takes no memory until it is used."""

from __future__ import annotations

import numpy as np

from liqscape.errors import ModelError
from liqscape.exchange.columns import (
    FEE_UNIT,
    NO_ROW,
    VENUES,
    AccountColumn,
    AverageColumn,
    BookKind,
    ClockColumn,
    EventColumn,
    FillColumn,
    FlowColumn,
    HoldingColumn,
    LevelColumn,
    MarketColumn,
    OrderColumn,
    PoolColumn,
    PositionColumn,
)
from liqscape.exchange.depth_columns import Depth, ProfileState
from liqscape.exchange.room import MAX_TRIGGERS, no_triggers
from liqscape.exchange.rules import Rules
from liqscape.exchange.scale import UUSD, multiplier_of, scaled_tiers
from liqscape.exchange.state import State
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets
from liqscape.units import HOUR_MS

LEVELS = 1_024
"""Price levels of a book side."""
IMPACT_USD = {"BTC": 20_000, "ETH": 20_000}
"""Notional walked for the funding premium; 6,000 USD for all others (HL.DOC.CONTRACTS)."""
OTHER_IMPACT_USD = 6_000
MAX_LOOSE_HOLDINGS = 64
"""Room for holdings beyond one an account."""


def empty_state(
    markets: Markets,
    tables: MarginTables,
    rules: Rules,
    *,
    time_ms: int,
    book_kind: int,
    can_trade: bool,
    max_accounts: int,
    max_orders: int,
    max_fills: int,
    max_triggers: int = MAX_TRIGGERS,
    position_rows: int | None = None,
) -> State:
    """Tables for up to the given numbers of accounts, orders, triggers and fills or events between two drains.

    `can_trade` False leaves out order books and leverage settings: positions can then only shrink, except those of
    liquidators and the maker.
    """
    if not len(markets):
        raise ModelError("an exchange needs at least one market")
    count = len(markets)
    dexs, tokens = dexs_of(markets), tokens_of(markets)
    pools = max_accounts * (len(dexs) + count if can_trade else 1) if position_rows is None else max_accounts
    rows = max_accounts * (2 * count) if position_rows is None else position_rows
    multiplier = multiplier_of(tables)
    clock = np.zeros(ClockColumn.WIDTH, np.int64)
    clock[ClockColumn.TIME_MS] = clock[ClockColumn.LAST_MARK_MS] = clock[ClockColumn.LAST_BACKSTOP_MS] = time_ms
    clock[ClockColumn.LAST_PREMIUM_MS] = time_ms
    clock[ClockColumn.NEXT_ORDER_ID] = clock[ClockColumn.NEXT_TRADE_ID] = clock[ClockColumn.NEXT_TRANSACTION] = 1
    clock[ClockColumn.FREE_ORDER] = clock[ClockColumn.MAKER] = NO_ROW
    clock[ClockColumn.FUNDED_HOUR] = time_ms // HOUR_MS
    clock[ClockColumn.MULTIPLIER] = multiplier
    clock[ClockColumn.DEX_COUNT] = len(dexs)
    market = np.zeros((count, MarketColumn.WIDTH), np.int64)
    for row, each in enumerate(markets.rows):
        if not 0 <= each.size_decimals <= 6:
            raise ModelError(f"size decimals {each.size_decimals} of {each.coin} are outside 0..6")
        market[row, MarketColumn.SIZE_DECIMALS] = each.size_decimals
        market[row, MarketColumn.MAX_LEVERAGE] = each.max_leverage
        market[row, MarketColumn.TABLE] = each.table_row
        market[row, MarketColumn.IS_ISOLATED_ONLY] = each.is_isolated_only
        market[row, MarketColumn.BOOK_KIND] = book_kind
        market[row, MarketColumn.IMPACT_NOTIONAL] = IMPACT_USD.get(each.coin, OTHER_IMPACT_USD) * UUSD
        market[row, MarketColumn.DEX] = dexs.index(each.dex)
        market[row, MarketColumn.COLLATERAL] = tokens.index(each.collateral_token)
        market[row, MarketColumn.IS_DELISTED] = each.is_delisted
        market[row, MarketColumn.FEE_FACTOR] = FEE_UNIT
    trigger, trigger_side, triggers_of, trigger_counter = no_triggers(max_accounts, count, max_triggers)
    has_books = can_trade and book_kind == BookKind.ORDERS
    return State(
        clock=clock,
        rules=rules.column(),
        flow=np.zeros(FlowColumn.WIDTH, np.int64),
        market=market,
        average=np.zeros((count, AverageColumn.WIDTH)),
        venue=np.zeros((count, VENUES), np.int64),
        tier=scaled_tiers(tables, multiplier),
        account=np.zeros((max_accounts, AccountColumn.WIDTH), np.int64),
        setting=np.zeros((max_accounts, count) if can_trade else (0, 0), np.int64),
        pool=np.zeros((pools, PoolColumn.WIDTH), np.int64),
        position=np.zeros((rows, PositionColumn.WIDTH), np.int64),
        holding=np.zeros((max_accounts + MAX_LOOSE_HOLDINGS, HoldingColumn.WIDTH), np.int64),
        order=np.zeros((max_orders if has_books else 1, OrderColumn.WIDTH), np.int64),
        level=np.zeros((count, 2, LEVELS if has_books else 1, LevelColumn.WIDTH), np.int64),
        profile=np.zeros((count, 2, 1, Depth.WIDTH)),
        profile_state=np.zeros((count, ProfileState.WIDTH)),
        fill=np.zeros((max_fills, FillColumn.WIDTH), np.int64),
        event=np.zeros((max_fills, EventColumn.WIDTH), np.int64),
        trigger=trigger,
        trigger_side=trigger_side,
        triggers_of=triggers_of,
        trigger_counter=trigger_counter,
    )


def dexs_of(markets: Markets) -> tuple[str, ...]:
    """Names of the dexs: the first-party dex "" first, the others in the order in which they appear."""
    names = dict.fromkeys(row.dex for row in markets.rows)
    return tuple(sorted(names, key=bool))


def tokens_of(markets: Markets) -> tuple[int, ...]:
    """Collateral tokens in the order in which they appear."""
    return tuple(dict.fromkeys(row.collateral_token for row in markets.rows))
