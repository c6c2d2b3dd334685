"""Collateral as positions of its pool, so that the joint solver moves it with everything else (docs/joint.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.errors import ModelError
from liqscape.model.accounts import Accounts
from liqscape.model.collateral import Collateral
from liqscape.model.margin_tables import MarginTables
from liqscape.units import Float64Array, Int32Array, Int64Array


@dataclass(frozen=True, kw_only=True)
class Exposures:
    """Everything in A pools that moves with a mark, E rows sorted by pool; rates and deductions by row of table."""

    offsets: Int64Array
    raw_usd: Float64Array
    market_index: Int32Array
    size: Float64Array
    table_row: Int32Array
    rate: Float64Array
    deduction: Float64Array


def exposures_of(accounts: Accounts, tables: MarginTables, collateral: Collateral, mark: Float64Array) -> Exposures:
    """Positions, and holdings as long positions whose table is their haircut. Raises ModelError for an unknown pool."""
    if not len(collateral):
        return Exposures(
            offsets=accounts.offsets,
            raw_usd=accounts.raw_usd,
            market_index=accounts.market_index,
            size=accounts.size,
            table_row=accounts.table_row,
            rate=tables.rate,
            deduction=tables.deduction,
        )
    pools = accounts.pool_count
    if int(collateral.pool.min()) < 0 or int(collateral.pool.max()) >= pools:
        raise ModelError(f"collateral names pool {int(collateral.pool.max())}; there are {pools}")
    held = np.bincount(collateral.pool, collateral.after_haircut(mark), pools)
    pool = np.concatenate((accounts.pool_of_position(), collateral.pool))
    order = np.argsort(pool, kind="stable")
    tiers = tables.rate.shape[1]
    return Exposures(
        offsets=np.concatenate(([0], np.cumsum(np.bincount(pool, minlength=pools)))).astype(np.int64),
        raw_usd=np.where(np.bincount(collateral.pool, minlength=pools) > 0, accounts.raw_usd - held, accounts.raw_usd),
        market_index=np.concatenate((accounts.market_index, collateral.market_index))[order].astype(np.int32),
        size=np.concatenate((accounts.size, collateral.size))[order],
        table_row=np.concatenate((accounts.table_row, len(tables) + np.arange(len(collateral))))[order].astype(
            np.int32
        ),
        rate=np.concatenate((tables.rate, np.repeat(collateral.maintenance_rate[:, None], tiers, axis=1))),
        deduction=np.concatenate((tables.deduction, np.zeros((len(collateral), tiers)))),
    )
