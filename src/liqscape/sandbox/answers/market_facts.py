"""perpsAtOpenInterestCap, exchangeStatus, maxMarketOrderNtls: small facts about the whole exchange."""

from __future__ import annotations

from liqscape.sandbox.answers.question import Question
from liqscape.wire.info.exchange_status import ExchangeStatus
from liqscape.wire.info.max_market_order_ntls import CAPS


def answer_capped(question: Question) -> list[str]:
    """perpsAtOpenInterestCap: the engine has no caps."""
    question.dex()
    return []


def answer_status(question: Question) -> ExchangeStatus:
    """exchangeStatus."""
    return ExchangeStatus(question.sandbox.time_ms)


def answer_largest_orders(question: Question) -> list[tuple[int, float]]:
    """maxMarketOrderNtls: by every maximum leverage listed. The engine does not enforce it."""
    leverages = sorted({market.max_leverage for market in question.sandbox.exchange.markets.rows})
    return [(leverage, next(cap for least, cap in CAPS if leverage >= least)) for leverage in leverages]
