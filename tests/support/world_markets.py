"""Markets of the random worlds: every kind of margin table, every size of tick."""

from __future__ import annotations

import numpy as np

from liqscape.exchange.scale import price_scale
from liqscape.model import MarginTable, MarginTables, MarginTier, Market, Markets, flat_table
from liqscape.units import Int64Array

START_MS = 1_770_000_000_000 // 3_600_000 * 3_600_000 - 60_000
"""One minute before a full hour, so that every world pays funding."""
UUSD = 1_000_000
TABLES = MarginTables.build(
    (
        MarginTable(56, (MarginTier(0.0, 40), MarginTier(150_000.0, 20)), "tiered"),
        flat_table(25),
        MarginTable(51, (MarginTier(0.0, 10), MarginTier(30_000.0, 5), MarginTier(400_000.0, 3)), "three tiers"),
        flat_table(5),
    )
)
MARKETS = Markets.build(
    (
        Market(coin="BTC", size_decimals=5, max_leverage=40, table_row=0),
        Market(coin="ETH", size_decimals=4, max_leverage=25, table_row=1),
        Market(coin="DOGE", size_decimals=0, max_leverage=10, table_row=2),
        Market(coin="ISO", size_decimals=2, max_leverage=5, table_row=3, is_isolated_only=True),
    )
)
FIRST_USD = np.array([60_000.0, 2_500.0, 0.2, 35.5])
DEX_MARKETS = Markets.build(
    (
        *MARKETS.rows,
        Market(coin="xyz:GOLD", size_decimals=3, max_leverage=10, table_row=2, dex="xyz"),
        Market(
            coin="xyz:ONE",
            size_decimals=1,
            max_leverage=5,
            table_row=3,
            dex="xyz",
            is_isolated_only=True,
            is_strict_isolated=True,
        ),
        Market(coin="abc:OIL", size_decimals=2, max_leverage=25, table_row=1, dex="abc", collateral_token=360),
    )
)
"""Three dexs, two of one collateral token."""
DEX_FIRST_USD = np.array([*FIRST_USD, 3_000.0, 12.0, 75.0])
SCALE = np.array([price_scale(market.size_decimals) for market in MARKETS.rows])
DEX_SCALE = np.array([price_scale(market.size_decimals) for market in DEX_MARKETS.rows])
COUNT = len(MARKETS)


def to_ticks(usd: np.ndarray, scale: np.ndarray = SCALE) -> Int64Array:
    """Allowed prices, five significant figures, of USD by market (the second axis, or the only one)."""
    scale = scale if usd.ndim < 3 else scale[:, None]
    return allowed(usd * scale, np.broadcast_to(scale, usd.shape))


def allowed(ticks: np.ndarray, scale: np.ndarray) -> Int64Array:
    """Nearest ticks that follow the tick rule."""
    digits = np.floor(np.log10(np.maximum(ticks, 1.0) * (1 + 1e-12))).astype(np.int64) + 1
    unit = np.minimum(10 ** np.maximum(digits - 5, 0), scale)
    rounded: Int64Array = np.maximum(np.rint(ticks / unit).astype(np.int64), 1) * unit
    return rounded
