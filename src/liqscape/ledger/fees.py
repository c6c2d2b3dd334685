"""The fee assumed for a public print, which does not report one (docs/tracking.md, "Fees")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.errors import ModelError
from liqscape.model.markets import Market, Markets
from liqscape.units import Float64Array

GROWTH_FACTOR = 0.1
"""Of markets in growth mode (HL.DOC.FEES)."""


def fee_factor(scale: float, *, is_in_growth: bool = False) -> float:
    """How many times the exchange's own fee a market of a deployed dex costs (HL.DOC.FEES).

    factor = (1 + s for s < 1, else 2 s) * (0.1 in growth mode), s the deployer's scale, at least 0.
    """
    factor = 1.0 + scale if scale < 1.0 else 2.0 * scale
    return factor * GROWTH_FACTOR if is_in_growth else factor


def without_fee_scale(markets: Markets) -> tuple[str, ...]:
    """Traded coins of deployed dexs whose scale is not reported."""
    return tuple(
        each.coin for each in markets.rows if each.dex and each.deployer_fee_scale is None and not each.is_delisted
    )


@dataclass(frozen=True)
class FeeAssumption:
    """Shares of notional; negative is a rebate. The defaults are the venue's lowest tier, without discounts."""

    taker_rate: float = 0.000_45
    maker_rate: float = 0.000_15
    deployed_dex_factor: float = 2.0
    """Markets of other dexs cost so many times as much where their scale is not reported: as with scale 1."""

    def __post_init__(self) -> None:
        for name in ("taker_rate", "maker_rate"):
            rate = getattr(self, name)
            if not -0.01 <= rate <= 0.01:
                raise ModelError(f"assumed {name} is {rate}, must be within -0.01 and 0.01")
        if not 0.0 <= self.deployed_dex_factor <= 10.0:
            raise ModelError(f"assumed deployed_dex_factor is {self.deployed_dex_factor}, must be within 0 and 10")

    def rates(self, markets: Markets) -> Float64Array:
        """(M, 2) of takers and of makers."""
        factor = np.array([self._factor(market) for market in markets.rows])
        rates: Float64Array = factor[:, None] * np.array([self.taker_rate, self.maker_rate])
        return rates

    def _factor(self, market: Market) -> float:
        if not market.dex:
            return 1.0
        if market.deployer_fee_scale is None:
            return self.deployed_dex_factor * (GROWTH_FACTOR if market.is_in_growth else 1.0)
        return fee_factor(market.deployer_fee_scale, is_in_growth=market.is_in_growth)
