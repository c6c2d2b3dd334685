"""allMids: mid of every coin of a dex."""

from __future__ import annotations

from liqscape.sandbox.answers.contexts import markets_of, mid_or_last
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.state import SandboxState
from liqscape.wire.info.all_mids import AllMidsRequest


@answers(AllMidsRequest)
def answer(question: Question[AllMidsRequest]) -> dict[str, float]:
    return build_mids(question.sandbox, question.dex())


def build_mids(sandbox: SandboxState, dex: str) -> dict[str, float]:
    """USD by coin; the last trade where a side of the book is empty. Delisted coins have none."""
    exchange = sandbox.exchange
    return {
        exchange.markets.coins[row]: mid_or_last(exchange, row)
        for row in markets_of(exchange, dex)
        if not exchange.markets.rows[row].is_delisted
    }
