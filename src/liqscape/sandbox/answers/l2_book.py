"""l2Book: the order book of a coin, whole or with prices joined to fewer significant figures."""

from __future__ import annotations

from liqscape.exchange.columns import MarketColumn
from liqscape.exchange.exchange import Exchange
from liqscape.sandbox.answers.bad_request import UNREADABLE, BadRequest
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import coins, price
from liqscape.units import Int64Array
from liqscape.wire.info.l2_book import FAST_LEVELS, LEVELS, BookLevel, L2Book, L2BookRequest
from liqscape.wire.ws.l2_book import L2BookSubscription

FINEST = 5
"""Significant figures of the finest joining; `mantissa` goes with it."""


@answers(L2BookRequest)
def answer(question: Question[L2BookRequest]) -> L2Book | None:
    """Null for a coin that is not listed."""
    figures, mantissa = read_figures(question.request)
    market = question.sandbox.exchange.markets.find(question.request.coin)
    if market is None:
        return None
    return build_book(question.sandbox.exchange, market, figures, mantissa, is_fast=bool(question.request.fast))


def read_figures(request: L2BookRequest | L2BookSubscription) -> tuple[int | None, int]:
    """(nSigFigs, mantissa). Raises BadRequest (422) outside of what the exchange takes."""
    figures, mantissa = request.nSigFigs, request.mantissa
    if figures is not None and not 2 <= figures <= FINEST:
        raise BadRequest(422, UNREADABLE)
    if mantissa is not None and (figures != FINEST or mantissa not in (1, 2, 5)):
        raise BadRequest(422, UNREADABLE)
    return figures, mantissa or 1


def build_book(
    exchange: Exchange,
    market: int,
    figures: int | None = None,
    mantissa: int = 1,
    count: int = LEVELS,
    *,
    is_fast: bool = False,
) -> L2Book:
    """The record: `count` levels a side, fewer where it is fast; `spread` is the gap between joined prices."""
    count = min(count, FAST_LEVELS) if is_fast else count
    row = exchange.state.market[market]
    if figures is None:
        sides = [side.tolist() for side in exchange.depth(market, count)]
    else:
        whole = exchange.depth(market, max(1, int(row[MarketColumn.BIDS]), int(row[MarketColumn.ASKS])))
        sides = [
            join_levels(whole[0], figures, mantissa, count, is_up=False),
            join_levels(whole[1], figures, mantissa, count, is_up=True),
        ]
    bids, asks = (
        tuple(BookLevel(price(exchange, market, ticks), coins(exchange, market, lots), n) for ticks, lots, n in side)
        for side in sides
    )
    spread = None
    if figures is not None and sides[0] and sides[1]:
        spread = price(exchange, market, sides[1][0][0] - sides[0][0][0])
    return L2Book(
        coin=exchange.markets.coins[market],
        levels=(bids, asks),
        time=exchange.time_ms,
        spread=spread,
        fast=is_fast or None,
    )


def join_levels(side: Int64Array, figures: int, mantissa: int, count: int, *, is_up: bool) -> list[list[int]]:
    """Levels (n, 3) best first with prices rounded away from the middle, equal ones joined."""
    joined: list[list[int]] = []
    for ticks, lots, orders in side.tolist():
        unit = mantissa * 10 ** max(0, len(str(ticks)) - figures)
        rounded = -(-ticks // unit) * unit if is_up else ticks // unit * unit
        if joined and joined[-1][0] == rounded:
            joined[-1][1] += lots
            joined[-1][2] += orders
        elif len(joined) == count:
            break
        else:
            joined.append([rounded, lots, orders])
    return joined
