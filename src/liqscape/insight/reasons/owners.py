"""One list of addresses for two minutes, and the pools of each on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.units import BoolArray, Int64Array, PoolMode

if TYPE_CHECKING:
    from liqscape.insight.kernels.legs import MinuteColumns


@dataclass(frozen=True)
class SharedOwners:
    """The addresses of now in their order, then those that only the minute before knew.

    of_before (N0,) place of each address of before; was_known (count,) it is one of those.
    """

    of_before: Int64Array
    was_known: BoolArray
    count_now: int

    @property
    def count(self) -> int:
        """Of both minutes."""
        return len(self.was_known)

    @classmethod
    def of(cls, key: Int64Array, key_now: Int64Array) -> SharedOwners:
        """By their keys. Lists mostly grow, and then nothing has to be sorted."""
        known = len(key)
        if known <= len(key_now) and np.array_equal(key, key_now[:known]):
            place = np.arange(known)
        else:
            order = np.argsort(key_now, kind="stable")
            found = np.searchsorted(key_now, key, sorter=order)
            at = order[np.minimum(found, len(order) - 1)] if len(order) else np.zeros(known, np.int64)
            is_found = key_now[at] == key if len(order) else np.zeros(known, np.bool_)
            place = np.where(is_found, at, len(key_now) + np.cumsum(~is_found) - 1)
        was_known = np.zeros(max(len(key_now), int(place.max(initial=-1)) + 1), np.bool_)
        was_known[place] = True
        return cls(place, was_known, len(key_now))


def minute_columns(accounts: Accounts, place: Int64Array | None, count: int) -> MinuteColumns:
    """Positions by owner: pools of one address stand together. place (N,) of each address; None: as they are."""
    from liqscape.insight.kernels.legs import MinuteColumns

    owner = accounts.address_row.astype(np.int64) if place is None else place[accounts.address_row]
    first, last = np.zeros(count, np.int64), np.zeros(count, np.int64)
    begins = np.flatnonzero(np.diff(owner, prepend=-1))
    first[owner[begins]] = accounts.offsets[begins]
    last[owner[begins]] = accounts.offsets[np.append(begins[1:], len(owner)).astype(np.int64)] if len(begins) else 0
    return MinuteColumns(
        owner=owner,
        first=first,
        last=last,
        market=accounts.market_index,
        pool=accounts.pool_of_position(),
        is_isolated=is_isolated(accounts),
    )


def is_isolated(accounts: Accounts) -> BoolArray:
    """(A,) pools that back one position alone."""
    isolated: BoolArray = accounts.mode == PoolMode.ISOLATED
    return isolated
