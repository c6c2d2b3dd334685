"""What accounts hold, read from the exchange's tables for a few accounts at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.exchange.columns import AccountColumn, MarketColumn, PoolColumn, PositionColumn
from liqscape.exchange.scale import UUSD
from liqscape.exchange.state import State
from liqscape.units import BoolArray, Float64Array, Int64Array


@dataclass(frozen=True)
class Pools:
    """n pools at the present marks, in USD.

    value    account value.
    initial  initial margin at the users' leverages.
    notional sum of |size * mark|.
    """

    value: Float64Array
    initial: Float64Array
    notional: Float64Array

    @property
    def free(self) -> Float64Array:
        """Money that may back new positions."""
        return self.value - self.initial


def look_at(state: State, pools: Int64Array) -> Pools:
    """The margin of the given pools."""
    row, is_used = _rows(state, pools)
    lots = np.where(is_used, state.position[row, PositionColumn.LOTS], 0)
    exposure = lots * state.market[state.position[row, PositionColumn.MARKET], MarketColumn.MARK] / UUSD
    leverage = np.maximum(state.position[row, PositionColumn.LEVERAGE], 1)
    gross = np.abs(exposure)
    return Pools(
        state.pool[pools, PoolColumn.CASH] / UUSD + exposure.sum(axis=1),
        (gross / leverage).sum(axis=1),
        gross.sum(axis=1),
    )


def held_lots(state: State, pools: Int64Array, markets: Int64Array) -> tuple[Int64Array, Float64Array]:
    """(signed lots, entry notional in USD) of each pool in its market; 0 where it holds nothing."""
    row, is_used = _rows(state, pools)
    is_here = is_used & (state.position[row, PositionColumn.MARKET] == markets[:, None])
    lots: Int64Array = np.where(is_here, state.position[row, PositionColumn.LOTS], 0).sum(axis=1)
    entry: Float64Array = np.where(is_here, state.position[row, PositionColumn.ENTRY], 0).sum(axis=1) / UUSD
    return lots, entry


def positions_of(state: State, accounts: Int64Array) -> tuple[Int64Array, Int64Array, Int64Array]:
    """(account, market, signed lots) of every position in the cross pools of a few accounts."""
    row, is_used = _rows(state, state.account[accounts, AccountColumn.CROSS_POOL])
    owner = np.broadcast_to(accounts[:, None], row.shape)[is_used]
    rows = row[is_used]
    return owner, state.position[rows, PositionColumn.MARKET], state.position[rows, PositionColumn.LOTS]


def _rows(state: State, pools: Int64Array) -> tuple[Int64Array, BoolArray]:
    """(n, W) position rows of n pools, W the most any of them holds, and which of them are positions."""
    count = state.pool[pools, PoolColumn.COUNT]
    place = np.arange(max(int(count.max(initial=0)), 1))
    is_used: BoolArray = place < count[:, None]
    row = np.where(is_used, state.pool[pools, PoolColumn.START][:, None] + place, 0)
    return row, is_used
