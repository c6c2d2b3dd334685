"""Those who keep the exchange going: liquidators that sell what they took over, and money moved inside HLP.

Market makers hedge outside what they hold here, so what they lose here they made there: once an hour they top up or
take out. HLP's children are topped up by the parent, whose money is finite; depositors bring a little more.
"""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import IMMEDIATE, REDUCE_ONLY, AccountColumn, Action, MarketColumn, RequestColumn
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.scale import UUSD
from liqscape.sandbox.world.coins import CoinSet
from liqscape.sandbox.world.holdings import look_at, positions_of
from liqscape.sandbox.world.payments import pay
from liqscape.sandbox.world.population import Population, TraderKind
from liqscape.sandbox.world.rounding import allowed_ticks
from liqscape.units import Float64Array, Int64Array

UNWIND_MINUTES = 8.0
"""A liquidator sells the half of what it holds in about six minutes."""
SMALL_POSITION = 2_000.0
"""USD: sold at once."""
UNWIND_SLIPPAGE = 0.004
POOR, RICH = 0.6, 1.8
"""Parts of its capital below and above which money moves."""
INFLOW = 0.02
"""Of what HLP lacks, new money an hour."""


class Treasury:
    """Money and positions of market makers and HLP."""

    def __init__(self, population: Population, coins: CoinSet, exchange: Exchange) -> None:
        self._exchange = exchange
        self._decimals = coins.size_decimals
        self._capital = population.capital
        self._liquidators = population.of_kind(TraderKind.HLP_LIQUIDATOR)
        self._makers = population.of_kind(TraderKind.MARKET_MAKER)
        self._parent = int(population.of_kind(TraderKind.HLP_PARENT)[0])
        self._children = population.of_kind(TraderKind.HLP_STRATEGY, TraderKind.HLP_LIQUIDATOR)

    def unwind(self, minutes: float) -> Int64Array:
        """Reduce-only orders of the liquidators for the part of their positions due in that time."""
        state = self._exchange.state
        owner, market, lots = positions_of(state, self._liquidators)
        if not len(owner):
            return np.zeros((0, RequestColumn.WIDTH), np.int64)
        mark = state.market[market, MarketColumn.MARK].astype(np.float64)
        share = 1.0 - np.exp(-minutes / UNWIND_MINUTES)
        is_small = np.abs(lots) * mark < SMALL_POSITION * UUSD
        part = np.where(is_small, np.abs(lots), np.ceil(np.abs(lots) * share)).astype(np.int64)
        side = -np.sign(lots).astype(np.float64)
        rows = np.zeros((len(owner), RequestColumn.WIDTH), np.int64)
        rows[:, RequestColumn.ACTION] = Action.PLACE
        rows[:, RequestColumn.ACCOUNT] = owner
        rows[:, RequestColumn.MARKET] = market
        rows[:, RequestColumn.SIDE] = -np.sign(lots)
        rows[:, RequestColumn.PRICE] = allowed_ticks(
            mark * (1.0 + side * UNWIND_SLIPPAGE), self._decimals[market], -side
        )
        rows[:, RequestColumn.LOTS] = part
        rows[:, RequestColumn.FLAGS] = IMMEDIATE | REDUCE_ONLY
        return rows

    def settle(self) -> None:
        """The hourly round of money."""
        everyone = np.concatenate((self._makers, self._children, [self._parent]))
        value = self._values(everyone)
        known = dict(zip(everyone.tolist(), value.tolist(), strict=True))
        for maker in self._makers.tolist():
            lack = float(self._capital[maker]) - known[maker]
            if not POOR * self._capital[maker] < known[maker] < RICH * self._capital[maker]:
                pay(self._exchange, maker, lack)
        for child in self._children.tolist():
            lack = float(self._capital[child]) - known[child]
            if not POOR * self._capital[child] < known[child] < RICH * self._capital[child]:
                self._lend(child, lack)
        whole = float(self._capital[self._children].sum() + self._capital[self._parent])
        missing = whole - float(self._values(np.append(self._children, self._parent)).sum())
        if missing > 0.0:
            pay(self._exchange, self._parent, INFLOW * missing)

    def _values(self, accounts: Int64Array) -> Float64Array:
        return look_at(self._exchange.state, self._exchange.state.account[accounts, AccountColumn.CROSS_POOL]).value

    def _lend(self, child: int, usd: float) -> None:
        """From the parent to a child, or back: no more than either may take out."""
        if usd > 0.0:
            pay(self._exchange, child, -pay(self._exchange, self._parent, -usd))
        else:
            pay(self._exchange, self._parent, -pay(self._exchange, child, usd))
