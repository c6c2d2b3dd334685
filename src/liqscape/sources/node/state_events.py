"""A state snapshot as what everybody holds, on the market rows and margin tables in force."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import numpy as np

from liqscape.errors import InputError
from liqscape.model.events import AccountsObserved
from liqscape.model.margin_tables import MarginTable
from liqscape.states.node.state_snapshot import StateSnapshot
from liqscape.units import MarginSource


def map_state(
    state: StateSnapshot,
    market_of: Mapping[str, int],
    table_row_of: Callable[[MarginTable], int],
    received_ns: int,
    exempt: Collection[str] = (),
) -> AccountsObserved:
    """Every holder of the exchange, as of the state's block; who is not named holds nothing.

    market_of: row by coin. table_row_of: row of a table with these tiers in the tables in force. A position in a market
    that is not listed is left out, and its pool, which then lacks a leg, becomes UNKNOWN.
    Raises InputError for a state whose time is not known.
    """
    if not state.time_ms:
        raise InputError(f"state of block {state.height} does not say when it was")
    accounts = state.accounts
    market = np.array([market_of.get(coin, -1) for coin in state.markets.coins], np.int32)[accounts.market_index]
    table_row = np.array([table_row_of(table) for table in state.tables.tables], np.int32)
    pool = accounts.pool_of_position()
    is_kept = market >= 0
    lacks_leg = np.zeros(accounts.pool_count, np.bool_)
    lacks_leg[pool[~is_kept]] = True
    counts = np.bincount(pool[is_kept], minlength=accounts.pool_count)
    freed = set(exempt)
    is_exempt = np.array([address in freed for address in accounts.addresses], np.bool_)
    kept = replace(
        accounts,
        raw_usd=np.where(lacks_leg, np.nan, accounts.raw_usd),
        margin_source=np.where(lacks_leg, MarginSource.UNKNOWN, accounts.margin_source).astype(np.uint8),
        is_exempt=is_exempt[accounts.address_row],
        offsets=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        market_index=market[is_kept],
        table_row=table_row[accounts.table_row[is_kept]],
        **{
            name: getattr(accounts, name)[is_kept]
            for name in ("size", "entry_price", "leverage", "observed_mark", "published", "published_price")
        },
    )
    return AccountsObserved(
        time_ms=state.time_ms,
        received_ns=received_ns,
        accounts=kept.take(np.flatnonzero(counts)),
        is_complete=True,
        address_ms=np.full(len(accounts.addresses), state.time_ms, np.int64),
    )
