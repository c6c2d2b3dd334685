"""The later stages of a liquidation: backstop and bankruptcy (docs/liquidation.md, eq. 5 and 6).

    backstop    account_value = 2/3 * maintenance    the liquidator vault takes the pool over        (5)
    bankruptcy  account_value = 0                     beyond it the loss falls on others (ADL)        (6)

Both are the liquidation equation with maintenance scaled by a share, so the same kernel solves them.
"""

from __future__ import annotations

from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.liquidation import Liquidation, solve_share

BACKSTOP_SHARE = 2.0 / 3.0  # HL.DOC.LIQUIDATIONS


def backstop_price(accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables) -> Liquidation:
    """Mark of each position's coin, the others frozen, at which the pool is at 2/3 of maintenance (eq. 5)."""
    return solve_share(accounts, snapshot, tables, BACKSTOP_SHARE)


def bankruptcy_price(accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables) -> Liquidation:
    """Mark of each position's coin, the others frozen, at which the pool is worth nothing (eq. 6)."""
    return solve_share(accounts, snapshot, tables, 0.0)
