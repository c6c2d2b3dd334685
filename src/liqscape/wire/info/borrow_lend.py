"""`{"type": "borrowLendUserState", "user"}` and `allBorrowLendReserveStates`: loans of portfolio-margin accounts.

`health` healthy, atRisk, marketLiquidatable or backstopLiquidatable (docs/venue.md).
"""

from __future__ import annotations

import msgspec


class ReserveState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One token: loan-to-value and utilisation as shares, USD a token, tokens; rates a year, tokens left to borrow."""

    ltv: float
    oraclePx: float
    utilization: float
    totalSupplied: float
    totalBorrowed: float
    borrowYearlyRate: float | None = None
    supplyYearlyRate: float | None = None
    balance: float | None = None


class BorrowLendUserState(msgspec.Struct, frozen=True):
    """`healthFactor` null without a loan. What a token's state holds is not read."""

    tokenToState: tuple[tuple[int, dict[str, object]], ...]
    health: str
    healthFactor: float | None = None


BorrowLendReserveStatesAnswer = tuple[tuple[int, ReserveState], ...]
