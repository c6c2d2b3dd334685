"""borrowLendUserState and allBorrowLendReserveStates: loans and what backs them."""

from __future__ import annotations

from typing import Any

from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.portfolio_margin import RATIO_DECIMALS, is_portfolio, portfolio_loans, reserves
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.spot_meta_and_asset_ctxs import token_price
from liqscape.sandbox.facts.tokens import TOKENS
from liqscape.wire.info.borrow_lend import (
    AllBorrowLendReserveStatesRequest,
    BorrowLendUserState,
    BorrowLendUserStateRequest,
    ReserveState,
)

BASE_RATE = 0.05
"""A year, while less than 80 % is lent out (HL.DOC.PORTFOLIO_MARGIN)."""


@answers(BorrowLendUserStateRequest)
def answer_user(question: Question[BorrowLendUserStateRequest]) -> BorrowLendUserState:
    """borrowLendUserState."""
    account, sandbox = question.account(), question.sandbox
    if account is None or not is_portfolio(sandbox, account):
        return BorrowLendUserState((), "healthy")
    return portfolio_loans(sandbox, account)


@answers(AllBorrowLendReserveStatesRequest)
def answer_reserves(question: Question[Any]) -> list[tuple[int, ReserveState]]:
    """allBorrowLendReserveStates: tokens that may be supplied or borrowed."""
    sandbox = question.sandbox
    totals = reserves(sandbox)
    return [
        (
            token.number,
            ReserveState(
                ltv=token.ltv,
                oraclePx=token_price(sandbox, token),
                utilization=round(borrowed / supplied, RATIO_DECIMALS) if supplied else 0.0,
                totalSupplied=round(supplied, 6),
                totalBorrowed=round(borrowed, 6),
                borrowYearlyRate=BASE_RATE,
                supplyYearlyRate=0.0,
                balance=round(max(0.0, supplied - borrowed), 6),
            ),
        )
        for token in TOKENS
        if token.ltv is not None
        for supplied, borrowed in (totals[token.number],)
    ]
