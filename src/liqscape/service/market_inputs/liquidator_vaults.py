"""The liquidator vaults as a map sees them: the account value of those whose positions it holds."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.known_addresses import rows_among
from liqscape.model.accounts import Accounts
from liqscape.model.markets import MarketSnapshot
from liqscape.wire.known_addresses import BACKSTOPS, HLP_LIQUIDATORS


def seen_vaults(accounts: Accounts, snapshot: MarketSnapshot) -> dict[str, tuple[float, ...]]:
    """USD of each liquidator vault by dex; a dex none of whose vaults is known is left out.

    A vault without positions is not on a map, so what is seen is what the vaults with positions are worth.
    """
    wanted = rows_among(accounts.addresses, HLP_LIQUIDATORS | BACKSTOPS)
    found: dict[str, list[float]] = {}
    for pool in np.flatnonzero(np.isin(accounts.address_row, wanted) & ~np.isnan(accounts.raw_usd)).tolist():
        rows = slice(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1]))
        markets = accounts.market_index[rows]
        if not len(markets):
            continue
        value = float(accounts.raw_usd[pool] + (accounts.size[rows] * snapshot.mark[markets]).sum())
        if np.isfinite(value):
            found.setdefault(snapshot.markets.rows[int(markets[0])].dex, []).append(max(0.0, value))
    return {dex: tuple(values) for dex, values in found.items()}
