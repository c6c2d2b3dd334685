"""perpDexLimits and perpDexStatus: caps and money of one dex."""

from __future__ import annotations

from liqscape.exchange.columns import FlowColumn, MarketColumn
from liqscape.sandbox.answers.contexts import markets_of
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import usd
from liqscape.wire.info.perp_dex_limits import PerpDexLimits, PerpDexLimitsRequest, PerpDexStatus, PerpDexStatusRequest

COIN_CAP, LARGEST_SIZE, LARGEST_TRANSFER = 25_000_000.0, 1e9, 10_000_000.0
"""USD of open interest a coin, coins of open interest a market (HL.DOC.HIP3), USD at once into a dex."""


@answers(PerpDexLimitsRequest)
def answer_limits(question: Question[PerpDexLimitsRequest]) -> PerpDexLimits | None:
    """perpDexLimits: caps reported, not enforced; null for the first dex, which has none."""
    dex, exchange = question.dex(), question.sandbox.exchange
    if not dex:
        return None
    coins = [exchange.markets.coins[row] for row in markets_of(exchange, dex)]
    return PerpDexLimits(
        COIN_CAP * len(coins), LARGEST_SIZE, LARGEST_TRANSFER, tuple((coin, COIN_CAP) for coin in coins)
    )


@answers(PerpDexStatusRequest)
def answer_dex_status(question: Question[PerpDexStatusRequest]) -> PerpDexStatus:
    """perpDexStatus: of the first dex what was ever paid in less taken out, of another what backs its positions now."""
    dex, exchange = question.dex(), question.sandbox.exchange
    if not dex:
        return PerpDexStatus(max(0.0, usd(int(exchange.state.flow[FlowColumn.DEPOSITED]))))
    rows = exchange.state.market[markets_of(exchange, dex)]
    return PerpDexStatus(usd(int((rows[:, MarketColumn.OPEN_LOTS] * rows[:, MarketColumn.MARK]).sum())))
