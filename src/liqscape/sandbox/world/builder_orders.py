"""Orders in the dexs of builders: one maker a market, traders that open and close, vaults that sell what they took."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from liqscape.exchange.columns import (
    IMMEDIATE,
    NO_ROW,
    REDUCE_ONLY,
    AccountColumn,
    Action,
    MarketColumn,
    PositionColumn,
    RequestColumn,
    Role,
)
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.scale import UUSD
from liqscape.sandbox.world.holdings import look_at
from liqscape.sandbox.world.rounding import allowed_ticks
from liqscape.units import BoolArray, Float64Array, Int64Array

DEPTH, MIN_DEPTH = 150.0, 5_000.0
"""USD on a side of a book, for each address of the world."""
LEVELS, HALF_SPREAD, REACH = 6, 0.0003, 0.015
SKEW, MAX_SKEW = 0.0006, 0.0015
"""Quotes move against the inventory: so far when it is the depth of a side."""
QUOTE_EVERY_MS, UNWIND_EVERY_MS = 1_000, 10_000
ACTS_A_MINUTE, LARGEST_ACT_SHARE = 0.02, 0.3
"""Of every slot; and of all slots at most in one block."""
CLOSE_CHANCE, LONG_CHANCE = 0.4, 0.53
MARGIN_USE, POOR = 0.9, 0.4
SMALLEST_NOTIONAL = 12.0
SLIPPAGE, UNWIND_SLIPPAGE = 0.01, 0.004
UNWIND_MINUTES = 8.0
BringMoney = Callable[[int, int, float], None]
"""(account, dex, USD its pool of the dex should hold)"""


class BuilderSlots(NamedTuple):
    """(S,) who trades what: account row, row among the builders' coins, USD brought to the dex."""

    account: Int64Array
    coin: Int64Array
    capital: Float64Array


class BuilderOrders:
    """Requests of one block; markets (B,) are rows of the exchange."""

    def __init__(
        self, exchange: Exchange, slots: BuilderSlots, markets: Int64Array, makers: Int64Array, addresses: int
    ) -> None:
        self._exchange, self._slots, self._markets, self._makers = exchange, slots, markets, makers
        self._depth = max(DEPTH * addresses, MIN_DEPTH)
        self._decimals = exchange.state.market[markets, MarketColumn.SIZE_DECIMALS]

    def quotes(self, before_ms: int, time_ms: int, listed: BoolArray) -> Int64Array:
        """New quotes of the markets whose turn came since the last block, each by one maker."""
        turn = np.arange(len(self._markets)) * QUOTE_EVERY_MS // len(self._markets)
        is_due = (time_ms - turn) // QUOTE_EVERY_MS != (before_ms - turn) // QUOTE_EVERY_MS
        due = np.flatnonzero(is_due & listed)
        if not len(due):
            return _table([])
        market, maker = self._markets[due], self._makers[due % len(self._makers)]
        price = self._exchange.state.market[market, MarketColumn.NEXT_ORACLE].astype(np.float64)
        held = np.array([self._lots(*pair) for pair in zip(maker.tolist(), market.tolist(), strict=True)]) * price
        price *= 1.0 - np.clip(SKEW * held / UUSD / self._depth, -MAX_SKEW, MAX_SKEW)
        place = np.arange(LEVELS - 1, -1, -1)  # worst first: the book then only ever adds at its best end
        away = HALF_SPREAD * (REACH / HALF_SPREAD) ** (place / (LEVELS - 1))
        side = np.array([1.0, -1.0])[None, :, None]
        limit = price[:, None, None] * (1.0 - side * away)
        ticks = allowed_ticks(limit, self._decimals[due][:, None, None], np.broadcast_to(side, limit.shape))
        money = self._depth * (1.0 + place) / (1.0 + place).sum()
        rows = np.zeros((len(due), 1 + 2 * LEVELS, RequestColumn.WIDTH), np.int64)
        rows[..., RequestColumn.ACCOUNT], rows[..., RequestColumn.MARKET] = maker[:, None], market[:, None]
        rows[:, 0, RequestColumn.ACTION] = Action.CANCEL_MARKET
        rows[:, 1:, RequestColumn.ACTION] = Action.PLACE
        rows[:, 1:, RequestColumn.SIDE] = np.repeat([1, -1], LEVELS)
        rows[:, 1:, RequestColumn.PRICE] = ticks.reshape(len(due), -1)
        rows[:, 1:, RequestColumn.LOTS] = np.maximum(money * UUSD // ticks, 1).reshape(len(due), -1)
        return rows.reshape(-1, RequestColumn.WIDTH)

    def trades(
        self, minutes: float, listed: BoolArray, draws: np.random.Generator, bring_money: BringMoney
    ) -> Int64Array:
        """Traders whose turn it is open a position where they hold none, and close some of those they hold."""
        slots, count = self._slots, len(self._slots.account)
        mean = min(ACTS_A_MINUTE * minutes, LARGEST_ACT_SHARE) * count
        chosen = np.unique(draws.integers(0, max(count, 1), int(draws.poisson(mean)) if count else 0))
        draw = draws.random((len(chosen), 3))
        rows: list[list[int]] = []
        for slot, (first, second, third) in zip(chosen.tolist(), draw.tolist(), strict=True):
            account, at = int(slots.account[slot]), int(slots.coin[slot])
            market = int(self._markets[at])
            if not listed[at]:
                continue
            mark = float(self._exchange.state.market[market, MarketColumn.MARK])
            held = self._lots(account, market)
            if held:
                if first < CLOSE_CHANCE:
                    rows.append(self._at_once(account, at, -held, mark, SLIPPAGE, REDUCE_ONLY))
                continue
            notional = self._wish(account, market, float(slots.capital[slot]), 0.4 + 0.6 * third, bring_money)
            lots = int(notional * UUSD / mark)
            if lots and notional >= SMALLEST_NOTIONAL:
                rows.append(self._at_once(account, at, lots if second < LONG_CHANCE else -lots, mark, SLIPPAGE))
        return _table(rows)

    def unwinding(self, before_ms: int, time_ms: int, minutes: float) -> Int64Array:
        """What the vaults sell of what they took over: half of it in about six minutes."""
        if time_ms // UNWIND_EVERY_MS == before_ms // UNWIND_EVERY_MS:
            return _table([])
        state, rows = self._exchange.state, []
        roles = state.account[: len(self._exchange.addresses), AccountColumn.ROLE]
        part = 1.0 - np.exp(-max(minutes, UNWIND_EVERY_MS / 60_000) / UNWIND_MINUTES)
        for vault in np.flatnonzero(roles == Role.LIQUIDATOR).tolist():
            if not state.account[vault, AccountColumn.DEX]:
                continue
            for pool in self._exchange.cross_pools(vault):
                for row in self._exchange.positions_of(pool).tolist():
                    at = row[PositionColumn.MARKET] - int(self._markets[0])
                    mark, lots = (
                        float(state.market[row[PositionColumn.MARKET], MarketColumn.MARK]),
                        row[PositionColumn.LOTS],
                    )
                    sold = int(np.ceil(abs(lots) * part)) * (1 if lots > 0 else -1)
                    rows.append(self._at_once(vault, at, -sold, mark, UNWIND_SLIPPAGE, REDUCE_ONLY))
        return _table(rows)

    def _wish(self, account: int, market: int, capital: float, share: float, bring_money: BringMoney) -> float:
        """USD of notional a trader wants and may have."""
        exchange, dex = self._exchange, self._exchange.dex_of(market)
        pool = np.array([exchange.cross_pool(account, dex)])
        if float(look_at(exchange.state, pool).free[0]) < POOR * capital:
            bring_money(account, dex, capital)
        free = float(look_at(exchange.state, pool).free[0])
        leverage = abs(int(exchange.state.setting[account, market]))
        return MARGIN_USE * share * max(0.0, min(free, capital)) * leverage

    def _lots(self, account: int, market: int) -> int:
        exchange = self._exchange
        is_isolated = exchange.state.setting[account, market] < 0
        pool = (
            exchange.isolated_pool(account, market)
            if is_isolated
            else exchange.cross_pool(account, exchange.dex_of(market))
        )
        row = exchange.position_row(pool, market)
        return 0 if row == NO_ROW else int(exchange.state.position[row, PositionColumn.LOTS])

    def _at_once(self, account: int, at: int, lots: int, mark: float, slippage: float, flags: int = 0) -> list[int]:
        side = 1 if lots > 0 else -1
        limit = allowed_ticks(
            np.array([mark * (1.0 + side * slippage)]), self._decimals[at : at + 1], np.array([-float(side)])
        )
        market = int(self._markets[at])
        return _request(
            Action.PLACE, account, market, side=side, price=int(limit[0]), lots=abs(lots), flags=IMMEDIATE | flags
        )


def _request(
    action: int, account: int, market: int, *, side: int = 0, price: int = 0, lots: int = 0, flags: int = 0
) -> list[int]:
    row = [0] * RequestColumn.WIDTH
    row[RequestColumn.ACTION], row[RequestColumn.ACCOUNT], row[RequestColumn.MARKET] = action, account, market
    row[RequestColumn.SIDE], row[RequestColumn.PRICE], row[RequestColumn.LOTS], row[RequestColumn.FLAGS] = (
        side,
        price,
        lots,
        flags,
    )
    return row


def _table(rows: list[list[int]]) -> Int64Array:
    return np.array(rows, np.int64).reshape(-1, RequestColumn.WIDTH)
