"""The same job in plain vectorised NumPy, written as one would without a compiler; what the kernels are held against.

Everything that does not depend on prices (which pool, which table, |size|, side, layer) is prepared once, as the
kernels' plan is. Results: the root of every position and the sparse bands, equal to the kernels' (checked in the
run): a position within an ulp of a band's edge is decided by the same table of edges.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.heatmap.build import HALF_SPAN
from liqscape.heatmap.grid import band_of_price
from liqscape.model import Accounts, MarginTables, MarketSnapshot
from liqscape.risk.ladder import PARTIAL_SHARE, PARTIAL_THRESHOLD_USD
from liqscape.risk.liquidation import HIGHEST_PRICE
from liqscape.units import AnyArray, Float64Array, Int64Array

SPAN_BITS, LAYER_BITS = 14, 4


class Prepared(NamedTuple):
    """Columns that hold while accounts do not change."""

    accounts: Accounts
    tables: MarginTables
    pool: AnyArray
    is_lone: AnyArray
    rate: Float64Array
    deduction: Float64Array
    weight: Float64Array
    absolute: Float64Array
    layer: Int64Array
    kept: AnyArray


class ReferenceBands(NamedTuple):
    """Rows sorted by (market, band, side, quality)."""

    market_index: Int64Array
    band: Int64Array
    layer: Int64Array
    size: Float64Array
    level_notional: Float64Array
    first_order_size: Float64Array
    position_count: Int64Array


def prepare(accounts: Accounts, tables: MarginTables) -> Prepared:
    """All that does not move with prices."""
    rate = tables.rate[accounts.table_row]
    side = np.sign(accounts.size)
    pool = accounts.pool_of_position()
    return Prepared(
        accounts=accounts,
        tables=tables,
        pool=pool,
        is_lone=accounts.is_lone.astype(np.bool_),
        rate=rate,
        deduction=tables.deduction[accounts.table_row],
        weight=1.0 / (1.0 - side[:, None] * rate),
        absolute=np.abs(accounts.size),
        layer=((side > 0.0).astype(np.int64) << 3) | accounts.margin_source[pool],
        kept=~accounts.is_exempt[pool],
    )


def solve_roots(prepared: Prepared, snapshot: MarketSnapshot) -> Float64Array:
    """(P,) root of every position (docs/liquidation.md, eq. 2)."""
    accounts = prepared.accounts
    exposure = accounts.size * snapshot.mark[accounts.market_index]
    maintenance = np.max(np.abs(exposure)[:, None] * prepared.rate - prepared.deduction, axis=1)
    net = np.where(prepared.is_lone, 0.0, exposure - maintenance)
    total = accounts.raw_usd + np.add.reduceat(net, accounts.offsets[:-1])
    others = total[prepared.pool] - net
    scaled = np.max(-(others[:, None] + prepared.deduction) * prepared.weight, axis=1)
    root: Float64Array = scaled / accounts.size
    return root


def build_bands(prepared: Prepared, snapshot: MarketSnapshot, root: Float64Array) -> ReferenceBands:
    """Sums by (market, band, layer) of the positions within the window around each mark."""
    market_index = prepared.accounts.market_index
    first = band_of_price(snapshot.mark).astype(np.int64) - HALF_SPAN
    rows = np.flatnonzero((root > 0.0) & (root <= HIGHEST_PRICE) & prepared.kept)
    place = band_of_price(root[rows]) - first[market_index[rows]]
    is_inside = (place >= 0) & (place < 2 * HALF_SPAN)
    rows, place = rows[is_inside], place[is_inside]
    key = ((market_index[rows].astype(np.int64) << SPAN_BITS | place) << LAYER_BITS) | prepared.layer[rows]
    found, where = np.unique(key, return_inverse=True)
    coins = prepared.absolute[rows]
    level = coins * root[rows]
    first_order = np.where(level > PARTIAL_THRESHOLD_USD, PARTIAL_SHARE * coins, coins)
    market = found >> (SPAN_BITS + LAYER_BITS)
    return ReferenceBands(
        market_index=market,
        band=(found >> LAYER_BITS & (1 << SPAN_BITS) - 1) + first[market],
        layer=found & (1 << LAYER_BITS) - 1,
        size=np.bincount(where, coins, len(found)),
        level_notional=np.bincount(where, level, len(found)),
        first_order_size=np.bincount(where, first_order, len(found)),
        position_count=np.bincount(where, minlength=len(found)),
    )
