"""userAbstraction: the margin mode of an account."""

from __future__ import annotations

from liqscape.sandbox.answers.account_figures import mode_of
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.state import SandboxState
from liqscape.units import PoolMode
from liqscape.wire.info.user_abstraction import WORDS, UserAbstractionRequest

NEVER_CHOSEN = "default"


@answers(UserAbstractionRequest)
def answer(question: Question[UserAbstractionRequest]) -> str:
    return abstraction_of(question.sandbox, question.account())


def abstraction_of(sandbox: SandboxState, account: int | None) -> str:
    """The exchange's word for it; `default` for an address that never came here."""
    if account is None:
        return NEVER_CHOSEN
    return WORDS.get(PoolMode(mode_of(sandbox.exchange, account)), NEVER_CHOSEN)
