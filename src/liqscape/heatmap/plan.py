"""The order in which positions are banded: by market, so that one market's bands stay in the cache.

A plan depends on who holds what, not on prices: it is made when accounts change and serves every mark batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.units import Float64Array, Int8Array, Int32Array, Int64Array, UInt8Array


@dataclass(frozen=True)
class BandPlan:
    """Positions that can be liquidated, sorted by market (stable), and how their layers are numbered.

    A layer is a (side, quality) that occurs; layers are numbered in sort order, short sides first.

    order        (Q,) position row.
    market_start (M + 1,) rows of `order` of each market.
    size         (Q,) coins, > 0.
    layer        (Q,)
    layer_side, layer_quality (L,)
    exempt       (X,) rows of positions kept apart.
    """

    order: Int32Array
    market_start: Int64Array
    size: Float64Array
    layer: UInt8Array
    layer_side: Int8Array
    layer_quality: UInt8Array
    exempt: Int64Array


def plan_bands(accounts: Accounts, market_count: int) -> BandPlan:
    """Plan for these accounts. Cost O(P log P)."""
    pool = accounts.pool_of_position()
    is_exempt = accounts.is_exempt[pool]
    rows = np.flatnonzero(~is_exempt)
    market = accounts.market_index[rows]
    # Stable sorting of 16-bit keys is a radix sort in NumPy, several times quicker than of wider ones.
    sortable = market.astype(np.uint16) if market_count <= 1 << 16 else market
    order = rows[np.argsort(sortable, kind="stable")]
    is_long = accounts.size[order] > 0.0
    code = is_long.astype(np.uint8) << 4 | accounts.quality[pool[order]]
    codes = np.flatnonzero(np.bincount(code, minlength=1)).astype(np.uint8)
    return BandPlan(
        order=order.astype(np.int32),
        market_start=np.concatenate(([0], np.cumsum(np.bincount(market, minlength=market_count)))),
        size=np.abs(accounts.size[order]),
        layer=np.searchsorted(codes, code).astype(np.uint8),
        layer_side=np.where(codes >> 4, 1, -1).astype(np.int8),
        layer_quality=codes & np.uint8(15),
        exempt=np.flatnonzero(is_exempt),
    )
