"""Portfolio-margin accounts: HYPE or BTC as collateral beside USDC, some of them in debt (HL.DOC.PORTFOLIO_MARGIN).

A few of those who would be unified are portfolio accounts instead. Each holds coins worth what it brought; every
second one borrows on them, hour after hour, up to a share of their value.
"""

from __future__ import annotations

from liqscape.exchange.columns import MarketColumn, PoolColumn, PositionColumn
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.scale import UUSD
from liqscape.sandbox.facts.tokens import TOKENS
from liqscape.sandbox.world.population import Population
from liqscape.units import PoolMode

PORTFOLIO_EVERY, MIN_PORTFOLIOS = 12, 2
"""Unified addresses for each portfolio account; the smallest world has two where it can."""
MAX_LEVERAGE = 5.0
"""Who likes more is no portfolio account: it would be liquidated within hours."""
COLLATERAL_SHARE = 1.0
"""Coins held, of the USD an account brings."""
DEBT_SHARE = 0.2
"""Of the collateral's value a borrower owes at most."""
LOAN_TO_VALUE = {token.coin: round(100 * token.ltv) for token in TOKENS if token.coin is not None and token.ltv}


class Portfolios:
    """Account rows of the portfolio accounts, every second one a borrower."""

    def __init__(self, population: Population, exchange: Exchange) -> None:
        self._population, self._exchange = population, exchange
        unified = [row for row in range(len(population.addresses)) if population.mode[row] == PoolMode.UNIFIED]
        calm = (population.joins_ms == 0) & (population.leverage <= MAX_LEVERAGE)
        unified = [row for row in unified if calm[row]]
        unified.sort(key=lambda row: -population.capital[row])  # portfolio margin is for the rich
        self.accounts = tuple(unified[: max(MIN_PORTFOLIOS, len(unified) // PORTFOLIO_EVERY)])

    def open(self) -> None:
        """Give each its collateral: HYPE where it is listed, BTC to every third and where not."""
        exchange = self._exchange
        for place, account in enumerate(self.accounts):
            wanted = "BTC" if place % 3 == 2 or exchange.markets.find("HYPE") is None else "HYPE"
            market = exchange.markets.index_of(wanted)
            mark = int(exchange.state.market[market, MarketColumn.MARK])
            lots = round(COLLATERAL_SHARE * float(self._population.capital[account]) * UUSD) // mark
            exchange.hold_collateral(account, market, max(1, lots), LOAN_TO_VALUE[wanted])

    def borrow(self) -> None:
        """The hourly round: a borrower takes out what brings its debt back to its share."""
        exchange = self._exchange
        for account in self.accounts[::2]:
            pool = exchange.cross_pool(account)
            worth = sum(
                lots * int(exchange.state.market[market, MarketColumn.MARK])
                for market, lots in exchange.collateral_of(pool).items()
            )
            amount = min(exchange.withdrawable(account), int(DEBT_SHARE * worth) - owed(exchange, pool))
            if amount > UUSD:
                exchange.deposit(account, -amount)


def owed(exchange: Exchange, pool: int) -> int:
    """micro-USD of a pool's debt: what cash and positions fall short of nothing; negative where they do not."""
    rows = exchange.positions_of(pool)
    exposure = int(
        (rows[:, PositionColumn.LOTS] * exchange.state.market[rows[:, PositionColumn.MARKET], MarketColumn.MARK]).sum()
    )
    return -(int(exchange.state.pool[pool, PoolColumn.CASH]) + exposure)
