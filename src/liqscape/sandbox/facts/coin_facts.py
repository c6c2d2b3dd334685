"""What a dex says of its coins beside their margin: how they may be margined, what they cost, what they are.

Fee scales as recorded in September 2026: a dex's assets carry `deployerFeeScale` 0.5 or 1.0, many stand in growth mode.
"""

from __future__ import annotations

from typing import NamedTuple


class CoinFacts(NamedTuple):
    """One coin.

    margin_mode  None or normal: cross and isolated. noCross: isolated only. strictIsolated: also, no margin comes out.
                 onlyIsolated: isolated only as old metas say it, by a flag that newer ones deprecate.
    is_in_growth fees cut to a tenth.
    fee_scale    the deployer's share on top; None in the first dex.
    category     what it follows.
    """

    margin_mode: str | None = None
    is_in_growth: bool = False
    fee_scale: float | None = None
    category: str = "crypto"

    @property
    def is_isolated_only(self) -> bool:
        """No cross margin."""
        return self.margin_mode not in (None, "normal")


FEE_SCALE_CHANGED = "2026-04-01T00:00:00.000000000"
