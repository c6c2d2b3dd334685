"""Children of HLP by how they are margined: one flat table of 50x for every coin.

Recordings show `maxLeverage` 50 on every position of HLP's strategies and maintenance of 1 % without tiers, whatever
the coin allows. An old position may keep a table its coin has no more, and BTC and ETH once allowed 50x: so two such
positions prove nothing. Somebody with at least MIN_COINS coins above their own maximum, and nothing margined
otherwise, is a child.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import flat_table
from liqscape.states.table_registry import TableRegistry
from liqscape.units import BoolArray
from liqscape.wire.coin_tables import CoinTables

CHILD_LEVERAGE = 50
"""Every position of a child of HLP shows this maximum, whatever its coin (HL.RECORDED.HLP)."""
MIN_COINS = 3


def find_children(
    accounts: Accounts, market_of: Mapping[str, int], registry: TableRegistry, given: CoinTables
) -> tuple[str, ...]:
    """Addresses of `accounts` that are margined as children of HLP are. `given` says what each coin allows."""
    is_flat = accounts.table_row == registry.row(flat_table(CHILD_LEVERAGE))
    if np.count_nonzero(is_flat) < MIN_COINS:
        return ()
    allows_less: BoolArray = np.zeros(max(market_of.values(), default=0) + 1, np.bool_)
    for coin, table in given.tables.items():
        if coin in market_of:
            allows_less[market_of[coin]] = table.tiers[0].max_leverage < CHILD_LEVERAGE
    owner, count = accounts.address_row[accounts.pool_of_position()], len(accounts.addresses)
    above = np.bincount(owner[is_flat & allows_less[accounts.market_index]], minlength=count)
    others = np.bincount(owner[~is_flat], minlength=count)
    return tuple(accounts.addresses[row] for row in np.flatnonzero((above >= MIN_COINS) & (others == 0)).tolist())


def set_apart(accounts: Accounts, children: Collection[str]) -> Accounts:
    """The same accounts with these addresses exempt."""
    if not children:
        return accounts
    is_child = np.array([address in children for address in accounts.addresses], np.bool_)
    return replace(accounts, is_exempt=accounts.is_exempt | is_child[accounts.address_row])
