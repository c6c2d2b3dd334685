"""The moving figures of a market, as metaAndAssetCtxs and the context channels report them."""

from __future__ import annotations

from liqscape.exchange.columns import MarketColumn
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.scale import price_scale
from liqscape.sandbox.answers.units import RATIO_DECIMALS, coins, price, rate, usd
from liqscape.sandbox.state import SandboxState
from liqscape.units import Int64Array
from liqscape.wire.info.meta import AssetContext

IMPACT_LEVELS = 100
"""Levels looked at for the impact price; deeper than that it counts as not there."""


def asset_context(sandbox: SandboxState, market: int) -> AssetContext:
    """One market now. Mid and impact prices are null while a side of the book is empty."""
    return asset_contexts(sandbox, [market])[0]


def asset_contexts(sandbox: SandboxState, markets: list[int]) -> list[AssetContext]:
    """Several markets, in the given order."""
    exchange = sandbox.exchange
    notional, lots, before = sandbox.records.last_day()
    found = []
    for market in markets:
        row = exchange.state.market[market]
        previous = int(before[market]) or int(row[MarketColumn.MARK])
        is_delisted = exchange.markets.rows[market].is_delisted
        found.append(
            AssetContext(
                markPx=price(exchange, market, int(row[MarketColumn.MARK])),
                oraclePx=price(exchange, market, int(row[MarketColumn.ORACLE])),
                openInterest=coins(exchange, market, int(row[MarketColumn.OPEN_LOTS])),
                funding=0.0 if is_delisted else rate(int(row[MarketColumn.FUNDING_RATE])),
                premium=None if is_delisted else round(sandbox.records.premium(market), RATIO_DECIMALS),
                midPx=mid_price(exchange, market),
                impactPxs=impact_prices(exchange, market),
                prevDayPx=price(exchange, market, previous),
                dayNtlVlm=usd(int(notional[market])),
                dayBaseVlm=coins(exchange, market, int(lots[market])),
            )
        )
    return found


def mid_price(exchange: Exchange, market: int) -> float | None:
    """USD; None while a side is empty."""
    bid, ask = exchange.best(market)
    return price(exchange, market, (bid + ask) / 2) if bid and ask else None


def mid_or_last(exchange: Exchange, market: int) -> float:
    """The mid; while a side is empty the last trade, before any trade the mark."""
    mid = mid_price(exchange, market)
    if mid is not None:
        return mid
    row = exchange.state.market[market]
    return price(exchange, market, int(row[MarketColumn.LAST]) or int(row[MarketColumn.MARK]))


def impact_prices(exchange: Exchange, market: int) -> tuple[float, float] | None:
    """Average prices of selling and buying MarketColumn.IMPACT_NOTIONAL now, to the market's tick."""
    wanted = int(exchange.state.market[market, MarketColumn.IMPACT_NOTIONAL])
    bid, ask = (_average(side, wanted) for side in exchange.depth(market, IMPACT_LEVELS))
    if bid is None or ask is None:
        return None
    scale = price_scale(exchange.markets.rows[market].size_decimals)
    return round(bid) / scale, round(ask) / scale


def _average(side: Int64Array, wanted: int) -> float | None:
    spent, bought = 0.0, 0.0
    for ticks, lots, _ in side.tolist():
        if spent + ticks * lots >= wanted:
            average: float = wanted / (bought + (wanted - spent) / ticks)
            return average
        spent += ticks * lots
        bought += lots
    return None


def markets_of(exchange: Exchange, dex: str) -> list[int]:
    """Rows of a dex's markets, in the order of its universe."""
    return [row for row, market in enumerate(exchange.markets.rows) if market.dex == dex]


def dexs(exchange: Exchange) -> list[str]:
    """The first dex, then the others in the order in which their markets come."""
    return list(dict.fromkeys(["", *(market.dex for market in exchange.markets.rows)]))
