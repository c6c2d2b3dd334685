"""Accounts with their pools split as inferred, ready for the ledger."""

from __future__ import annotations

import numpy as np

from liqscape.model.accounts import POSITION_COLUMNS, Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.risk.inference.infer import Inference
from liqscape.risk.margin import maintenance_margin
from liqscape.units import MarginSource, PoolMode


def split_pools(accounts: Accounts, inference: Inference, tables: MarginTables) -> Accounts:
    """One pool for what an account shares, one for each pocket; raw USD, margin source and tables as inferred.

    The shared pool comes first and holds raw_usd = G - sum(size * mark) + sum(maintenance), at the observed marks. It
    is PUBLISHED where a price determines it, else UNKNOWN and raw_usd NaN; its mode is the one given where two
    prices or more agree, else UNKNOWN. A pocket has mode ISOLATED. Pools keep the order of the accounts, positions
    theirs.
    """
    group = accounts.pool_of_position()
    count = accounts.pool_count
    shared_rows = ~inference.is_pocket
    exposure = accounts.size * accounts.observed_mark
    maintenance = maintenance_margin(np.abs(exposure), inference.table_row, tables)
    held = np.bincount(group, np.where(shared_rows, maintenance - exposure, 0.0), count)
    shared_raw = inference.free_margin + held

    has_shared = np.bincount(group, shared_rows, count) > 0
    # Pools in order: account, shared before pockets, pockets in the order of their positions.
    pockets = np.flatnonzero(inference.is_pocket)
    pool_account = np.concatenate((np.flatnonzero(has_shared), group[pockets]))
    pool_row = np.concatenate((np.full(int(has_shared.sum()), -1), pockets))
    order = np.lexsort((pool_row, pool_account))
    pool_account, pool_row = pool_account[order], pool_row[order]
    is_pocket_pool = pool_row >= 0
    rows = np.lexsort((np.arange(len(group)), np.where(inference.is_pocket, np.arange(len(group)), -1), group))
    lengths = np.where(is_pocket_pool, 1, np.bincount(group[shared_rows], minlength=count)[pool_account])

    raw = np.where(is_pocket_pool, inference.pocket_raw[pool_row], shared_raw[pool_account])
    mode = np.where(inference.votes >= 2, accounts.mode, PoolMode.UNKNOWN)[pool_account]
    columns = {name: getattr(accounts, name)[rows] for name in POSITION_COLUMNS}
    columns["table_row"] = inference.table_row[rows]
    return Accounts(
        addresses=accounts.addresses,
        address_row=accounts.address_row[pool_account],
        raw_usd=raw,
        margin_source=np.where(np.isnan(raw), MarginSource.UNKNOWN, MarginSource.PUBLISHED).astype(np.uint8),
        mode=np.where(is_pocket_pool, PoolMode.ISOLATED, mode).astype(np.uint8),
        is_exempt=accounts.is_exempt[pool_account],
        observed_ms=accounts.observed_ms[pool_account],
        offsets=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        **columns,
    )
