"""All facts beside the perpetuals in one place, for the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from liqscape.sandbox.facts.chance import share_of
from liqscape.sandbox.facts.coin_facts import CoinFacts
from liqscape.sandbox.facts.outcomes import Outcomes

CLOSED_LEG_SHARE = 0.06
"""Of addresses whose state still lists a leg that was closed, at size 0 (third-party observation)."""
SPOT_SHARE, SPOT_USDC = 0.25, 2_000.0
"""Of standard addresses that hold tokens spot, and how many USDC at most."""


@dataclass(frozen=True)
class Facts:
    """Facts of one world.

    seed      the world's; None where nothing stands beside the perpetuals.
    coins     by coin; coins that are not there have nothing special.
    dexs      full name by name.
    """

    seed: int | None = None
    coins: Mapping[str, CoinFacts] = field(default_factory=dict)
    dexs: Mapping[str, str] = field(default_factory=dict)

    @property
    def outcomes(self) -> Outcomes | None:
        """Outcome markets; None where there are none."""
        return None if self.seed is None else Outcomes(self.seed)

    def coin(self, coin: str) -> CoinFacts:
        """What is said of a coin."""
        return self.coins.get(coin, CoinFacts())

    def lists_closed_leg(self, address: str) -> bool:
        """Whether a closed leg stays listed in this address's state."""
        return self.seed is not None and share_of(self.seed, "closed leg", address) < CLOSED_LEG_SHARE

    def spot_usdc(self, address: str, time_ms: int) -> float | None:
        """USDC of a standard address apart from its perpetuals; None where it holds no token."""
        if self.seed is None or self.outcomes is None:
            return None
        if share_of(self.seed, "spot", address) >= SPOT_SHARE and not self.outcomes.deals(address):
            return None
        brought = round(500.0 + SPOT_USDC * share_of(self.seed, "spot usdc", address), 2)
        return round(brought + self.outcomes.profit_of(address, time_ms), 6)
