"""Liquidation price of every position (docs/liquidation.md, eq. 1 to 4).

With K = raw_usd + sum over the *other* positions of (size * mark - maintenance), the pool reaches maintenance
at the mark p of one coin, the other marks frozen, where

    K + size * p = max over tiers n of ( |size| * p * rate_n - deduction_n )                     (1)

Maintenance is convex in notional, so with side = sign(size)

    p = max over tiers n of ( -(K + deduction_n) / (1 - side * rate_n) ) / size                  (2)

and the tier is the one of the notional at p itself. An isolated pool holds one position, so K = raw_usd and
the mark does not enter. This is what the venue prints as `liquidationPx` (HL.DOC.LIQUIDATIONS; protocol
notes section 11), unrounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.margin import check_rows
from liqscape.units import Float64Array, Int8Array, UInt8Array

HIGHEST_PRICE = 1e15
"""The venue prints null above this (HL.EXAMPLE.LIQUIDATIONPX); such a price is out of reach anyway."""


class LevelStatus(IntEnum):
    """Why a position has a liquidation price or none."""

    OK = 0
    NO_LEVEL = 1
    """No positive mark of this coin alone liquidates the pool."""
    UNKNOWN = 2
    """The pool's raw USD or the mark of one of its other coins is unknown."""
    INSOLVENT = 3
    """Every positive mark of this coin leaves the pool below maintenance: the others sank it."""


@dataclass(frozen=True)
class Liquidation:
    """P rows.

    price  (P,) USD, unrounded; NaN unless status is OK.
    status (P,) LevelStatus.
    tier   (P,) margin tier of the notional at the price (boundary belongs to the higher tier); -1 unless OK.
    """

    price: Float64Array
    status: UInt8Array
    tier: Int8Array


def solve_liquidation(accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables) -> Liquidation:
    """Solve every position of every pool (eq. 2). Cost O(P * tiers), compiled, one thread.

    Raises ModelError if a position names a market or margin table that is not there.
    """
    check_rows(accounts, snapshot, tables)
    from liqscape.risk.kernels.levels import solve_levels

    count = accounts.position_count
    price = np.empty(count)
    status = np.empty(count, np.uint8)
    tier = np.empty(count, np.int8)
    solve_levels(
        accounts.offsets,
        accounts.raw_usd,
        accounts.market_index,
        accounts.size,
        accounts.table_row,
        snapshot.mark,
        tables.rate,
        tables.deduction,
        tables.lower_bound,
        price,
        status,
        tier,
    )
    return Liquidation(price, status, tier)
