"""First liquidation of every account along a path, and the mark of each coin there (docs/joint.md, eq. 2 to 5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.model.collateral import Collateral
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.columns import (
    FirstPriceColumns,
    LiquidationColumns,
    PathColumns,
    PoolColumns,
    PositionColumns,
    RateColumns,
)
from liqscape.risk.joint.collateral import exposures_of
from liqscape.risk.joint.path import JointPath
from liqscape.risk.liquidation import solve_roots
from liqscape.risk.margin import check_rows
from liqscape.units import AnyArray, Float64Array, UInt8Array

Column = TypeVar("Column", bound=AnyArray)


class JointStatus(IntEnum):
    """Whether a pool is liquidated on the path."""

    OK = 0
    NONE = 1
    """Not on this path as far as it reaches."""
    UNKNOWN = 2
    """Its raw USD, the mark of one of its coins, or how that coin moves, is unknown."""
    NOW = 3
    """Below maintenance at the present marks already; factor 0."""


@dataclass(frozen=True)
class JointLevels:
    """Of A pools and P positions.

    factor (A,) least f of the path where the pool is below maintenance; NaN unless status is OK or NOW.
    status (A,) JointStatus.
    price  (P,) mark of the position's own coin at its pool's factor, USD; the present mark for NOW. NaN where
           UNKNOWN, 0 where the path does not liquidate: as risk.liquidation.solve_roots gives them, so that the
           same bands can be made of it.
    """

    factor: Float64Array
    status: UInt8Array
    price: Float64Array


def solve_joint(
    accounts: Accounts,
    snapshot: MarketSnapshot,
    tables: MarginTables,
    path: JointPath,
    solo_root: Float64Array | None = None,
    collateral: Collateral | None = None,
) -> JointLevels:
    """Solve every pool along a path (eq. 3 to 5).

    collateral: what of the raw USD moves with a mark (model/collateral.py); None: all of it stays.

    solo_root (P,) of risk.liquidation.solve_roots where it is solved already: a position alone in its pool has the
    same price in both modes, to the bit.
    Raises ModelError if a position names a market or margin table that is not there.
    Cost O(P * trials), compiled, one thread; a dozen evaluations of a pool, most without an exponential.
    """
    check_rows(accounts, snapshot, tables)
    from liqscape.risk.kernels import joint

    collateral = collateral or Collateral.none()
    moving = exposures_of(accounts, tables, collateral, snapshot.mark)
    status = np.empty(accounts.pool_count, np.uint8)
    # One piece of memory, so that fewer pages are fetched anew each call.
    memory = np.empty(accounts.position_count + accounts.pool_count)
    price, factor = memory[: accounts.position_count], memory[accounts.position_count :]
    if solo_root is None:
        solo_root = solve_roots(accounts, snapshot, tables)
    joint.first_liquidations(
        PoolColumns(offsets=_plain(moving.offsets), raw_usd=_plain(moving.raw_usd)),
        PositionColumns(
            market_index=_plain(moving.market_index), size=_plain(moving.size), table_row=_plain(moving.table_row)
        ),
        PathColumns(mark=_plain(snapshot.mark), slope=_plain(path.slope), reach=path.reach),
        RateColumns(rate=moving.rate, deduction=moving.deduction),
        LiquidationColumns(factor=factor, status=status),
        FirstPriceColumns(offsets=_plain(accounts.offsets), solo_root=_plain(solo_root), price=price),
    )
    return JointLevels(factor, status, price)


def nearest(down: JointLevels, up: JointLevels, accounts: Accounts) -> JointLevels:
    """Of two paths the one that liquidates each pool first, at equal distance the first named (eq. 6)."""
    takes_up = np.nan_to_num(up.factor, nan=np.inf) < np.nan_to_num(down.factor, nan=np.inf)
    at_position = takes_up[accounts.pool_of_position()]
    return JointLevels(
        np.where(takes_up, up.factor, down.factor),
        np.where(takes_up, up.status, down.status),
        np.where(at_position, up.price, down.price),
    )


def _plain(column: Column) -> Column:
    """Columns of a file may be read-only, for which the kernel would be compiled once more: those are copied."""
    return np.require(column, requirements=("C", "W"))
