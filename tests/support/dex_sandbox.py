"""A small exchange with two dexs of builders, whose accounts hold over dexs in every mode."""

from __future__ import annotations

from small_sandbox import USD, SmallSandbox, quotes

from liqscape.exchange.columns import Role
from liqscape.model.markets import Market, Markets
from liqscape.units import PoolMode
from liqscape.wire.known_addresses import backstop_of_dex

USDE = 235
MARKETS = Markets.build(
    (
        Market(coin="BTC", size_decimals=5, max_leverage=40, table_row=1),
        Market(coin="HYPE", size_decimals=2, max_leverage=10, table_row=2),
        Market(coin="xyz:GOLD", size_decimals=4, max_leverage=10, table_row=2, dex="xyz"),
        Market(coin="xyz:OIL", size_decimals=3, max_leverage=10, table_row=0, dex="xyz", is_isolated_only=True),
        Market(coin="hyna:BTC", size_decimals=5, max_leverage=10, table_row=2, dex="hyna", collateral_token=USDE),
    )
)
BTC, HYPE, GOLD, OIL, HYNA_BTC = range(5)
XYZ, HYNA = 1, 2
PRICES = (70_000.0, 30.0, 4_900.0, 65.0, 70_010.0)
MAKER, OVER_DEXS, STANDARD, PORTFOLIO, TWO_TOKENS, GOLD_ONLY, SHORT = range(1, 8)
"""Numbers of the accounts: see `dex_sandbox`."""
XYZ_VAULT_USD = 4_000.0
HYPE_COINS, HYPE_LOAN_PERCENT, LOAN_USD = 1_000.0, 65, 12_000.0


def dex_sandbox() -> SmallSandbox:
    """Longs in BTC, gold and oil against a maker and a short.

    OVER_DEXS is unified, one pool for BTC and gold. STANDARD holds both in pools of their own, oil in a pocket.
    PORTFOLIO backs both by HYPE and owes dollars. TWO_TOKENS is unified: a pool in USDC for BTC and gold, one in USDE.
    The vault of xyz has money, that of hyna has none.
    """
    world = SmallSandbox(markets=MARKETS, first_prices=PRICES)
    exchange = world.exchange
    maker = world.open(MAKER, 50_000_000.0)
    over = world.open(OVER_DEXS, 9_000.0, mode=PoolMode.UNIFIED)
    standard = world.open(STANDARD, 6_000.0)
    portfolio = world.open(PORTFOLIO, 1_000.0, mode=PoolMode.PORTFOLIO)
    two = world.open(TWO_TOKENS, 8_000.0, mode=PoolMode.UNIFIED)
    gold, short = world.open(GOLD_ONLY), world.open(SHORT, 400_000.0)
    for account, dex, usd in (
        (maker, XYZ, 10_000_000.0),
        (maker, HYNA, 10_000_000.0),
        (standard, XYZ, 5_000.0),
        (two, HYNA, 7_000.0),
        (gold, XYZ, 9_000.0),
        (short, XYZ, 300_000.0),
    ):
        exchange.deposit(account, round(usd * USD), dex)
    exchange.hold_collateral(portfolio, HYPE, round(HYPE_COINS * 10**2), HYPE_LOAN_PERCENT)
    exchange.open_account(backstop_of_dex(XYZ), round(XYZ_VAULT_USD * USD), Role.LIQUIDATOR, dex=XYZ)
    world.step(3_000, *quotes(world, maker, PRICES))
    for account, market, size in (
        (over, BTC, 0.35),
        (over, GOLD, 5.0),
        (standard, BTC, 0.3),
        (standard, GOLD, 4.0),
        (standard, OIL, 100.0),
        (portfolio, BTC, 0.4),
        (portfolio, GOLD, 5.0),
        (two, BTC, 0.3),
        (two, GOLD, 3.0),
        (two, HYNA_BTC, 0.4),
        (gold, GOLD, 6.0),
        (short, BTC, -0.4),
        (short, GOLD, -6.0),
    ):
        world.step(100, world.order(account, market, size), *quotes(world, maker, PRICES))
    exchange.deposit(portfolio, -round(LOAN_USD * USD))
    world.step(3_000, *quotes(world, maker, PRICES))
    return world
