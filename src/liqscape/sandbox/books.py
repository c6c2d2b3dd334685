"""What the sandbox's order books say, as the product's events: mids, best prices, depth of every coin, exactly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.exchange.columns import ASK, BID, MarketColumn
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.scale import price_scale
from liqscape.model.depth import WITHIN
from liqscape.model.events import BestPricesObserved, DepthObserved, Event, MidsObserved
from liqscape.units import Float64Array, Int64Array


class _Side(NamedTuple):
    """Levels of one side of all books, in any order: market (L,), price (L,) USD, size (L,) coins."""

    market: Int64Array
    price: Float64Array
    size: Float64Array

    def depth(self, mid: Float64Array) -> Float64Array:
        """(M, 3) USD within WITHIN of each mid; NaN where there is no mid. Nothing is cut off or joined here."""
        away = np.abs(self.price / mid[self.market] - 1.0)
        usd = self.price * self.size
        sums = [np.bincount(self.market, weights=usd * (away <= span), minlength=len(mid)) for span in WITHIN]
        return np.where(np.isnan(mid)[:, None], np.nan, np.stack(sums, axis=1))


class _Best(NamedTuple):
    """Best price and size of one side of each book, (M,) USD and coins; NaN where it is empty."""

    price: Float64Array
    size: Float64Array


def mids(exchange: Exchange) -> Float64Array:
    """(M,) USD; NaN while a side of the book is empty, and of delisted coins."""
    mid = (_best(exchange, BID).price + _best(exchange, ASK).price) / 2.0
    is_delisted = [market.is_delisted for market in exchange.markets.rows]
    return np.where(is_delisted, np.nan, mid)


def book_events(exchange: Exchange, time_ms: int) -> list[Event]:
    """All books now: MidsObserved, BestPricesObserved and DepthObserved of every coin."""
    bid, ask = _best(exchange, BID), _best(exchange, ASK)
    mid = mids(exchange)
    rows = np.arange(len(mid), dtype=np.int32)
    return [
        MidsObserved(time_ms, 0, mid),
        BestPricesObserved(
            time_ms=time_ms,
            received_ns=0,
            market_index=rows,
            bid=bid.price,
            ask=ask.price,
            bid_size=bid.size,
            ask_size=ask.size,
        ),
        DepthObserved(
            time_ms=time_ms,
            received_ns=0,
            market_index=rows,
            bid_usd=_side(exchange, BID).depth(mid),
            ask_usd=_side(exchange, ASK).depth(mid),
        ),
    ]


def _best(exchange: Exchange, side: int) -> _Best:
    """Levels lie in the exchange with the best last."""
    count = exchange.state.market[:, MarketColumn.BIDS + side]
    rows = np.arange(len(count))
    ticks, lots = exchange.state.level[rows, side, np.maximum(count - 1, 0), :2].T
    prices, sizes = _scales(exchange)
    return _Best(np.where(count > 0, ticks / prices, np.nan), np.where(count > 0, lots / sizes, np.nan))


def _side(exchange: Exchange, side: int) -> _Side:
    count = exchange.state.market[:, MarketColumn.BIDS + side]
    market, place = np.nonzero(np.arange(int(count.max(initial=0))) < count[:, None])
    ticks, lots = exchange.state.level[market, side, place, :2].T
    prices, sizes = _scales(exchange)
    return _Side(market, ticks / prices[market], lots / sizes[market])


def _scales(exchange: Exchange) -> tuple[Float64Array, Float64Array]:
    """(M,) ticks in a USD, lots in a coin."""
    decimals = [market.size_decimals for market in exchange.markets.rows]
    return np.array([price_scale(each) for each in decimals], np.float64), 10.0 ** np.array(decimals)
