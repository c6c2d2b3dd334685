"""candleSnapshot: candles of a coin, oldest first."""

from __future__ import annotations

from liqscape.exchange.exchange import Exchange
from liqscape.sandbox.answers.bad_request import UNREADABLE, BadRequest
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question, find_market
from liqscape.sandbox.answers.units import coins, price
from liqscape.sandbox.records.bars import Bar, next_interval
from liqscape.units import Int64Array
from liqscape.wire.info.candle_snapshot import INTERVALS, Candle, CandleSnapshotRequest


@answers(CandleSnapshotRequest)
def answer(question: Question[CandleSnapshotRequest]) -> list[Candle]:
    sandbox, wanted = question.sandbox, question.request.req
    market, interval = find_market(sandbox, wanted.coin), read_interval(wanted.interval)
    end = sandbox.time_ms if wanted.endTime is None else wanted.endTime
    rows = sandbox.records.candles(market, interval, wanted.startTime, end)
    return [map_candle(sandbox.exchange, row, interval) for row in rows]


def read_interval(interval: str) -> str:
    """One of the exchange's intervals."""
    if interval not in INTERVALS:
        raise BadRequest(422, UNREADABLE)
    return interval


def map_candle(exchange: Exchange, row: Int64Array, interval: str) -> Candle:
    """One bar, (Bar.WIDTH,), as a candle."""
    market, start = int(row[Bar.MARKET]), int(row[Bar.START_MS])
    return Candle(
        t=start,
        T=next_interval(start, interval) - 1,
        s=exchange.markets.coins[market],
        i=interval,
        o=price(exchange, market, int(row[Bar.OPEN])),
        c=price(exchange, market, int(row[Bar.CLOSE])),
        h=price(exchange, market, int(row[Bar.HIGH])),
        l=price(exchange, market, int(row[Bar.LOW])),
        v=coins(exchange, market, int(row[Bar.LOTS])),
        n=int(row[Bar.TRADES]),
    )
