"""recentTrades: the newest public prints of a coin, newest first."""

from __future__ import annotations

from liqscape.sandbox.answers.fills import map_trade
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.state import SandboxState
from liqscape.wire.info.recent_trades import RecentTradesRequest, Trade

MAX_TRADES = 10
"""An answer."""


@answers(RecentTradesRequest)
def answer(question: Question[RecentTradesRequest]) -> list[Trade]:
    return newest_trades(question.sandbox, question.market())


def newest_trades(sandbox: SandboxState, market: int, count: int = MAX_TRADES) -> list[Trade]:
    """The newest prints of a market, at most `count`."""
    return [map_trade(sandbox.exchange, row) for row in sandbox.records.recent_trades(market, count).tolist()]
