"""Recorded positions as margin pools, and what their published prices say."""

from __future__ import annotations

import numpy as np

from liqscape.model.accounts import Accounts, PublishedState
from liqscape.risk.inference import Inference, infer_pools
from liqscape.sources.recording.positions import RecordedPositions
from liqscape.sources.recording.tables import RecordedTables
from liqscape.units import PoolMode
from liqscape.wire.known_addresses import EXEMPT_ADDRESSES


def accounts_of(positions: RecordedPositions, tables: RecordedTables) -> Accounts:
    """One pool per snapshot, address and part, of unknown cash, positions in the order of `positions`."""
    starts = positions.account_starts()
    market = np.array([tables.markets.index_of(coin) for coin in positions.coins], np.int32)[positions.coin]
    address = positions.address[starts]
    exempt = np.array([name in EXEMPT_ADDRESSES for name in positions.addresses], np.bool_)
    has_price = np.isfinite(positions.price)
    dexs = np.unique([market.dex for market in tables.markets.rows], return_inverse=True)[1][market]
    is_over_dexs = np.maximum.reduceat(dexs, starts) != np.minimum.reduceat(dexs, starts)
    return Accounts.build(
        addresses=positions.addresses,
        address_row=address,
        raw_usd=np.full(len(starts), np.nan),
        offsets=np.concatenate((starts, [len(positions.size)])),
        market_index=market,
        size=positions.size,
        table_row=tables.markets.table_row[market],
        margin_source=np.zeros(len(starts), np.uint8),
        mode=np.where(is_over_dexs, PoolMode.UNIFIED, PoolMode.CROSS),
        is_exempt=exempt[address],
        observed_ms=positions.time_ms[starts],
        entry_price=positions.entry_price,
        leverage=positions.leverage,
        observed_mark=positions.mark,
        published=np.where(has_price, PublishedState.PRICE, PublishedState.NONE),
        published_price=positions.price,
    )


def infer_recorded(positions: RecordedPositions, accounts: Accounts, tables: RecordedTables) -> Inference:
    """Free margin, tables, pockets and class of every row of `accounts_of(positions, tables)`."""
    return infer_pools(
        accounts,
        tables.tables,
        tables.older_tables,
        exempt_table_row=tables.exempt_table_row,
        price_resolution=positions.price_resolution,
        value_resolution=positions.value_resolution,
    )
