"""Market makers: one ladder of quotes around the outside price, dealt out among them.

    half spread s_i = clip(SPREAD_OF_NOISE * noise_i * exp(v_i), 1 bp, 15 bp)                              (1)
    level k at s_i * (REACH / s_i)^(k / (K - 1)) from the outside price, k = 0 .. K - 1                    (2)
    size in proportion to (1 + k)^2, depth_i in all on a side, less where volatility is high                (3)

Every quote moves against the maker's inventory, so that they do not all keep what the crowd sold them. Quotes may
take: a stale resting order of a trader is an arbitrage.
"""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import Action, RequestColumn
from liqscape.sandbox.world.coins import CoinSet
from liqscape.sandbox.world.rounding import allowed_ticks
from liqscape.units import BoolArray, Float64Array, Int64Array

LEVELS, COARSE_LEVELS = 16, 8
"""Of each side; the coarse ladder is for blocks that quote every market at once, equally deep in all."""
REACH = 0.02
SPREAD_OF_NOISE = 0.5
NARROWEST, WIDEST = 0.0001, 0.0015
DEPTH = 6_000.0
"""USD on a side of a coin, for each address of the world, times the coin's share of popularity."""
MIN_DEPTH = 4_000.0
SKEW = 2.0
"""Half spreads by which quotes move when the inventory is the depth of a side."""
MAX_SKEW = 0.0015
STALE = 1.5
"""Half spreads by which the outside price may move before a market is quoted anew."""


class MarketMaking:
    """Quotes of the making accounts (K,) in all markets."""

    def __init__(self, coins: CoinSet, makers: Int64Array, accounts: int) -> None:
        popularity = coins.column("popularity")
        self.depth: Float64Array = np.maximum(DEPTH * accounts * popularity / popularity.sum(), MIN_DEPTH)
        self._makers = makers
        self._noise = coins.column("noise") + 0.3 * coins.column("beta") * 0.0004
        self._decimals = coins.size_decimals

    def requests(
        self,
        markets: Int64Array,
        outside: Float64Array,
        volatility: Float64Array,
        inventory: Float64Array,
        *,
        is_coarse: bool,
    ) -> Int64Array:
        """Cancels, then new quotes of the given markets.

        outside (M,) ticks, volatility (M,) log multiplier, inventory (M,) USD the makers hold together, signed.
        """
        count, makers = len(markets), len(self._makers)
        is_all = count == len(outside)
        cancels = np.zeros((makers if is_all else count * makers, RequestColumn.WIDTH), np.int64)
        cancels[:, RequestColumn.ACTION] = Action.CANCEL_ALL if is_all else Action.CANCEL_MARKET
        cancels[:, RequestColumn.ACCOUNT] = np.resize(self._makers, len(cancels))
        cancels[:, RequestColumn.MARKET] = 0 if is_all else np.repeat(markets, makers)

        calm = np.exp(-0.5 * np.maximum(volatility[markets], 0.0))
        half, skew = (each[markets] for each in self._spread(volatility, inventory))
        levels = COARSE_LEVELS if is_coarse else LEVELS
        place = np.arange(levels - 1, -1, -1)  # worst first: the book then only ever adds at its best end
        step = place / (levels - 1)
        away = half[:, None] * (REACH / half[:, None]) ** step
        side = np.array([1.0, -1.0])[None, :, None]
        price = outside[markets][:, None, None] * (1.0 + skew[:, None, None]) * (1.0 - side * away[:, None, :])
        decimals = self._decimals[markets][:, None, None]
        ticks = allowed_ticks(price, decimals, np.broadcast_to(side, price.shape))
        money = (self.depth[markets] * calm)[:, None, None] * (1.0 + place) ** 2 / ((1.0 + place) ** 2).sum()
        lots = np.maximum(np.floor(money * 1e6 / ticks), 1.0).astype(np.int64)

        quotes = np.zeros((count, 2, levels, RequestColumn.WIDTH), np.int64)
        quotes[..., RequestColumn.ACTION] = Action.PLACE
        quotes[..., RequestColumn.ACCOUNT] = self._makers[(place + np.arange(2)[:, None]) % makers]
        quotes[..., RequestColumn.MARKET] = markets[:, None, None]
        quotes[..., RequestColumn.SIDE] = side.astype(np.int64)
        quotes[..., RequestColumn.PRICE] = ticks
        quotes[..., RequestColumn.LOTS] = lots
        return np.concatenate((cancels, quotes.reshape(-1, RequestColumn.WIDTH)))

    def is_stale(self, quoted: Float64Array, outside: Float64Array, volatility: Float64Array) -> BoolArray:
        """(M,) whether the outside price left the one at which a market was quoted (ticks; 0: never quoted)."""
        half, _ = self._spread(volatility, np.zeros(len(outside)))
        stale: BoolArray = np.abs(quoted - outside) > STALE * half * outside
        return stale

    def _spread(self, volatility: Float64Array, inventory: Float64Array) -> tuple[Float64Array, Float64Array]:
        """(M,) half spread (eq. 1) and by how much the middle moves against the inventory."""
        half = np.clip(SPREAD_OF_NOISE * self._noise * np.exp(np.maximum(volatility, 0.0)), NARROWEST, WIDEST)
        return half, np.clip(-SKEW * half * inventory / self.depth, -MAX_SKEW, MAX_SKEW)
