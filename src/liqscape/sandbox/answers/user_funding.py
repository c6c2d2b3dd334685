"""userFunding: funding payments of an account, oldest first."""

from __future__ import annotations

from liqscape.exchange.exchange import Exchange
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import coins, rate, transaction_hash, usd
from liqscape.sandbox.records.records import Payment
from liqscape.units import Int64Array
from liqscape.wire.info.funding_history import MAX_ROWS
from liqscape.wire.info.user_funding import FundingDelta, FundingUpdate, UserFundingRequest


@answers(UserFundingRequest)
def answer(question: Question[UserFundingRequest]) -> list[FundingUpdate]:
    account, start, end = (
        question.account(),
        question.request.startTime or 0,
        question.request.endTime,
    )
    if account is None:
        return []
    rows = question.sandbox.records.fundings_of(account, start, end)[:MAX_ROWS]
    return [map_payment(question.sandbox.exchange, row) for row in rows]


def map_payment(exchange: Exchange, row: Int64Array) -> FundingUpdate:
    """One payment, (Payment.WIDTH,); on the wire what is paid is negative."""
    market = int(row[Payment.MARKET])
    delta = FundingDelta(
        coin=exchange.markets.coins[market],
        usdc=usd(-int(row[Payment.PAID])),
        szi=coins(exchange, market, int(row[Payment.LOTS])),
        fundingRate=rate(int(row[Payment.RATE])),
    )
    return FundingUpdate(int(row[Payment.TIME_MS]), delta, transaction_hash(int(row[Payment.TRANSACTION])))
