"""Collateral of portfolio-margin accounts out of their spot states: coins that are worth the mark of a perpetual."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.model.collateral import Collateral
from liqscape.states.accounts import Holder
from liqscape.units import Float64Array, PoolMode

PERPETUAL_OF = {"HYPE": "HYPE", "UBTC": "BTC"}
"""Market by spot token, of those that back portfolio margin (HL.DOC.PORTFOLIO_MARGIN). Others count as constant."""


def collateral_of(
    holders: Iterable[Holder], accounts: Accounts, market_of: Mapping[str, int], mark: Float64Array
) -> Collateral:
    """Holdings of the portfolio pools whose spot state is there and whose raw USD is known.

    A coin whose mark (M,) is not known stays in the raw USD at the value it had.
    """
    is_held = (accounts.mode == int(PoolMode.PORTFOLIO)) & ~np.isnan(accounts.raw_usd)
    pool_of = {accounts.addresses[accounts.address_row[pool]]: pool for pool in np.flatnonzero(is_held).tolist()}
    rows: list[tuple[int, int, float, float]] = []
    for holder in holders:
        pool = pool_of.get(holder.address)
        if pool is None or holder.spot is None or not holder.spot.is_portfolio:
            continue
        for balance in holder.spot.balances:
            market = market_of.get(PERPETUAL_OF.get(balance.coin, ""))
            ratio = balance.ltv
            if market is None or ratio is None or not (0.0 < ratio < 1.0 and balance.total > 0.0):
                continue
            if mark[market] > 0.0:
                rows.append((pool, market, balance.total, ratio))
    pools, markets, sizes, ratios = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Collateral(
        np.array(pools, np.int64), np.array(markets, np.int64), np.array(sizes, float), np.array(ratios, float)
    )
