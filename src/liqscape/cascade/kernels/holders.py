"""What winners hold and are worth, kept beside the pools while a cascade goes on: a queue needs no look at them.

Looking at each holder's pool and its positions was nearly all of the time of a walk with deleveraging: they lie all
over a table of many megabytes. Lots and entries stand here in order of market and side, and the worth of every pool is
carried on: by lots * change of mark where a mark moved, from the pool itself where a fill or a sale changed it. All of
it are whole numbers, so nothing depends on the order of sums: values are those of `margin.pool_value`, to the
micro-USD.
"""

from __future__ import annotations

from typing import NamedTuple

from liqscape.cascade.own_tables import own_table
from liqscape.exchange.columns import NO_ROW, AccountColumn, FillColumn, MarketColumn, PoolColumn, PositionColumn
from liqscape.exchange.kernels.ledger import position_row
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined, pass_by_reference
from liqscape.units import BoolArray, Int32Array, Int64Array, UInt32Array


class Holders(NamedTuple):
    """Positions of users and trading vaults by market and side, longs at 2 * market, shorts after them. H positions,
    A pools, M markets. Rows have 32 bits, and those of pools no sign: a sign is asked for at every access.

    In a cascade nobody but liquidators and the maker gains positions and nobody changes sides, so who holds a market at
    the start is a superset of who holds it later.
    """

    starts: Int64Array
    """(2 M + 1,)"""
    pool: UInt32Array
    """(H,)"""
    market: Int32Array
    """(H,)"""
    first: Int32Array
    """(A + 1,) where a pool's places begin in `place`."""
    place: Int32Array
    """(H,) rows of this table by pool."""
    has_collateral: BoolArray
    """(A,) a holding that moves counts as well: PoolColumn.COLLATERAL, to be added to `value`."""
    lots: Int64Array
    """(H,) signed; 0 where the position is gone."""
    entry: Int64Array
    """(H,) micro-USD, as PositionColumn.ENTRY."""
    value: Int64Array
    """(A,) cash + sum(lots * mark), micro-USD, at `mark`; only of pools that are in the table."""
    mark: Int64Array
    """(M,) ticks; 0 at the start, so that a value begins as cash."""

    def copied(self, used: Holders | None = None) -> Holders:
        """One that may go its own way; what never changes is shared. used: one that is written over."""
        changing = ("lots", "entry", "value", "mark")
        return self._replace(
            **{name: own_table(getattr(self, name), None if used is None else getattr(used, name)) for name in changing}
        )


pass_by_reference(Holders)


@inlined
def follow_marks(state: State, holders: Holders) -> None:
    """Values at the present marks."""
    value = holders.value
    for market in range(len(holders.mark)):
        change = state.market[market, MarketColumn.MARK] - holders.mark[market]
        if change == 0:
            continue
        holders.mark[market] += change
        first, end = holders.starts[2 * market], holders.starts[2 * market + 2]
        pool, lots = holders.pool[first:end], holders.lots[first:end]
        for at in range(len(lots)):
            value[pool[at]] += lots[at] * change


@inlined
def read_again(state: State, holders: Holders, pool: int) -> None:
    """Take over a pool that changed."""
    if holders.first[pool] == holders.first[pool + 1]:
        return
    value = state.pool[pool, PoolColumn.CASH]
    for at in range(holders.first[pool], holders.first[pool + 1]):
        place = holders.place[at]
        market = holders.market[place]
        row = position_row(state, pool, market)
        held = 0 if row == NO_ROW else state.position[row, PositionColumn.LOTS]
        holders.lots[place] = held
        holders.entry[place] = 0 if row == NO_ROW else state.position[row, PositionColumn.ENTRY]
        value += held * holders.mark[market]
    holders.value[pool] = value


@compiled
def read_filled(state: State, holders: Holders, first_fill: int, last_fill: int) -> None:
    """Take over all pools of both sides of the fills in rows `first_fill` to before `last_fill`."""
    for row in range(first_fill, last_fill):
        for column in (FillColumn.BUYER, FillColumn.SELLER):
            account = state.fill[row, column]
            for head in (AccountColumn.CROSS_POOL, AccountColumn.FIRST_ISOLATED):
                pool = state.account[account, head]
                while pool != NO_ROW:
                    read_again(state, holders, pool)
                    pool = state.pool[pool, PoolColumn.NEXT]
