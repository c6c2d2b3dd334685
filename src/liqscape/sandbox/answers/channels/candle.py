"""Channel `candle`: the candle under way, after each block with a trade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from liqscape.exchange.columns import FillColumn, Method
from liqscape.sandbox.answers.candle_snapshot import map_candle, read_interval
from liqscape.sandbox.answers.channels.channel import Channel, Messages, serve
from liqscape.sandbox.answers.question import Question
from liqscape.wire.ws.candle import CandleSubscription

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput


def _check(question: Question[Any]) -> None:
    question.market()
    read_interval(question.request.interval)


def _present(question: Question[Any]) -> Messages:
    sandbox, interval = question.sandbox, read_interval(question.request.interval)
    rows = sandbox.records.candles(question.market(), interval, sandbox.time_ms, sandbox.time_ms)
    return [map_candle(sandbox.exchange, rows[-1], interval)] if len(rows) else []


def _update(question: Question[Any], output: BlockOutput) -> Messages:
    fills = output.fills
    has_traded = np.any(
        (fills[:, FillColumn.MARKET] == question.market()) & (fills[:, FillColumn.METHOD] <= Method.MARKET)
    )
    return _present(question) if has_traded else []


serve(CandleSubscription, Channel(_check, _present, _update))
