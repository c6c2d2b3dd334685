"""`{"type": "userAbstraction", "user"}`: how the account's balances back its positions, one word."""

from __future__ import annotations

from liqscape.units import PoolMode

UserAbstractionAnswer = str

WORDS = {
    PoolMode.CROSS: "disabled",
    PoolMode.UNIFIED: "unifiedAccount",
    PoolMode.PORTFOLIO: "portfolioMargin",
}
"""`default` and `dexAbstraction` also exist and say nothing about the pool."""
