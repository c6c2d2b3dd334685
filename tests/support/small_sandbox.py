"""A small exchange in which everything happens once: trades, funding, slices, takeovers, auto-deleveraging."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from liqscape.exchange.columns import IMMEDIATE, POST_ONLY, Action, MarketColumn, RequestColumn, Role
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.output import BlockOutput
from liqscape.exchange.rules import Rules
from liqscape.exchange.scale import price_scale
from liqscape.model.margin_tables import MarginTable, MarginTables, MarginTier, flat_table
from liqscape.model.markets import Market as ModelMarket
from liqscape.model.markets import Markets
from liqscape.sandbox.records import Records
from liqscape.sandbox.state import SandboxState
from liqscape.units import Int64Array, PoolMode

START_MS = 1_770_000_000_000 // 3_600_000 * 3_600_000 + 60_000
"""2026-02-02, one minute into an hour."""
USD = 1_000_000
TABLES = MarginTables.build(
    (
        flat_table(10, 10),
        MarginTable(56, (MarginTier(0.0, 40), MarginTier(500_000.0, 20)), "tiered 40x"),
        MarginTable(52, (MarginTier(0.0, 10), MarginTier(200_000.0, 5)), "tiered 10x"),
        flat_table(3, 3),
    )
)
MARKETS = Markets.build(
    (
        ModelMarket(coin="BTC", size_decimals=5, max_leverage=40, table_row=1),
        ModelMarket(coin="ETH", size_decimals=4, max_leverage=40, table_row=1),
        ModelMarket(coin="HYPE", size_decimals=2, max_leverage=10, table_row=2),
        ModelMarket(coin="kPEPE", size_decimals=0, max_leverage=10, table_row=0),
        ModelMarket(coin="LONELY", size_decimals=1, max_leverage=3, table_row=3, is_isolated_only=True),
    )
)
BTC, ETH, HYPE, KPEPE, LONELY = range(5)
FIRST_PRICES = (70_000.0, 2_000.0, 30.0, 0.004, 1.5)


def name(number: int) -> str:
    """A made-up address."""
    return f"0x{number:040x}"


@dataclass(frozen=True)
class Vault:
    """A vault of the test world."""

    address: str
    name: str
    leader: str
    children: tuple[str, ...] = ()
    followers: dict[str, int] = field(default_factory=dict)


class SmallSandbox:
    """An exchange with accounts by number, and everything said about it recorded."""

    def __init__(
        self, rules: Rules | None = None, markets: Markets = MARKETS, first_prices: tuple[float, ...] = FIRST_PRICES
    ) -> None:
        self.markets = markets
        self.exchange = Exchange.build(
            markets, TABLES, rules or Rules(), time_ms=START_MS, max_accounts=64, max_orders=4_096, max_fills=8_192
        )
        ticks = self.ticks(first_prices)
        self.exchange.start_prices(ticks)
        self.exchange.set_oracle(ticks, np.repeat(ticks[:, None], 5, axis=1))
        self.state = SandboxState(exchange=self.exchange, records=Records(markets))
        self.outputs: list[BlockOutput] = []

    def ticks(self, prices: tuple[float, ...]) -> Int64Array:
        """Oracle ticks of USD prices, one a market."""
        return np.array(
            [
                round(price * price_scale(row.size_decimals))
                for price, row in zip(prices, self.markets.rows, strict=True)
            ],
            np.int64,
        )

    def open(self, number: int, usd: float = 0.0, role: Role = Role.USER, mode: PoolMode = PoolMode.CROSS) -> int:
        """An account with money, set to isolated margin where nothing else is allowed."""
        row = self.exchange.open_account(name(number), round(usd * USD), role, mode)
        for market, each in enumerate(self.markets.rows):
            if role == Role.USER and each.is_isolated_only:
                self.exchange.set_leverage(row, market, each.max_leverage, is_isolated=True)
        return row

    def order(self, account: int, market: int, size: float, price: float = 0.0, flags: int = 0) -> list[int]:
        """A row to place; size signed (coins), price 0 for a market order."""
        decimals = self.markets.rows[market].size_decimals
        row = [0] * RequestColumn.WIDTH
        row[RequestColumn.ACTION], row[RequestColumn.ACCOUNT], row[RequestColumn.MARKET] = Action.PLACE, account, market
        row[RequestColumn.SIDE] = 1 if size > 0 else -1
        row[RequestColumn.PRICE] = round(price * price_scale(decimals))
        row[RequestColumn.LOTS] = round(abs(size) * 10**decimals)
        row[RequestColumn.FLAGS] = flags or (0 if price else IMMEDIATE)
        return row

    def step(self, milliseconds: int, *requests: list[int]) -> BlockOutput:
        """One block that much later, recorded."""
        rows = np.array(requests, np.int64).reshape(-1, RequestColumn.WIDTH) if requests else None
        output = self.exchange.step(self.exchange.time_ms + milliseconds, rows)
        self.state.observe(output)
        self.outputs.append(output)
        return output

    def prices(self, prices: tuple[float, ...]) -> None:
        """Oracle and outside prices from the next mark update on."""
        ticks = self.ticks(prices)
        self.exchange.set_oracle(ticks, np.repeat(ticks[:, None], 5, axis=1))

    def mark(self, market: int) -> float:
        """USD."""
        ticks = int(self.exchange.state.market[market, MarketColumn.MARK])
        return ticks / price_scale(self.markets.rows[market].size_decimals)


def quotes(world: SmallSandbox, maker: int, prices: tuple[float, ...]) -> list[list[int]]:
    """Post-only orders around prices, three levels a side, 0.1 % apart."""
    rows = []
    for market, price in enumerate(prices):
        size = 30_000.0 / price
        step = 10.0 ** (np.floor(np.log10(price)) - 3)
        for level in range(1, 4):
            rows.append(world.order(maker, market, size, round(price - level * step, 6), POST_ONLY))
            rows.append(world.order(maker, market, -size, round(price + level * step, 6), POST_ONLY))
    return rows


def eventful_sandbox() -> SmallSandbox:
    """A long market and a crash: market liquidations, takeovers, deleveraging, an hour of funding, resting orders.

    1 maker, 2 liquidator (child of vault 9), 3 to 8 users: 3 cross in three coins, 4 isolated, 5 unified,
    6 portfolio margin, 7 short and safe, 8 leveraged to the limit.
    """
    world = SmallSandbox()
    maker, liquidator = world.open(1, 50_000_000.0), world.open(2, 30_000.0, Role.LIQUIDATOR)
    cross, pocket = world.open(3, 20_000.0), world.open(4, 20_000.0)
    unified, portfolio = world.open(5, 30_000.0, mode=PoolMode.UNIFIED), world.open(6, 9_000.0, mode=PoolMode.PORTFOLIO)
    short, greedy = world.open(7, 400_000.0), world.open(8, 21_000.0)
    assert (maker, liquidator) == (0, 1)
    world.exchange.set_leverage(pocket, ETH, 20, is_isolated=True)
    world.exchange.set_leverage(greedy, BTC, 40, is_isolated=False)
    world.step(3_000, *quotes(world, maker, FIRST_PRICES))
    world.step(
        100,
        world.order(cross, BTC, 0.4),
        world.order(cross, ETH, -5.0),
        world.order(cross, HYPE, 500.0),
        world.order(pocket, ETH, 10.0),
        world.order(pocket, LONELY, 3_000.0),
        world.order(unified, BTC, 0.35),
        world.order(portfolio, ETH, 20.0),
        world.order(short, HYPE, -700.0, 30.4),
        world.order(cross, KPEPE, 1_000_000.0, 0.0035, POST_ONLY),
    )
    world.step(100, *quotes(world, maker, FIRST_PRICES))
    for _ in range(6):
        world.step(100, world.order(greedy, BTC, 1.2), *quotes(world, maker, FIRST_PRICES))
        world.step(100, world.order(short, BTC, -1.2), *quotes(world, maker, FIRST_PRICES))
    world.step(3_540_000, *quotes(world, maker, FIRST_PRICES))
    world.state.vaults = (
        Vault(name(9), "Provider", name(7), (name(2),), {name(7): 1_000 * USD, name(3): 3_000 * USD}),
        Vault(name(2), "Provider liquidator", name(9)),
    )
    world.state.names = {name(7): "careful"}
    world.state.sub_accounts = {name(3): (name(4),)}
    return world


def crash(world: SmallSandbox, share: float, blocks: int = 8) -> None:
    """Every price but kPEPE's falls by a share in equal steps of three seconds; nobody quotes anew."""
    for block in range(1, blocks + 1):
        left = 1.0 - share * block / blocks
        world.prices(tuple(price * (1.0 if market == KPEPE else left) for market, price in enumerate(FIRST_PRICES)))
        world.step(3_000)
