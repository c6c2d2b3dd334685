"""Did a pocket stand still while the rest of the account moved? (docs/accuracy.md, "Isolated rows", test 2)

For the same position, not traded between two neighbouring snapshots, the cash leg implied by its own price
(free_margin.py, eq. 2) changes by

    isolated   funding only, a small share of its notional
    shared     the profit of all other positions of the account:  V = sum over others of size * (mark' - mark)

so a change within the funding allowance and at most a tenth of V shows a pocket. Where V is small too, nothing
is shown.
"""

from __future__ import annotations

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.risk.inference.memory import SAME_SIZE
from liqscape.risk.inference.pocket import FUNDING_ALLOWANCE
from liqscape.units import BoolArray, Float64Array, Int64Array

OTHERS_MOVED = 10.0
"""V must be at least this many times the change of the cash leg."""


def stood_still(accounts: Accounts, key: Int64Array, time_ms: Int64Array, raw_usd: Float64Array) -> BoolArray:
    """(P,) True where raw_usd of the pocket persisted to the previous or the next snapshot by the test above.

    accounts: one pool per address and snapshot. key names the position (address and market), time_ms its
    snapshot. raw_usd (P,) is NaN where no price is published.
    """
    result = np.zeros(len(key), np.bool_)
    if not len(key):
        return result
    order = np.lexsort((time_ms, key))
    first, second = order[:-1], order[1:]
    same = (key[first] == key[second]) & (time_ms[first] < time_ms[second])
    same &= np.abs(accounts.size[first] - accounts.size[second]) <= SAME_SIZE * np.abs(accounts.size[first])
    change = np.abs(raw_usd[second] - raw_usd[first])
    notional = np.abs(accounts.size[first]) * accounts.observed_mark[first]
    with np.errstate(invalid="ignore"):
        same &= change <= FUNDING_ALLOWANCE * notional
    first, second, change = first[same], second[same], change[same]
    if not len(first):
        return result
    profit = _profit_of_others(accounts, time_ms, first, time_ms[second])
    shown = np.abs(profit) >= np.maximum(OTHERS_MOVED * change, 1e-9)
    result[first[shown]] = True
    result[second[shown]] = True
    return result


def _profit_of_others(accounts: Accounts, time_ms: Int64Array, rows: Int64Array, until: Int64Array) -> Float64Array:
    times, snapshot = np.unique(time_ms, return_inverse=True)
    market_count = int(accounts.market_index.max()) + 1
    mark = np.full((len(times), market_count), np.nan)
    mark[snapshot, accounts.market_index] = accounts.observed_mark
    pool = accounts.pool_of_position()[rows]
    start, length = accounts.offsets[pool], np.diff(accounts.offsets)[pool]
    pair = np.repeat(np.arange(len(rows)), length)
    member = np.arange(len(pair)) - np.repeat(np.cumsum(length) - length, length) + np.repeat(start, length)
    later = mark[np.searchsorted(times, until)[pair], accounts.market_index[member]]
    profit = accounts.size[member] * (later - accounts.observed_mark[member])
    profit[np.isnan(profit) | (member == rows[pair])] = 0.0
    total: Float64Array = np.bincount(pair, profit, len(rows)).astype(np.float64)
    return total
