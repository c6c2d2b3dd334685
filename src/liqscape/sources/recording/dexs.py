"""Which dexs of an address share their margin, where that is not recorded.

A standard account has a cross pool a dex, a unified one a pool over the dexs of one collateral. Its mode is not in a
recording, but the free margin that published prices imply is: equal to the printed digits on two dexs it is one pool's.
"""

from __future__ import annotations

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.risk.inference import Inference
from liqscape.sources.recording.positions import RecordedPositions
from liqscape.units import BoolArray, Float64Array, Int64Array


def join_by_price(positions: RecordedPositions, accounts: Accounts, inference: Inference) -> Int64Array:
    """(P,) parts in which the dexs of one address and time that imply one free margin are one.

    accounts: a pool an address, time and part, positions as in `positions`. A dex without a price stays alone.
    """
    return _joined(positions, accounts, inference.free_margin, inference.free_margin_width)


def join_by_cash(positions: RecordedPositions, accounts: Accounts, cash: Float64Array) -> Int64Array:
    """The same where `cash` (A,) of each pool is given: one and the same figure on two dexs is one pool's."""
    return _joined(positions, accounts, cash, np.zeros(len(cash)))


def _joined(positions: RecordedPositions, accounts: Accounts, value: Float64Array, width: Float64Array) -> Int64Array:
    part: Int64Array = positions.part[accounts.offsets[:-1]]
    known = np.flatnonzero(np.isfinite(value))
    order = known[np.lexsort((value[known], accounts.address_row[known], accounts.observed_ms[known]))]
    before, after = order[:-1], order[1:]
    is_joined: BoolArray = accounts.address_row[before] == accounts.address_row[after]
    is_joined &= accounts.observed_ms[before] == accounts.observed_ms[after]
    is_joined &= value[after] - value[before] <= width[after] + width[before]
    cluster = np.cumsum(np.concatenate(([0], ~is_joined))) if len(order) else np.empty(0, np.int64)
    lowest = np.full(len(order), np.iinfo(np.int64).max)
    np.minimum.at(lowest, cluster, part[order])
    part[order] = lowest[cluster]
    return part[accounts.pool_of_position()]
