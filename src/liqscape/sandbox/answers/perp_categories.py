"""perpCategories: what each perpetual follows."""

from __future__ import annotations

from liqscape.sandbox.answers.question import Question


def answer(question: Question) -> list[tuple[str, str]]:
    sandbox = question.sandbox
    return [(coin, sandbox.facts.coin(coin).category) for coin in sandbox.exchange.markets.coins]
