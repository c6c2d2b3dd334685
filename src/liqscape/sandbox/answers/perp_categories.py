"""perpCategories: what each perpetual follows."""

from __future__ import annotations

from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.wire.info.perp_categories import PerpCategoriesRequest


@answers(PerpCategoriesRequest)
def answer(question: Question[PerpCategoriesRequest]) -> list[tuple[str, str]]:
    sandbox = question.sandbox
    return [(coin, sandbox.facts.coin(coin).category) for coin in sandbox.exchange.markets.coins]
