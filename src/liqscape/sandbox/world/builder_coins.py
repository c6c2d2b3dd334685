"""Dexs deployed by builders (HIP-3): their coins, collateral and vaults.

Names, decimals and leverage resemble the venue's of autumn 2026; prices are round figures from which made-up paths
start. Between them the coins have every margin mode, a fee scale and growth mode, one was delisted long ago and one
is delisted while the world lives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from liqscape.exchange.scale import marks_to_ticks
from liqscape.model.margin_tables import flat_table
from liqscape.model.markets import Market
from liqscape.sandbox.facts.coin_facts import CoinFacts
from liqscape.sandbox.facts.tokens import USDC, USDE
from liqscape.units import HOUR_MS, Int64Array


class BuilderDex(NamedTuple):
    """One dex; its index is its place in BUILDER_DEXS plus one."""

    name: str
    full_name: str
    collateral_token: int


class BuilderCoin(NamedTuple):
    """One coin. `leverage` names its flat margin table.

    follows        coin of the first dex whose price it follows; None walks alone.
    noise          standard deviation of its own log return over a minute.
    delisted_at_ms after the start of the world; 0 from the beginning, None never.
    """

    name: str
    price: float
    size_decimals: int
    leverage: int
    noise: float
    facts: CoinFacts
    follows: str | None = None
    delisted_at_ms: int | None = None

    @property
    def dex(self) -> str:
        return self.name.partition(":")[0]


BUILDER_DEXS = (BuilderDex("xyz", "XYZ", USDC), BuilderDex("hyna", "HyENA", USDE))
DELISTED_AT_MS = 7 * HOUR_MS
"""An hour after a world that was given its usual six hours of history begins to be served."""
BUILDER_COINS = (
    BuilderCoin(
        name="xyz:GOLD",
        price=4_900.0,
        size_decimals=4,
        leverage=25,
        noise=0.00015,
        facts=CoinFacts(None, False, 1.0, "commodities"),
    ),
    BuilderCoin(
        name="xyz:NVDA",
        price=180.0,
        size_decimals=3,
        leverage=10,
        noise=0.00030,
        facts=CoinFacts("strictIsolated", True, 0.5, "stocks"),
    ),
    BuilderCoin(
        name="xyz:CL",
        price=65.0,
        size_decimals=3,
        leverage=20,
        noise=0.00030,
        facts=CoinFacts(None, True, 1.0, "commodities"),
        delisted_at_ms=DELISTED_AT_MS,
    ),
    BuilderCoin(
        name="xyz:H100",
        price=2.2,
        size_decimals=2,
        leverage=10,
        noise=0.0,
        facts=CoinFacts("onlyIsolated", False, 1.0, "indices"),
        delisted_at_ms=0,
    ),
    BuilderCoin(
        name="hyna:BTC",
        price=68_000.0,
        size_decimals=5,
        leverage=20,
        noise=0.00002,
        facts=CoinFacts("normal", False, 1.0),
        follows="BTC",
    ),
    BuilderCoin(
        name="hyna:HYPE",
        price=31.0,
        size_decimals=2,
        leverage=10,
        noise=0.00010,
        facts=CoinFacts("noCross", True, 0.5),
        follows="HYPE",
    ),
)
BUILDER_TABLES = tuple(flat_table(leverage) for leverage in (10, 20, 25))
COIN_FACTS: Mapping[str, CoinFacts] = {coin.name: coin.facts for coin in BUILDER_COINS}


def builder_markets(first_table: int) -> list[Market]:
    """Markets of the coins; row `first_table` of the margin tables is the first of BUILDER_TABLES."""
    row = {table.table_id: first_table + place for place, table in enumerate(BUILDER_TABLES)}
    collateral = {dex.name: dex.collateral_token for dex in BUILDER_DEXS}
    return [
        Market(
            coin=coin.name,
            size_decimals=coin.size_decimals,
            max_leverage=coin.leverage,
            table_row=row[coin.leverage],
            dex=coin.dex,
            is_delisted=coin.delisted_at_ms == 0,
            is_isolated_only=coin.facts.is_isolated_only,
            is_strict_isolated=coin.facts.margin_mode == "strictIsolated",
            collateral_token=collateral[coin.dex],
        )
        for coin in BUILDER_COINS
    ]


def builder_start_ticks() -> Int64Array:
    """(B,) prices before the first block."""
    decimals = np.array([coin.size_decimals for coin in BUILDER_COINS], np.int64)
    return marks_to_ticks(np.array([coin.price for coin in BUILDER_COINS]), decimals)


def vault_address(dex: int) -> str:
    """Backstop vault of the dex with this index (HL.DOC.HIP3): 0x4000... plus the index."""
    return f"0x{0x4 << 156 | dex:040x}"


def fee_permille(facts: CoinFacts) -> int:
    """Fee of a coin in thousandths of the usual one (HL.DOC.FEES): 1 + s for s below 1, else 2 s; a tenth in growth."""
    scale = facts.fee_scale
    if scale is None:
        return 1_000
    return round(1_000 * (1.0 + scale if scale < 1.0 else 2.0 * scale) * (0.1 if facts.is_in_growth else 1.0))
