"""Channel `trades`: public prints; takeovers and auto-deleveraging are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from liqscape.exchange.columns import FillColumn, Method
from liqscape.sandbox.answers.channels.channel import Channel, Messages, check_coin, serve
from liqscape.sandbox.answers.fills import map_trade
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.recent_trades import newest_trades
from liqscape.wire.ws.trades import TradesSubscription

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput
    from liqscape.sandbox.state import SandboxState
    from liqscape.wire.info.recent_trades import Trade


MAX_FIRST_TRADES = 30
"""Of the first message of a subscription, seen in five recorded ones."""


def first_message(sandbox: SandboxState, market: int) -> list[Trade]:
    """What a new subscriber is sent at once: the newest prints, newest first."""
    return newest_trades(sandbox, market, MAX_FIRST_TRADES)


def _snapshot(question: Question[Any]) -> Messages:
    trades = first_message(question.sandbox, question.market())
    return [trades] if trades else []


def _update(question: Question[Any], output: BlockOutput) -> Messages:
    fills = output.fills
    rows = fills[(fills[:, FillColumn.MARKET] == question.market()) & (fills[:, FillColumn.METHOD] <= Method.MARKET)]
    return [[map_trade(question.sandbox.exchange, row) for row in rows.tolist()]] if len(rows) else []


serve(TradesSubscription, Channel(check_coin, _snapshot, _update))
