"""predictedFundings: the rate each coin would pay if the hour ended now; of the first dex alone."""

from __future__ import annotations

from liqscape.exchange.columns import MarketColumn
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import rate
from liqscape.units import HOUR_MS
from liqscape.wire.info.predicted_fundings import (
    OWN_VENUE,
    PredictedFunding,
    PredictedFundingsAnswer,
    PredictedFundingsRequest,
)


@answers(PredictedFundingsRequest)
def answer(question: Question[PredictedFundingsRequest]) -> PredictedFundingsAnswer:
    exchange = question.sandbox.exchange
    next_hour = (exchange.time_ms // HOUR_MS + 1) * HOUR_MS
    return tuple(
        (
            coin,
            (
                (
                    OWN_VENUE,
                    PredictedFunding(rate(int(exchange.state.market[row, MarketColumn.FUNDING_RATE])), next_hour, 1),
                ),
            ),
        )
        for row, coin in enumerate(exchange.markets.coins)
        if not exchange.markets.rows[row].dex
    )
