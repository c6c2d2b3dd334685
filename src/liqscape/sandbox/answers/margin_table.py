"""marginTable: tiers by table id."""

from __future__ import annotations

from liqscape.model.margin_tables import flat_table
from liqscape.sandbox.answers.bad_request import BadRequest
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.meta import map_table
from liqscape.sandbox.answers.question import NULL, Question
from liqscape.wire.info.margin_table import FIRST_LISTED_ID, MarginTableRequest, WireMarginTable


@answers(MarginTableRequest)
def answer(question: Question[MarginTableRequest]) -> WireMarginTable:
    table_id = question.request.id
    for table in question.sandbox.exchange.tables.tables:
        if table.table_id == table_id:
            return map_table(table)
    if not 1 <= table_id < FIRST_LISTED_ID:
        raise BadRequest(500, NULL)
    return map_table(flat_table(table_id))
