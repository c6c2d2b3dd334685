"""What a request of the info API weighs against the budget of a minute (HL.DOC.LIMITS).

A request weighs when it is asked; some weigh more by the number of items in their answer.
"""

from __future__ import annotations

WEIGHT_A_MINUTE = 1_200
"""Of one address of the internet."""
LIGHT = frozenset(
    {
        "l2Book",
        "allMids",
        "clearinghouseState",
        "orderStatus",
        "spotClearinghouseState",
        "exchangeStatus",
    }
)
LIGHT_WEIGHT, USUAL_WEIGHT, ROLE_WEIGHT = 2, 20, 60
BY_TWENTY = frozenset(
    {
        "recentTrades",
        "historicalOrders",
        "userFills",
        "userFillsByTime",
        "fundingHistory",
        "userFunding",
        "userNonFundingLedgerUpdates",
        "userTwapSliceFills",
    }
)
"""One more for every 20 items answered."""
BY_SIXTY = frozenset({"candleSnapshot"})
MAX_ITEMS = {"fundingHistory": 500, "userFunding": 500, "userNonFundingLedgerUpdates": 500, "candleSnapshot": 5_000}
"""Longest answers that are documented; the others that weigh by item give at most USUAL_ITEMS."""
USUAL_ITEMS = 2_000


def weight_of(kind: str) -> int:
    """Weight of a request before it is answered."""
    if kind in LIGHT:
        return LIGHT_WEIGHT
    return ROLE_WEIGHT if kind == "userRole" else USUAL_WEIGHT


def further_weight(kind: str, items: int) -> int:
    """What an answer of so many items adds."""
    if kind in BY_TWENTY:
        return items // 20
    return items // 60 if kind in BY_SIXTY else 0


def max_further_weight(kind: str) -> int:
    """What the longest answer adds."""
    return further_weight(kind, MAX_ITEMS.get(kind, USUAL_ITEMS))
