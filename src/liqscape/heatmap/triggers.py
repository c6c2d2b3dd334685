"""Bands of trigger orders on the fixed price grid, and of how much of the market they are known (docs/triggers.md).

Four kinds of flow stand apart in them, in coins and in USD at the trigger price. They are levels at which somebody
trades by an own order: never summed with liquidations, nor with what rests in the book.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.coin_positions import CoinPositions
from liqscape.heatmap.counting import weighted_count
from liqscape.heatmap.grid import band_of_price, merge_band
from liqscape.heatmap.trigger_orders import TriggerFlow, WaitingOrders
from liqscape.model.markets import MarketSnapshot
from liqscape.model.triggers import NEVER_READ_MS, TriggerKnowledge
from liqscape.units import AnyArray, Float64Array, Int8Array, Int32Array, Int64Array


@dataclass(frozen=True, kw_only=True)
class TriggerBands:
    """B rows of one coin at one level of the grid, by (band, flow), unique in it.

    band         (B,) index at the level.
    flow         (B,) TriggerFlow.
    size         (B,) coins that would be sent, > 0.
    notional     (B,) USD, sum of size * trigger price.
    limit_notional (B,) of it, by orders that rest at a limit once fired.
    whole_position_notional (B,) of it, by orders whose size is that of the position.
    order_count  (B,)
    account_count (B,) accounts of the map behind them.
    """

    band: Int32Array
    flow: Int8Array
    size: Float64Array
    notional: Float64Array
    limit_notional: Float64Array
    whole_position_notional: Float64Array
    order_count: Int64Array
    account_count: Int64Array

    def __len__(self) -> int:
        return len(self.band)


def trigger_bands(orders: WaitingOrders, level: int = 0) -> TriggerBands:
    """Orders of a coin by band and flow: each order is in exactly one row, at its trigger price."""
    band = merge_band(band_of_price(orders.price), level).astype(np.int64)
    keys, place = np.unique(band * len(TriggerFlow) + orders.flow, return_inverse=True)
    sums = _sum_orders(orders, place, len(keys))
    return TriggerBands(
        band=(keys // len(TriggerFlow)).astype(np.int32), flow=(keys % len(TriggerFlow)).astype(np.int8), **sums
    )


def flow_totals(orders: WaitingOrders) -> TriggerBands:
    """All orders of a coin, one row a flow, also of those without any; `band` is 0."""
    count = len(TriggerFlow)
    sums = _sum_orders(orders, orders.flow.astype(np.int64), count)
    return TriggerBands(band=np.zeros(count, np.int32), flow=np.arange(count, dtype=np.int8), **sums)


def _sum_orders(orders: WaitingOrders, place: AnyArray, count: int) -> dict[str, AnyArray]:
    usd = orders.notional
    is_on_map = orders.account >= 0
    # An account with several orders in a row is one account.
    holders = np.unique(place[is_on_map] * (1 << 32) + orders.account[is_on_map].astype(np.int64)) >> 32
    return {
        "size": weighted_count(place, orders.size, count),
        "notional": weighted_count(place, usd, count),
        "limit_notional": weighted_count(place, np.where(orders.is_market, 0.0, usd), count),
        "whole_position_notional": weighted_count(place, np.where(orders.is_whole_position, usd, 0.0), count),
        "order_count": np.bincount(place, minlength=count).astype(np.int64),
        "account_count": np.bincount(holders, minlength=count).astype(np.int64),
    }


@dataclass(frozen=True, kw_only=True)
class TriggerCoverage:
    """Of how much of one coin the trigger orders are known.

    share        known open coins / (2 * open interest); long_share, short_share: of one side / open interest. NaN where
                 open interest is unknown.
    map_share    known open coins / those of all positions on the map; NaN without any.
    account_count, known_account_count  addresses that hold the coin, and those whose triggers were read.
    median_age_ms, oldest_age_ms  of the reading, over the known ones; -1 without any.
    """

    share: float
    long_share: float
    short_share: float
    map_share: float
    account_count: int
    known_account_count: int
    median_age_ms: int
    oldest_age_ms: int


def trigger_coverage(
    knowledge: TriggerKnowledge, positions: CoinPositions, snapshot: MarketSnapshot, market_index: int
) -> TriggerCoverage:
    """An account whose triggers were read and that has none is known; one that was never read is not."""
    size, owner = np.abs(positions.size), positions.owner
    known_ms = known_ms_of(knowledge, owner)
    is_known, is_long = known_ms > NEVER_READ_MS, positions.size > 0.0
    known_long, known_short = float(size[is_known & is_long].sum()), float(size[is_known & ~is_long].sum())
    known = known_long + known_short
    whole = known + float(size[~is_known].sum())
    interest = float(snapshot.open_interest[market_index])
    interest = interest if interest > 0.0 else float("nan")
    _, first = np.unique(owner, return_index=True)
    ages = np.maximum(snapshot.time_ms - known_ms[first][is_known[first]], 0)
    return TriggerCoverage(
        share=known / (2.0 * interest),
        long_share=known_long / interest,
        short_share=known_short / interest,
        map_share=known / whole if whole > 0.0 else float("nan"),
        account_count=len(first),
        known_account_count=len(ages),
        median_age_ms=int(np.median(ages)) if len(ages) else -1,
        oldest_age_ms=int(ages.max()) if len(ages) else -1,
    )


def known_ms_of(knowledge: TriggerKnowledge, owner: AnyArray) -> Int64Array:
    """(P,) when the triggers of each address row were read; NEVER_READ_MS also for addresses newer than the reading."""
    known_ms = np.full(len(owner), NEVER_READ_MS, np.int64)
    is_there = owner < len(knowledge.known_ms)
    known_ms[is_there] = knowledge.known_ms[owner[is_there]]
    return known_ms
