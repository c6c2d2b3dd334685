"""Where positions of a coin, and what was written down of an account, stand in a minute: sorted once for all coins."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.model.minute_notes import Columns, MinuteNotes
from liqscape.units import AnyArray, Int64Array


class MinuteIndex:
    """Of one stored frame. Each order is made when it is first asked for.

    key  (N,) of each address.
    """

    def __init__(self, accounts: Accounts, key: Int64Array, notes: MinuteNotes | None, market_count: int) -> None:
        self._accounts, self._key, self._market_count = accounts, key, market_count
        self._notes = None if notes is None else notes.accounts
        self._positions: tuple[AnyArray, AnyArray] | None = None
        self._rows: tuple[Int64Array, AnyArray] | None = None

    def positions(self, market_index: int) -> AnyArray:
        """Position rows of one coin, rising."""
        if self._positions is None:
            market = self._accounts.market_index
            small = market.astype(np.uint16) if self._market_count < 1 << 16 else market  # sorted by radix
            order = np.argsort(small, kind="stable")
            self._positions = order, np.searchsorted(market[order], np.arange(self._market_count + 1))
        order, starts = self._positions
        return order[starts[market_index] : starts[market_index + 1]]

    @cached_property
    def owner_key(self) -> Int64Array:
        """(P,) key of the owner of each position."""
        accounts = self._accounts
        owner: Int64Array = self._key[accounts.address_row[accounts.pool_of_position()]]
        return owner

    def account_rows(self, key: Int64Array) -> tuple[Columns, AnyArray, AnyArray] | None:
        """What was written down of these accounts: columns, rows of them by `first_ms`, and each row's place in `key`.

        None where there is nothing.
        """
        notes = self._notes
        if notes is None or not len(notes["kind"]):
            return None
        if self._rows is None:
            owner = self._key[notes["address_row"]]
            order = np.argsort(owner, kind="stable")
            self._rows = owner[order], order
        owner, order = self._rows
        first, last = np.searchsorted(owner, key), np.searchsorted(owner, key, side="right")
        count = last - first
        if not count.any():
            return None
        place = np.repeat(np.arange(len(key)), count)
        within = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
        rows = order[first[place] + within]
        by_time = np.argsort(notes["first_ms"][rows], kind="stable")
        return notes, rows[by_time], place[by_time]
