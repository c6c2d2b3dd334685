"""From the exchange's logs to tables of flow: by second, by level, by account (docs/cascade.md, "Results")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.cascade.results import STAGE_ADL, STAGE_BACKSTOP, STAGE_ORDERS, FlowRows, LevelRows, SecondRows
from liqscape.exchange.columns import NO_ROW, EventColumn, EventKind, FillColumn, Method
from liqscape.exchange.scale import UUSD
from liqscape.heatmap.grid import band_edge, band_of_price, merge_band
from liqscape.units import BoolArray, Float64Array, Int64Array

LEVEL = 2
"""Level of the price grid of LevelRows: bands of 0.2 %."""


@dataclass(frozen=True, kw_only=True)
class Items:
    """Orders sent, fills, takeovers and ADL fills of liquidated accounts, in order of time. (I,)

    Money is micro-USD as float64; exact below 2^53. mark in ticks. is_first: the account's first item of the run.
    """

    time_ms: Int64Array
    account: Int64Array
    market: Int64Array
    pool_market: Int64Array
    """Market of an isolated pool, NO_ROW the cross pool."""
    stage: Int64Array
    mark: Int64Array
    sent: Float64Array
    filled: Float64Array
    backstop: Float64Array
    adl: Float64Array
    slippage: Float64Array
    side: Int64Array
    """Side of the liquidated position: 1 long, -1 short."""
    is_first: BoolArray

    def take(self, rows: BoolArray | Int64Array) -> Items:
        """The chosen rows, in the given order."""
        return Items(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})

    @classmethod
    def join(cls, parts: list[Items]) -> Items:
        """Rows of several tables, one table after the other."""
        names = cls.__dataclass_fields__
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


class Marks:
    """Mark of a market in force at a time: (U,) times from the start and (U, M) ticks."""

    def __init__(self, update_ms: Int64Array, mark: Int64Array) -> None:
        self._update_ms = update_ms
        self.mark = mark
        """(U, M) ticks."""

    def at(self, time_ms: Int64Array, market: Int64Array) -> Int64Array:
        """Marks in force at a time; at the very time of an update, those it set."""
        row = np.searchsorted(self._update_ms, time_ms, side="right") - 1
        found: Int64Array = self.mark[np.maximum(row, 0), market]
        return found


def read_items(fills: Int64Array, events: Int64Array, marks: Marks, start_ms: int, seen: BoolArray) -> Items:
    """Items of one drain of the logs. `seen` (N,) accounts liquidated before, and vaults; updated."""
    orders = events[events[:, EventColumn.KIND] == EventKind.LIQUIDATION_ORDER]
    fills = fills[(fills[:, FillColumn.METHOD] != Method.TRADE) & (fills[:, FillColumn.LIQUIDATED] != NO_ROW)]
    time = np.concatenate((orders[:, EventColumn.TIME_MS], fills[:, FillColumn.TIME_MS])) - start_ms
    market = np.concatenate((orders[:, EventColumn.MARKET], fills[:, FillColumn.MARKET]))
    account = np.concatenate((orders[:, EventColumn.ACCOUNT], fills[:, FillColumn.LIQUIDATED]))
    isolated = np.concatenate((orders[:, EventColumn.IS_ISOLATED], fills[:, FillColumn.IS_ISOLATED]))
    mark = np.concatenate((marks.at(time[: len(orders)], orders[:, EventColumn.MARKET]), fills[:, FillColumn.MARK]))
    method = fills[:, FillColumn.METHOD]
    stage = np.concatenate(
        (
            np.full(len(orders), STAGE_ORDERS),
            np.select([method == Method.BACKSTOP, method == Method.ADL], [STAGE_BACKSTOP, STAGE_ADL], STAGE_ORDERS),
        )
    )
    pad = np.zeros(len(orders))
    value = (fills[:, FillColumn.LOTS] * fills[:, FillColumn.PRICE]).astype(np.float64)
    is_sale = fills[:, FillColumn.SELLER] == fills[:, FillColumn.LIQUIDATED]
    sign = np.where(is_sale, 1, -1)
    lost = (sign * (fills[:, FillColumn.MARK] - fills[:, FillColumn.PRICE]) * fills[:, FillColumn.LOTS]).astype(
        np.float64
    )
    order_side = np.where(orders[:, EventColumn.DETAIL] > 0, 1, -1)
    items = Items(
        time_ms=time,
        account=account,
        market=market,
        pool_market=np.where(isolated > 0, market, NO_ROW),
        stage=stage,
        mark=mark,
        sent=np.concatenate(
            ((orders[:, EventColumn.A] * mark[: len(orders)]).astype(np.float64), np.zeros(len(fills)))
        ),
        filled=np.concatenate((pad, np.where(method == Method.MARKET, value, 0.0))),
        backstop=np.concatenate((pad, np.where(method == Method.BACKSTOP, value, 0.0))),
        adl=np.concatenate((pad, np.where(method == Method.ADL, value, 0.0))),
        slippage=np.concatenate((pad, np.where(method == Method.MARKET, lost, 0.0))),
        side=np.concatenate((order_side, sign)),
        is_first=np.zeros(len(time), np.bool_),
    )
    items = items.take(np.argsort(items.time_ms, kind="stable").astype(np.int64))
    accounts, first = np.unique(items.account, return_index=True)
    new = ~seen[accounts]
    items.is_first[first[new]] = True
    seen[accounts] = True
    return items


def closed_by_market(items: Items, market_count: int) -> tuple[Float64Array, Float64Array]:
    """(M,) micro-USD closed by force, and the same with longs > 0 and shorts < 0."""
    signed = items.side * (items.filled + items.backstop + items.adl)
    closed: Float64Array = np.bincount(items.market, np.abs(signed), market_count).astype(np.float64)
    closed_signed: Float64Array = np.bincount(items.market, signed, market_count).astype(np.float64)
    return closed, closed_signed


def by_second(items: Items, market_count: int) -> SecondRows:
    """One row a second and market, in order."""
    key = items.time_ms // 1_000 * market_count + items.market
    found, where = np.unique(key, return_inverse=True)
    flow = _sums(items, found % market_count, where)
    return SecondRows(**vars(flow), second=found // market_count)


def by_level(items: Items, scale: Float64Array) -> LevelRows:
    """One row a market and band of the mark, in order. scale (M,) ticks a USD."""
    market, low, high, where = level_keys(items.mark, items.market, scale)
    return LevelRows(**vars(_sums(items, market, where)), price_low=low, price_high=high)


def level_keys(
    mark: Int64Array, market: Int64Array, scale: Float64Array
) -> tuple[Int64Array, Float64Array, Float64Array, Int64Array]:
    """Markets and bands of a table by level, in order: market, lower and upper edge in USD; and the row of each item.

    mark (I,) ticks and market (I,) of the items, scale (M,) ticks a USD.
    """
    price = mark / scale[market]
    band = merge_band(band_of_price(price), LEVEL).astype(np.int64) if len(price) else np.zeros(0, np.int64)
    low = int(band.min(initial=0))
    span = int(band.max(initial=0)) - low + 1
    found, where = np.unique(market * span + (band - low), return_inverse=True)
    bands = (found % span + low).astype(np.int32)
    return found // span, band_edge(bands, LEVEL), band_edge(bands + 1, LEVEL), where


def _sums(items: Items, market: Int64Array, where: Int64Array) -> FlowRows:
    """USD of every row of a table whose rows are of these markets; `where` (I,) is the row of each item."""
    count = len(market)
    return FlowRows(
        market_index=market,
        sent=np.bincount(where, items.sent, count) / UUSD,
        filled=np.bincount(where, items.filled, count) / UUSD,
        backstop=np.bincount(where, items.backstop, count) / UUSD,
        adl=np.bincount(where, items.adl, count) / UUSD,
        accounts=np.bincount(where, items.is_first, count).astype(np.int64),
        slippage=np.bincount(where, items.slippage, count) / UUSD,
    )
