"""borrowLendUserState and allBorrowLendReserveStates: loans and what backs them."""

from __future__ import annotations

from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.spot_meta_and_asset_ctxs import token_price
from liqscape.sandbox.facts.tokens import TOKENS
from liqscape.wire.info.borrow_lend import BorrowLendUserState, ReserveState

BASE_RATE = 0.05
"""A year, while less than 80 % is lent out (HL.DOC.PORTFOLIO_MARGIN)."""


def answer_user(question: Question) -> BorrowLendUserState:
    """borrowLendUserState."""
    question.address()
    return BorrowLendUserState((), "healthy")


def answer_reserves(question: Question) -> list[tuple[int, ReserveState]]:
    """allBorrowLendReserveStates: tokens that may be supplied or borrowed."""
    sandbox = question.sandbox
    return [
        (
            token.number,
            ReserveState(
                ltv=token.ltv,
                oraclePx=token_price(sandbox, token),
                utilization=0.0,
                totalSupplied=0.0,
                totalBorrowed=0.0,
                borrowYearlyRate=BASE_RATE,
                supplyYearlyRate=0.0,
                balance=0.0,
            ),
        )
        for token in TOKENS
        if token.ltv is not None
    ]
