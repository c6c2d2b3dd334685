"""fundingHistory: hourly rates of a coin, oldest first."""

from __future__ import annotations

from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import rate
from liqscape.sandbox.records.records import Rate
from liqscape.wire.info.funding_history import MAX_ROWS, FundingHistoryRequest, FundingRate


@answers(FundingHistoryRequest)
def answer(question: Question[FundingHistoryRequest]) -> list[FundingRate]:
    market, start, end = question.market(), question.request.startTime, question.request.endTime
    coin = question.sandbox.exchange.markets.coins[market]
    rows = question.sandbox.records.funding_history(market, start, end)[:MAX_ROWS]
    return [
        FundingRate(coin, rate(int(row[Rate.RATE])), rate(int(row[Rate.PREMIUM])), int(row[Rate.TIME_MS]))
        for row in rows
    ]
