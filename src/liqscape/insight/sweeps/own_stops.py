"""Own stops of the positions that a sweep met, and the lots they closed (docs/clusters.md, "Sweeps").

Known are the stops of accounts whose trigger orders had been read, as they stood at the frame whose positions the sweep
met: those that wait between the mark and the position's level, each with the lots it closes (docs/triggers.md, eq. 1).
A stop fires where the mark reaches its price. What is then traded away is its doing, up to its lots:

    by_stop = min(lots traded away, lots of own stops reached by the end of that trading - those counted before)    (1)

Marks inside a base band are not written down one by one: in a minute in which the mark reached a stop, it counts as
reached from the mark's entry into its base band (0.05 %). Of trades of one minute only the sum is known, so an owner's
other trade in the minute of a stop counts as the stop's.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from liqscape.heatmap.coin_positions import positions_in
from liqscape.heatmap.grid import band_edge, band_of_price
from liqscape.heatmap.trigger_orders import TriggerFlow, waiting_orders
from liqscape.heatmap.triggers import known_ms_of
from liqscape.insight.mark_path import MarkPath
from liqscape.insight.minute import Minute
from liqscape.insight.sweeps.saved_columns import columns_as_bytes, columns_of_bytes
from liqscape.model.triggers import NEVER_READ_MS
from liqscape.units import AnyArray, Float64Array, Int64Array, Side

NOT_REACHED = -1
FLOWS = {Side.LONG: TriggerFlow.STOP_SELL, Side.SHORT: TriggerFlow.STOP_BUY}
"""Stops that close positions of a side."""
_COLUMNS = {"member": "<i8", "price": "<f8", "lots": "<i8", "reached_ms": "<i8"}


class SavedStops(Struct, frozen=True):
    """Own stops as bytes, little-endian."""

    columns: dict[str, bytes]
    known_lots: int


class OwnStops:
    """K stops of N members of a sweep.

    member      (K,) whose, a row of the members; price (K,) USD.
    lots        (K,) that it closes and has not been counted with yet.
    reached_ms  (K,) first mark in its base band or beyond, of the minute in which it was reached; NOT_REACHED.
    known_lots  of the size at entry, lots of members whose account's trigger orders had been read.
    """

    def __init__(self, columns: dict[str, AnyArray], known_lots: int) -> None:
        self.member: Int64Array = columns["member"]
        self.price: Float64Array = columns["price"]
        self.lots: Int64Array = columns["lots"]
        self.reached_ms: Int64Array = columns["reached_ms"]
        self.known_lots = known_lots

    @classmethod
    def of_members(
        cls, minute: Minute, market_index: int, side: Side, *, key: Int64Array, level: Float64Array, lots: Int64Array
    ) -> OwnStops | None:
        """Of members by key of the owner (rising), with the level and lots of each; None where the frame has no trigger
        orders."""
        if minute.triggers is None:
            return None
        orders, knowledge = minute.triggers
        place = np.minimum(np.searchsorted(key, minute.key), len(key) - 1)
        member = np.where(key[place] == minute.key, place, -1)
        is_read = known_ms_of(knowledge, np.arange(len(member))) > NEVER_READ_MS
        member[~is_read] = -1
        waiting = waiting_orders(orders, positions_in(minute.accounts, market_index), minute.snapshot, market_index)
        rows = np.flatnonzero((waiting.flow == FLOWS[side]) & (waiting.closed > 0.0) & (waiting.account >= 0))
        owner = member[waiting.account[rows]]
        rows, owner = rows[owner >= 0], owner[owner >= 0]
        is_before = side * waiting.price[rows] > side * level[owner]
        rows, owner = rows[is_before], owner[is_before]
        decimals = minute.snapshot.markets.rows[market_index].size_decimals
        columns: dict[str, AnyArray] = {
            "member": owner.astype(np.int64),
            "price": waiting.price[rows],
            "lots": np.rint(waiting.closed[rows] * 10.0**decimals).astype(np.int64),
            "reached_ms": np.full(len(rows), NOT_REACHED, np.int64),
        }
        return cls(columns, int(lots[np.unique(member[member >= 0])].sum()))

    @classmethod
    def load(cls, saved: SavedStops) -> OwnStops:
        """From bytes."""
        return cls(columns_of_bytes(saved.columns, _COLUMNS), saved.known_lots)

    def save(self) -> SavedStops:
        """To bytes."""
        return SavedStops(columns_as_bytes(self, _COLUMNS), self.known_lots)

    def reach(self, side: Side, path: MarkPath) -> None:
        """Take a minute's path in."""
        waiting = np.flatnonzero(self.reached_ms == NOT_REACHED)
        price = self.price[waiting]
        edge = band_edge(band_of_price(price) + (side is Side.LONG))
        self.reached_ms[waiting] = first_reached(side, path, price, since=edge)

    def take(self, member: int, lots: int, last_ms: int) -> int:
        """Lots of those that a member traded away, up to a time, that its own stops closed."""
        left = lots
        is_fired = (self.member == member) & (self.reached_ms != NOT_REACHED) & (self.reached_ms <= last_ms)
        for row in np.flatnonzero(is_fired & (self.lots > 0)).tolist():
            part = min(left, int(self.lots[row]))
            self.lots[row] -= part
            left -= part
        return lots - left


def first_reached(side: Side, path: MarkPath, price: Float64Array, since: Float64Array | None = None) -> Int64Array:
    """(K,) time of the first mark at or beyond each price on the way into a span of a side; NOT_REACHED.

    since  (K,) prices before those, from which each that is reached counts. An extreme without a time is no point of
           the path.
    """
    found = np.full(len(price), NOT_REACHED, np.int64)
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(side * price >= path.lowest(side))
    if len(rows):
        times, marks = path.points
        depth = -np.minimum.accumulate(side * np.asarray(marks))
        first = np.searchsorted(depth, -side * (price if since is None else since)[rows])
        is_timed = first < len(depth)
        found[rows[is_timed]] = np.asarray(times, np.int64)[first[is_timed]]
    return found
