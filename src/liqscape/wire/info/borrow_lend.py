"""`{"type": "borrowLendUserState", "user"}` and `allBorrowLendReserveStates`: loans of portfolio-margin accounts.

`health` healthy, atRisk, marketLiquidatable or backstopLiquidatable (docs/venue.md).
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest


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


class AllBorrowLendReserveStatesRequest(
    InfoRequest[BorrowLendReserveStatesAnswer], frozen=True, tag="allBorrowLendReserveStates"
):
    """Tokens that may be supplied or borrowed."""

    example: ClassVar = Example(
        '{"type": "allBorrowLendReserveStates"}',
        '[[0, {"ltv": "0.0", "oraclePx": "1.0", "utilization": "0.5", "totalSupplied": "2000.0", '
        '"totalBorrowed": "1000.0", "borrowYearlyRate": "0.05", "supplyYearlyRate": "0.02", '
        '"balance": "1000.0"}]]',
    )


class BorrowLendUserStateRequest(InfoRequest[BorrowLendUserState], frozen=True, tag="borrowLendUserState"):
    """Loans of one account."""

    user: str

    example: ClassVar = Example(
        '{"type": "borrowLendUserState", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"tokenToState": [], "health": "healthy", "healthFactor": null}',
    )
