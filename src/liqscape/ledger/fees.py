"""What a public print is assumed to have cost: it does not say (docs/tracking.md, "Fees")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.errors import ModelError
from liqscape.model.markets import Markets
from liqscape.units import Float64Array


@dataclass(frozen=True)
class FeeAssumption:
    """Shares of notional; negative is a rebate. The defaults are the venue's lowest tier, without discounts."""

    taker_rate: float = 0.000_45
    maker_rate: float = 0.000_15
    deployed_dex_factor: float = 2.0
    """Markets of other dexs than the first cost so many times as much."""

    def __post_init__(self) -> None:
        for name in ("taker_rate", "maker_rate"):
            rate = getattr(self, name)
            if not -0.01 <= rate <= 0.01:
                raise ModelError(f"assumed {name} is {rate}, must be within -0.01 and 0.01")
        if not 0.0 <= self.deployed_dex_factor <= 10.0:
            raise ModelError(f"assumed deployed_dex_factor is {self.deployed_dex_factor}, must be within 0 and 10")

    def rates(self, markets: Markets) -> Float64Array:
        """(M, 2) of takers and of makers."""
        factor = np.array([self.deployed_dex_factor if market.dex else 1.0 for market in markets.rows])
        rates: Float64Array = factor[:, None] * np.array([self.taker_rate, self.maker_rate])
        return rates
