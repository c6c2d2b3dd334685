"""One stored frame as studies see it: who holds what, where each level stands, and what was written down meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from liqscape.insight.mark_path import MinutePaths
from liqscape.insight.minute_index import MinuteIndex
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.model.minute_notes import MinuteNotes
from liqscape.model.triggers import TriggerColumns, TriggerKnowledge
from liqscape.units import AnyArray, Float64Array, Int64Array, Side

KEY_BYTES = 8
Triggers = tuple[TriggerColumns, TriggerKnowledge]
DEPTHS = {Side.LONG: "bid_usd_1pct", Side.SHORT: "ask_usd_1pct"}
"""What forced orders of a side meet."""


def nothing_read() -> Triggers | None:
    """Of a frame of which no trigger orders are known."""
    return None


class HeldLevels(NamedTuple):
    """Positions of one coin and side that have a level, by level, then key.

    level (K,) USD; size (K,) coins, > 0; key (K,) of the owner (`address_keys`); row (K,) position row of accounts.
    """

    level: Float64Array
    size: Float64Array
    key: Int64Array
    row: Int64Array


@dataclass(frozen=True, kw_only=True)
class Minute:
    """A stored frame.

    level    (P,) liquidation price of each position at the frame's marks, USD; NaN: none, or unknown.
    key      (N,) of each address (`address_keys`).
    notes    of the minute up to the frame; None where nobody wrote any (snapshots of others, history of before).
    is_gap   more than the history's hold time lies between the frame before and this one, or there is none.
    read_triggers  gives the trigger orders known at the frame (rows as the addresses), None where nobody read any.
             It is asked where a sweep begins.
    """

    snapshot: MarketSnapshot
    accounts: Accounts
    tables: MarginTables
    level: Float64Array
    key: Int64Array
    notes: MinuteNotes | None
    is_gap: bool
    read_triggers: Callable[[], Triggers | None] = nothing_read

    @property
    def time_ms(self) -> int:
        """Venue time of the frame."""
        return self.snapshot.time_ms

    @cached_property
    def triggers(self) -> Triggers | None:
        """Trigger orders known at the frame, and whose were read; None: nobody's."""
        return self.read_triggers()

    def mark(self, market_index: int) -> float:
        """USD; NaN where it is unknown or in doubt."""
        return float(self.snapshot.mark[market_index])

    def held(self, market_index: int, side: Side) -> HeldLevels:
        """Positions of a coin and side that have a level and are not exempt."""
        order, starts = self._sorted
        code = 2 * market_index + (side == Side.SHORT)
        rows = order[starts[code] : starts[code + 1]]
        accounts = self.accounts
        return HeldLevels(self.level[rows], np.abs(accounts.size[rows]), self.index.owner_key[rows], rows)

    def depth_usd(self, market_index: int, side: Side) -> float | None:
        """USD of the book within 1 % of the mid, on the side that forced orders of a side meet, as last told in the
        minute; None where no book is known."""
        depth = self._depth.get((market_index, side), np.nan)
        return depth if depth >= 0.0 else None

    @cached_property
    def _depth(self) -> dict[tuple[int, int], float]:
        coins = None if self.notes is None else self.notes.coins
        if coins is None:
            return {}
        market = coins["market_index"].tolist()
        return {
            (row, side): usd
            for side, name in DEPTHS.items()
            if name in coins
            for row, usd in zip(market, coins[name].tolist(), strict=True)
        }

    @cached_property
    def mark_paths(self) -> MinutePaths:
        """The way of all marks since the frame before."""
        return MinutePaths(self.snapshot, self.notes)

    @cached_property
    def index(self) -> MinuteIndex:
        """Positions by coin, and what was written down by account."""
        return MinuteIndex(self.accounts, self.key, self.notes, len(self.snapshot.mark))

    @cached_property
    def _sorted(self) -> tuple[AnyArray, AnyArray]:
        """Position rows by (coin, side, level, key), and where each coin and side begins."""
        accounts = self.accounts
        pool = accounts.pool_of_position()
        kept = np.flatnonzero((self.level > 0.0) & (self.level < np.inf) & ~accounts.is_exempt[pool])
        code = 2 * accounts.market_index[kept].astype(np.int64) + (accounts.size[kept] < 0.0)
        order = np.lexsort((self.index.owner_key[kept], self.level[kept], code))
        starts = np.searchsorted(code[order], np.arange(2 * len(self.snapshot.mark) + 1))
        return kept[order], starts


class AddressKeys:
    """Keys of addresses, kept from minute to minute: lists only grow or are replaced."""

    def __init__(self) -> None:
        self._addresses: Sequence[str] = ()
        self._key: Int64Array = np.empty(0, np.int64)

    def of(self, addresses: Sequence[str]) -> Int64Array:
        """(N,) key of each address: the same in every process, whatever was seen before."""
        if addresses is self._addresses:
            return self._key
        count = len(self._addresses)
        if addresses[:count] == self._addresses:
            fresh = addresses[count:]
            more = np.fromiter(map(address_key, fresh), np.int64, len(fresh))
            self._key = np.concatenate((self._key, more)) if len(fresh) else self._key
        else:
            known = dict(zip(self._addresses, self._key.tolist(), strict=True))
            keys = (address_key(each) if (key := known.get(each)) is None else key for each in addresses)
            self._key = np.fromiter(keys, np.int64, len(addresses))
        self._addresses = addresses
        return self._key


def address_key(address: str) -> int:
    """64 bits of a hash of an address: two of a million addresses agree with a chance of 3e-8."""
    return int.from_bytes(blake2b(address.encode(), digest_size=KEY_BYTES).digest(), "little", signed=True)
