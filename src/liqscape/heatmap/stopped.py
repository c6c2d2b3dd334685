"""How much of each liquidation band has a stop before it (docs/triggers.md, "Not fuel twice").

A position whose own stop lies between the mark and its level is closed by that stop, if the mark comes that way and
the stop fills, before it can be liquidated. The bands of the map are not changed by it: this is a figure beside them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.coin_levels import CoinLevels
from liqscape.heatmap.counting import weighted_count
from liqscape.heatmap.grid import merge_band
from liqscape.heatmap.trigger_orders import TriggerFlow, WaitingOrders
from liqscape.heatmap.triggers import known_ms_of
from liqscape.model.triggers import NEVER_READ_MS, TriggerKnowledge
from liqscape.units import BoolArray, Float64Array, Int8Array, Int32Array, Int64Array


@dataclass(frozen=True, kw_only=True)
class StoppedLevels:
    """B rows of one coin at one level of the grid, by (band, side): those of the map, margin sources together.

    band      (B,) index at the level.
    side      (B,) Side of the positions.
    size      (B,) coins, > 0: all that the band holds.
    known_size (B,) of it, of accounts whose trigger orders were read.
    stopped_size (B,) of it, closed by own market stops between mark and level.
    limit_stopped_size (B,) of it, by own stops that rest at a limit once fired: they may stay unfilled.
    median_age_ms (B,) of the reading, over the known accounts; -1 without any.
    """

    band: Int32Array
    side: Int8Array
    size: Float64Array
    known_size: Float64Array
    stopped_size: Float64Array
    limit_stopped_size: Float64Array
    median_age_ms: Int64Array

    def __len__(self) -> int:
        return len(self.band)


def stopped_levels(
    levels: CoinLevels, orders: WaitingOrders, knowledge: TriggerKnowledge, time_ms: int, level: int = 0
) -> StoppedLevels:
    """Levels of a coin against the stops of the same accounts.

    A stop at the level itself is not before it: liquidation and stop come of the same mark there. Cost O(P + N).
    """
    market, limit = closed_before(levels, orders)
    known_ms = known_ms_of(knowledge, levels.account)
    is_known = known_ms > NEVER_READ_MS
    key = merge_band(levels.band, level).astype(np.int64) * 2 + (levels.size > 0.0)
    keys, place = np.unique(key, return_inverse=True)
    count, size = len(keys), np.abs(levels.size)
    ages = np.maximum(time_ms - known_ms, 0)
    return StoppedLevels(
        band=(keys // 2).astype(np.int32),
        side=np.where(keys % 2 == 1, 1, -1).astype(np.int8),
        size=weighted_count(place, size, count),
        known_size=weighted_count(place, np.where(is_known, size, 0.0), count),
        stopped_size=weighted_count(place, market, count),
        limit_stopped_size=weighted_count(place, limit, count),
        median_age_ms=_medians(place[is_known], ages[is_known], count),
    )


def closed_before(levels: CoinLevels, orders: WaitingOrders) -> tuple[Float64Array, Float64Array]:
    """((P,), (P,)) coins of each position closed before its level by own market stops, and by own limit stops.

    Where an address holds several positions of the coin, its orders are counted with the last of them.
    """
    is_stop = (orders.flow == TriggerFlow.STOP_SELL) | (orders.flow == TriggerFlow.STOP_BUY)
    rows = np.flatnonzero(is_stop & (orders.closed > 0.0))
    count = int(max(levels.account.max(initial=-1), orders.account[rows].max(initial=-1))) + 1
    position = np.full(count, -1, np.int64)
    position[levels.account] = np.arange(len(levels.account))
    place = position[orders.account[rows]]
    rows, place = rows[place >= 0], place[place >= 0]
    is_before = np.where(
        levels.size[place] > 0.0, orders.price[rows] > levels.price[place], orders.price[rows] < levels.price[place]
    )

    def closed(is_market: BoolArray) -> Float64Array:
        chosen = is_before & is_market
        sums = weighted_count(place[chosen], orders.closed[rows[chosen]], len(levels.size))
        return np.minimum(sums, np.abs(levels.size))

    return closed(orders.is_market[rows]), closed(~orders.is_market[rows])


def _medians(place: Int64Array, values: Int64Array, count: int) -> Int64Array:
    """(count,) median of the values at each place, the lower of two middle ones; -1 without any."""
    found = np.full(count, -1, np.int64)
    order = np.lexsort((values, place))
    lengths = np.bincount(place, minlength=count)
    starts = np.cumsum(lengths) - lengths
    is_there = lengths > 0
    found[is_there] = values[order][(starts + (lengths - 1) // 2)[is_there]]
    return found
