"""Exact figures of one account's margin pools (docs/margin.md; docs/exchange.md): integers until they are printed.

Liquidation price of a position, the other marks frozen, with K = cash + sum over the *other* positions of
(lots * mark - maintenance), all times MULTIPLIER, s the side, r and d a tier's rate and deduction:

    ticks = max over tiers of ( -(K + d) / (MULTIPLIER - s r) ) / lots            (docs/liquidation.md, eq. 2)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from liqscape.errors import ModelError
from liqscape.exchange.columns import (
    NO_ROW,
    RATE_UNIT,
    AccountColumn,
    ClockColumn,
    HoldingColumn,
    MarketColumn,
    PoolColumn,
    PositionColumn,
)
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.scale import price_scale
from liqscape.risk.liquidation import HIGHEST_PRICE

Tier = tuple[int, int, int]
"""Lower bound in micro-USD, rate and deduction times MULTIPLIER."""


@dataclass(frozen=True, kw_only=True)
class ExactPosition:
    """One position. lots signed; money in micro-USD; maintenance in 1/MULTIPLIER micro-USD."""

    market: int
    lots: int
    mark: int
    entry: int
    leverage: int
    funding_paid: int
    tiers: tuple[Tier, ...]
    max_leverage: int

    @property
    def exposure(self) -> int:
        return self.lots * self.mark

    @property
    def notional(self) -> int:
        return abs(self.lots) * self.mark

    @property
    def maintenance(self) -> int:
        return max(self.notional * rate - deduction for _, rate, deduction in self.tiers)

    @property
    def unrealized_pnl(self) -> int:
        return self.exposure - (self.entry if self.lots > 0 else -self.entry)

    @property
    def initial_margin(self) -> int:
        """Notional / leverage, rounded down, as it is shown."""
        return self.notional // self.leverage


@dataclass(frozen=True, kw_only=True)
class ExactPool:
    """One margin pool. isolated_market is NO_ROW for a cross pool.

    collateral  lots by market of what a portfolio pool holds; haircut micro-USD it is worth beyond its maintenance.
    """

    isolated_market: int
    cash: int
    positions: tuple[ExactPosition, ...]
    multiplier: int
    collateral: Mapping[int, int] = field(default_factory=dict)
    haircut: int = 0

    @property
    def is_isolated(self) -> bool:
        return self.isolated_market != NO_ROW

    @property
    def value(self) -> int:
        return self.cash + sum(held.exposure for held in self.positions)

    @property
    def notional(self) -> int:
        return sum(held.notional for held in self.positions)

    @property
    def maintenance(self) -> int:
        """In 1/MULTIPLIER micro-USD."""
        return sum(held.maintenance for held in self.positions)

    @property
    def initial_margin(self) -> int:
        return sum(held.initial_margin for held in self.positions)

    def margin_used(self, held: ExactPosition) -> int:
        """What the exchange shows as such: of an isolated position the pocket's equity."""
        return self.value if self.is_isolated else held.initial_margin

    def liquidation_ticks(self, held: ExactPosition) -> Fraction:
        """Root of eq. 2, which may be negative (no positive mark liquidates)."""
        free = self.multiplier * (self.value + self.haircut - held.exposure) - (self.maintenance - held.maintenance)
        side = 1 if held.lots > 0 else -1
        return (
            max(Fraction(-(free + deduction), self.multiplier - side * rate) for _, rate, deduction in held.tiers)
            / held.lots
        )


NOTHING = ExactPool(isolated_market=NO_ROW, cash=0, positions=(), multiplier=1)
"""The pool of who has none."""


def read_pools(exchange: Exchange, account: int) -> list[ExactPool]:
    """Every pool of an account, cross pools first."""
    return [_read_pool(exchange, pool) for pool in exchange.pools_of(account)]


def pools_in(exchange: Exchange, account: int, dex: str) -> tuple[ExactPool, tuple[ExactPool, ...]]:
    """The cross pool that backs a dex (and others, maybe), and the isolated pockets of the dex that hold something."""
    rows = exchange.markets.rows
    isolated = [
        pool
        for pool in read_pools(exchange, account)
        if pool.is_isolated and pool.positions and rows[pool.isolated_market].dex == dex
    ]
    return cross_backing(exchange, account, dex), tuple(isolated)


def cross_backing(exchange: Exchange, account: int, dex: str) -> ExactPool:
    """The cross pool that backs a dex; an empty one where the account has none there (the vault of another dex)."""
    row = _cross_row(exchange, account, dex)
    return NOTHING if row == NO_ROW else _read_pool(exchange, row)


def withdrawable_from(exchange: Exchange, account: int, dex: str) -> int:
    """micro-USD that may leave the cross pool that backs a dex."""
    row = _cross_row(exchange, account, dex)
    return 0 if row == NO_ROW else exchange.spare(row)


def account_value(exchange: Exchange, account: int) -> int:
    """micro-USD of all pools, a unit of any collateral as one USD."""
    return sum(pool.value for pool in read_pools(exchange, account))


def liquidation_price(exchange: Exchange, pool: ExactPool, held: ExactPosition) -> float | None:
    """USD to ten places; None where no positive mark up to 1e15 liquidates."""
    decimals = exchange.markets.rows[held.market].size_decimals
    price = float(pool.liquidation_ticks(held) / price_scale(decimals))
    return round(price, 10) or None if 0.0 < price <= HIGHEST_PRICE else None


def mode_of(exchange: Exchange, account: int) -> int:
    """PoolMode of the cross pool."""
    return int(exchange.state.account[account, AccountColumn.MODE])


def _haircut(exchange: Exchange, pool: int) -> int:
    """micro-USD of a pool's holdings less their maintenance, the other marks frozen as for every published price."""
    state, held, worth = exchange.state, int(exchange.state.pool[pool, PoolColumn.HOLDING]), 0
    while held:
        row = state.holding[held - 1]
        value = int(row[HoldingColumn.LOTS]) * int(state.market[row[HoldingColumn.MARKET], MarketColumn.MARK])
        worth += value - value * int(row[HoldingColumn.RATE]) // RATE_UNIT
        held = int(row[HoldingColumn.NEXT])
    return worth


def _cross_row(exchange: Exchange, account: int, dex: str) -> int:
    if dex not in exchange.dexs:
        return NO_ROW
    try:
        return exchange.cross_pool(account, exchange.dexs.index(dex))
    except ModelError:
        return NO_ROW


def _read_pool(exchange: Exchange, pool: int) -> ExactPool:
    state = exchange.state
    row = state.pool[pool]
    start = int(row[PoolColumn.START])
    positions = state.position[start : start + int(row[PoolColumn.COUNT])].tolist()
    held = [
        ExactPosition(
            market=each[PositionColumn.MARKET],
            lots=each[PositionColumn.LOTS],
            mark=int(state.market[each[PositionColumn.MARKET], MarketColumn.MARK]),
            entry=each[PositionColumn.ENTRY],
            leverage=max(1, each[PositionColumn.LEVERAGE]),
            funding_paid=each[PositionColumn.FUNDING],
            tiers=tuple(
                (bound, rate, deduction) for bound, rate, deduction in state.tier[each[PositionColumn.TABLE]].tolist()
            ),
            max_leverage=exchange.tables.tables[each[PositionColumn.TABLE]].max_leverage,
        )
        for each in positions
    ]
    held.sort(key=lambda each: each.market)
    return ExactPool(
        isolated_market=int(row[PoolColumn.ISOLATED_MARKET]),
        cash=int(row[PoolColumn.CASH]),
        positions=tuple(held),
        multiplier=int(state.clock[ClockColumn.MULTIPLIER]),
        collateral=exchange.collateral_of(pool),
        haircut=_haircut(exchange, pool),
    )
