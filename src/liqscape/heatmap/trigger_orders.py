"""What each trigger order of a coin would send when it fires, and which orders send nothing (docs/triggers.md).

An order that only reduces is bounded by the position it reduces, and one for the whole position takes its size from
it. Several orders of an account that fire on the same way of the mark share one position: the nearest takes first,

    closed_i = min(size_i, position - closed_1 - ... - closed_(i-1))                                            (1)

and one that finds nothing left sends nothing. The position is that of now: orders that would add to it before are not
taken along. Sizes are coins, rounded to the coin's lot after each step.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from liqscape.heatmap.coin_positions import CoinPositions
from liqscape.model.markets import MarketSnapshot
from liqscape.model.triggers import BUY, SELL, TriggerColumns, TriggerKind, fires_below_rows
from liqscape.risk.liquidation import HIGHEST_PRICE
from liqscape.units import BoolArray, Float64Array, Int8Array, Int32Array, Int64Array


class TriggerFlow(IntEnum):
    """The four kinds of flow. Stop sells and take-profit buys wait below the mark, the other two above it."""

    STOP_SELL = 0
    STOP_BUY = 1
    TAKE_PROFIT_SELL = 2
    TAKE_PROFIT_BUY = 3


class OrderLeftOut(IntEnum):
    """Why an order is in no band; the first that holds."""

    UNREADABLE = 0
    """Its price, size, side or kind is none an order can have."""
    FIRED = 1
    """The mark stands at its price or beyond: it fires now, or has."""
    UNKNOWN_ACCOUNT = 2
    """It reduces a position of an account that the map does not hold."""
    NO_POSITION = 3
    """It reduces a position, and its account holds none of the coin."""
    WRONG_SIDE = 4
    """It reduces a position, and would add to the one there is."""
    NOTHING_LEFT = 5
    """Nearer orders of its account close the whole position before."""


@dataclass(frozen=True, kw_only=True)
class WaitingOrders:
    """N orders of one coin that wait and would send something, by (account, way of the mark, nearest first).

    account  (N,) row of the map's addresses, below 0 where it has none.
    flow     (N,) TriggerFlow.
    price    (N,) trigger price, USD.
    size     (N,) coins it sends, > 0.
    closed   (N,) of them, coins of the position as it stands now, eq. 1; 0 for one that opens or adds.
    is_market (N,) False: it rests at its limit once fired.
    is_whole_position (N,) its size is that of the position.
    left_out (6,) orders that are not here, by OrderLeftOut.
    """

    account: Int32Array
    flow: Int8Array
    price: Float64Array
    size: Float64Array
    closed: Float64Array
    is_market: BoolArray
    is_whole_position: BoolArray
    left_out: Int64Array

    def __len__(self) -> int:
        return len(self.price)

    @property
    def notional(self) -> Float64Array:
        """(N,) USD at the trigger price: what is sent, where it would be sent."""
        return self.size * self.price


def waiting_orders(
    triggers: TriggerColumns, positions: CoinPositions, snapshot: MarketSnapshot, market_index: int
) -> WaitingOrders:
    """Orders of one coin against the positions and the mark of a moment. Where the mark is unknown none has fired.

    positions: of the coin. Cost O(N log N) of its orders and O(K) of its positions.
    """
    low, high = np.searchsorted(triggers.market, np.array((market_index, market_index + 1), np.int32))
    own = TriggerColumns._make(column[low:high] for column in triggers)
    mark = float(snapshot.mark[market_index])
    is_on_map = (own.account >= 0) & (own.account < positions.address_count)
    position = positions.held_by(own.account)
    is_below = fires_below_rows(own.side, own.kind)
    is_reducing = own.is_reduce_only | own.is_whole_position
    is_fired = np.where(is_below, mark <= own.trigger_price, mark >= own.trigger_price)
    reason = np.select(
        [
            ~_is_readable(own),
            is_fired,
            is_reducing & ~is_on_map,
            is_reducing & (position == 0.0),
            is_reducing & (np.sign(position) == own.side),
        ],
        [
            OrderLeftOut.UNREADABLE,
            OrderLeftOut.FIRED,
            OrderLeftOut.UNKNOWN_ACCOUNT,
            OrderLeftOut.NO_POSITION,
            OrderLeftOut.WRONG_SIDE,
        ],
        -1,
    )
    rows = np.flatnonzero(reason < 0)
    nearness = np.where(is_below, -own.trigger_price, own.trigger_price)[rows]
    rows = rows[np.lexsort((own.order_id[rows], nearness, is_below[rows], own.account[rows]))]
    closed = np.zeros(len(rows))
    is_closing = is_on_map[rows] & (np.sign(position[rows]) == -own.side[rows])
    closing = rows[is_closing]
    wanted = np.where(own.is_whole_position[closing], np.inf, own.size[closing])
    group = own.account[closing].astype(np.int64) * 2 + is_below[closing]
    decimals = snapshot.markets.rows[market_index].size_decimals
    closed[is_closing] = _share_out(group, wanted, np.abs(position[closing]), decimals)
    size = np.where(is_reducing[rows], closed, own.size[rows])
    sends = size > 0.0
    left_out = np.bincount(reason[reason >= 0], minlength=len(OrderLeftOut)).astype(np.int64)
    left_out[OrderLeftOut.NOTHING_LEFT] = np.count_nonzero(~sends)
    rows = rows[sends]
    return WaitingOrders(
        account=own.account[rows],
        flow=(2 * own.kind[rows] + (own.side[rows] == BUY)).astype(np.int8),
        price=own.trigger_price[rows],
        size=size[sends],
        closed=closed[sends],
        is_market=own.is_market[rows],
        is_whole_position=own.is_whole_position[rows],
        left_out=left_out,
    )


def _is_readable(own: TriggerColumns) -> BoolArray:
    """(N,) False where a figure is none an order can have; NaN is none."""
    has_size = own.is_whole_position | ((own.size > 0.0) & np.isfinite(own.size))
    has_price = (own.trigger_price > 0.0) & (own.trigger_price <= HIGHEST_PRICE)
    has_side = (own.side == BUY) | (own.side == SELL)
    has_kind = (own.kind == TriggerKind.STOP) | (own.kind == TriggerKind.TAKE_PROFIT)
    readable: BoolArray = has_size & has_price & has_side & has_kind
    return readable


def _share_out(group: Int64Array, wanted: Float64Array, position: Float64Array, decimals: int) -> Float64Array:
    """(N,) eq. 1 within each group; rows of a group stand together, nearest first, and name the same position.

    All groups take their k-th step at once: an account has few orders, and there are many accounts.
    """
    taken = np.zeros(len(group))
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    lengths = np.diff(starts, append=len(group))
    left = position[starts]
    for step in range(int(lengths.max(initial=0))):
        going = lengths > step
        starts, lengths, left = starts[going], lengths[going], left[going]
        taken[starts + step] = np.minimum(wanted[starts + step], left)
        left = np.maximum(np.round(left - taken[starts + step], decimals), 0.0)
    return taken
