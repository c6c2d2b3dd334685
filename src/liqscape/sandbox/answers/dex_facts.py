"""perpDexLimits, perpDexStatus, borrowLendUserState, allBorrowLendReserveStates, extraAgents, userTwapSliceFills.

What the sandbox does not model is answered as the exchange answers where there is none of it: no caps, no loans, no
agents, no slices.
"""

from __future__ import annotations

from liqscape.sandbox.answers.question import Question
from liqscape.wire.info.borrow_lend import BorrowLendUserState


def answer_no_dex_facts(question: Question) -> None:
    """Null, as for the first dex."""
    question.dex()


def answer_no_loans(question: Question) -> BorrowLendUserState:
    """borrowLendUserState of an account that neither lends nor borrows."""
    question.address()
    return BorrowLendUserState((), "healthy")


def answer_nothing(question: Question) -> list[object]:  # noqa: ARG001
    """An empty list."""
    return []
