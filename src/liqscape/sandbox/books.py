"""What the sandbox's order books say, as the product's events: mids, best prices, depth of every coin, exactly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.exchange.columns import MarketColumn
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.scale import price_scale
from liqscape.model.depth import WITHIN
from liqscape.model.events import BestPricesObserved, DepthObserved, Event, MidsObserved
from liqscape.units import BoolArray, Float64Array, Int64Array


class _Side(NamedTuple):
    """Levels of one side of all books: market (L,), price (L,) USD, size (L,) coins, best first within a market."""

    market: Int64Array
    price: Float64Array
    size: Float64Array

    def best(self, count: int) -> tuple[Float64Array, Float64Array]:
        """(price, size) of the first level of each market, (M,) each; NaN where there is none."""
        found = np.full((2, count), np.nan)
        market, first = np.unique(self.market, return_index=True)
        found[:, market] = self.price[first], self.size[first]
        return found[0], found[1]

    def depth(self, mid: Float64Array) -> Float64Array:
        """(M, 3) USD within WITHIN of each mid; NaN where there is no mid. Nothing is cut off or joined here."""
        away = np.abs(self.price / mid[self.market] - 1.0)
        usd = self.price * self.size
        sums = [np.bincount(self.market, weights=usd * (away <= span), minlength=len(mid)) for span in WITHIN]
        return np.where(np.isnan(mid)[:, None], np.nan, np.stack(sums, axis=1))


def mids(exchange: Exchange) -> Float64Array:
    """(M,) USD; NaN while a side of the book is empty, and of delisted coins."""
    best = np.array([exchange.best(row) for row in range(len(exchange.markets))], np.float64).reshape(-1, 2)
    scale = np.array([price_scale(market.size_decimals) for market in exchange.markets.rows])
    is_quoted = (best > 0.0).all(axis=1) & ~_delisted(exchange)
    return np.where(is_quoted, best.sum(axis=1) / 2.0 / scale, np.nan)


def book_events(exchange: Exchange, time_ms: int) -> list[Event]:
    """All books now: MidsObserved, BestPricesObserved and DepthObserved of every coin."""
    count = len(exchange.markets)
    bids, asks = _sides(exchange)
    (bid, bid_size), (ask, ask_size) = bids.best(count), asks.best(count)
    mid: Float64Array = np.where(_delisted(exchange), np.nan, (bid + ask) / 2.0)
    rows = np.arange(count, dtype=np.int32)
    return [
        MidsObserved(time_ms, 0, mid),
        BestPricesObserved(
            time_ms=time_ms,
            received_ns=0,
            market_index=rows,
            bid=bid,
            ask=ask,
            bid_size=bid_size,
            ask_size=ask_size,
        ),
        DepthObserved(time_ms, 0, rows, bids.depth(mid), asks.depth(mid)),
    ]


def _sides(exchange: Exchange) -> tuple[_Side, _Side]:
    found: tuple[list[Int64Array], list[Int64Array]] = ([], [])
    for row, figures in enumerate(exchange.state.market):
        levels = max(1, int(figures[MarketColumn.BIDS]), int(figures[MarketColumn.ASKS]))
        for side, rows in zip(found, exchange.depth(row, levels), strict=True):
            side.append(np.column_stack((np.full(len(rows), row), rows)))
    decimals = np.array([market.size_decimals for market in exchange.markets.rows])
    prices = np.array([price_scale(int(each)) for each in decimals], np.float64)
    made = []
    for side in found:
        market, ticks, lots, _ = np.concatenate(side).T
        made.append(_Side(market, ticks / prices[market], lots / 10.0 ** decimals[market]))
    return made[0], made[1]


def _delisted(exchange: Exchange) -> BoolArray:
    return np.array([market.is_delisted for market in exchange.markets.rows], np.bool_)
