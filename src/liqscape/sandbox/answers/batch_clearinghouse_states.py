"""batchClearinghouseStates: many accounts in one answer; null for addresses that never came here."""

from __future__ import annotations

from liqscape.sandbox.answers.clearinghouse_state import build_state
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question, read_address
from liqscape.wire.info.batch_clearinghouse_states import BatchClearinghouseStatesRequest
from liqscape.wire.info.clearinghouse_state import ClearinghouseState


@answers(BatchClearinghouseStatesRequest)
def answer(question: Question[BatchClearinghouseStatesRequest]) -> list[ClearinghouseState | None]:
    sandbox, dex = question.sandbox, question.dex()
    rows = [sandbox.exchange.account_row(address) for address in map(read_address, question.request.users)]
    return [None if row is None else build_state(sandbox, row, dex) for row in rows]
