"""Markets and a frozen snapshot of their prices, as columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from liqscape.errors import ModelError
from liqscape.spelling import unknown_coin
from liqscape.units import Float64Array, Int32Array, Int64Array, UInt8Array


@dataclass(frozen=True, kw_only=True)
class Market:
    """One perpetual. `table_row` is the row of its present margin table in MarginTables."""

    coin: str
    size_decimals: int
    max_leverage: int
    table_row: int
    dex: str = ""
    is_delisted: bool = False
    is_isolated_only: bool = False
    is_strict_isolated: bool = False
    """Isolated only, and margin cannot be taken out of an open position."""
    collateral_token: int = 0
    """Spot token of its dex's collateral; 0 is USDC."""
    deployer_fee_scale: float | None = None
    """What the deployer of its dex takes, as a multiple of the exchange's fee (ledger.fees); None not told."""
    is_in_growth: bool = False
    """A tenth of the fees."""


@dataclass(frozen=True)
class Markets:
    """All markets in a fixed order; `market_index` everywhere else is a row of this."""

    rows: tuple[Market, ...]

    def __post_init__(self) -> None:
        if len(self._index) != len(self.rows):
            raise ModelError("a coin is listed twice among the markets")

    @classmethod
    def build(cls, markets: Iterable[Market]) -> Markets:
        """Markets in the given order. Raises ModelError for a coin listed twice."""
        return cls(tuple(markets))

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def coins(self) -> tuple[str, ...]:
        return tuple(market.coin for market in self.rows)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {market.coin: row for row, market in enumerate(self.rows)}

    @cached_property
    def table_row(self) -> Int32Array:
        """(M,) row of each market's present margin table."""
        return np.array([market.table_row for market in self.rows], np.int32)

    @cached_property
    def lots_per_coin(self) -> Float64Array:
        """(M,) 10^size_decimals: an order is a whole number of lots."""
        return np.array([10**market.size_decimals for market in self.rows], np.float64)

    def index_of(self, coin: str) -> int:
        """Row of a coin. Raises ModelError naming the coin and the nearest spelling if it is not there."""
        row = self._index.get(coin)
        if row is None:
            raise ModelError(unknown_coin(coin, self._index), coin=coin)
        return row

    def find(self, coin: str) -> int | None:
        """Row of a coin, None where it is not listed."""
        return self._index.get(coin)


@dataclass(frozen=True, kw_only=True)
class MarketSnapshot:
    """Prices of all markets at one venue time. NaN means not known, never zero.

    mark          (M,) USD, values positions and triggers liquidation.
    oracle        (M,) USD, external index; funding only.
    open_interest (M,) base coin units, one side.
    doubt         (M,) bits of model.doubt.Doubt: why figures of a market are not sure; None: no market is in doubt.
    funding_rate  (M,) fraction an hour of the hour under way, as the exchange predicts it; None: no source tells it.
                  Only shown, and not stored.
    """

    markets: Markets
    time_ms: int
    mark: Float64Array
    oracle: Float64Array
    open_interest: Float64Array
    doubt: UInt8Array | None = None
    funding_rate: Float64Array | None = None

    def __post_init__(self) -> None:
        for name in ("mark", "oracle", "open_interest"):
            shape = getattr(self, name).shape
            if shape != (len(self.markets),):
                raise ModelError(f"{name} has shape {shape}, {len(self.markets)} markets need ({len(self.markets)},)")

    @property
    def in_doubt(self) -> Int64Array:
        """(D,) rows of the markets in doubt."""
        return np.flatnonzero(0 if self.doubt is None else self.doubt)

    @property
    def coins_in_doubt(self) -> list[str]:
        """The same by name."""
        return [self.markets.coins[row] for row in self.in_doubt.tolist()]

    def doubt_of(self, market_index: int) -> int:
        """Bits of Doubt of one market; 0: none."""
        return 0 if self.doubt is None else int(self.doubt[market_index])

    @classmethod
    def of_marks(cls, markets: Markets, time_ms: int, mark: Float64Array) -> MarketSnapshot:
        """A snapshot of which only the marks are known."""
        unknown = np.full(len(markets), np.nan)
        return cls(
            markets=markets, time_ms=time_ms, mark=np.asarray(mark, np.float64), oracle=unknown, open_interest=unknown
        )
