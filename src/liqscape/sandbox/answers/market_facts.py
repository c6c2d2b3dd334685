"""perpsAtOpenInterestCap, exchangeStatus, maxMarketOrderNtls: small facts about the whole exchange."""

from __future__ import annotations

from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.wire.info.exchange_status import ExchangeStatus, ExchangeStatusRequest
from liqscape.wire.info.max_market_order_ntls import CAPS, MaxMarketOrderNtlsRequest
from liqscape.wire.info.perps_at_open_interest_cap import PerpsAtOpenInterestCapRequest


@answers(PerpsAtOpenInterestCapRequest)
def answer_capped(question: Question[PerpsAtOpenInterestCapRequest]) -> list[str]:
    """perpsAtOpenInterestCap: the engine has no caps."""
    question.dex()
    return []


@answers(ExchangeStatusRequest)
def answer_status(question: Question[ExchangeStatusRequest]) -> ExchangeStatus:
    """exchangeStatus."""
    return ExchangeStatus(question.sandbox.time_ms)


@answers(MaxMarketOrderNtlsRequest)
def answer_largest_orders(question: Question[MaxMarketOrderNtlsRequest]) -> list[tuple[int, float]]:
    """maxMarketOrderNtls: by every maximum leverage listed. The engine does not enforce it."""
    leverages = sorted({market.max_leverage for market in question.sandbox.exchange.markets.rows})
    return [(leverage, next(cap for least, cap in CAPS if leverage >= least)) for leverage in leverages]
