"""Positions of one coin by whom they are, and of all coins at once: who asks for each coin sorts positions once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.units import Float64Array, Int32Array, Int64Array


@dataclass(frozen=True, kw_only=True)
class CoinPositions:
    """K positions of one coin, in the order of all positions.

    owner          (K,) row of the map's addresses.
    size           (K,) signed coins.
    address_count  addresses on the map, whether they hold the coin or not.
    """

    owner: Int32Array
    size: Float64Array
    address_count: int

    def held_by(self, account: Int32Array) -> Float64Array:
        """(N,) signed coins that accounts hold; 0 for whoever holds none."""
        owner, size = self.owner, self.size
        if (np.diff(owner) < 0).any():
            order = np.argsort(owner, kind="stable")
            owner, size = owner[order], size[order]
        starts = np.flatnonzero(np.diff(owner, prepend=-1))
        if not len(starts):
            return np.zeros(len(account))
        holder, held = owner[starts], np.add.reduceat(size, starts)
        place = np.minimum(np.searchsorted(holder, account), len(holder) - 1)
        return np.where(holder[place] == account, held[place], 0.0)


def positions_in(accounts: Accounts, market_index: int) -> CoinPositions:
    """Of one coin. Cost O(P) of all positions."""
    return _positions_at(accounts, np.flatnonzero(accounts.market_index == market_index))


def positions_of_all(accounts: Accounts, market_count: int) -> list[CoinPositions]:
    """Of each coin, by market. Positions are sorted once."""
    order = np.argsort(accounts.market_index, kind="stable")
    ends = np.searchsorted(accounts.market_index[order], np.arange(market_count + 1))
    whole = _positions_at(accounts, order)
    return [
        CoinPositions(owner=whole.owner[first:last], size=whole.size[first:last], address_count=whole.address_count)
        for first, last in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    ]


def _positions_at(accounts: Accounts, rows: Int64Array) -> CoinPositions:
    return CoinPositions(
        owner=accounts.address_row[accounts.pool_of_position()[rows]],
        size=accounts.size[rows],
        address_count=len(accounts.addresses),
    )
