"""The order in which positions are banded: by market, so that one market's bands stay in the cache.

A plan depends on who holds what, not on prices: it is made when accounts change and serves every mark batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.columns import HolderColumns, LayerColumns, OrderColumns, TotalColumns
from liqscape.model.accounts import Accounts
from liqscape.model.markets import Markets
from liqscape.units import Float64Array, Int8Array, Int32Array, Int64Array, MarginSource, UInt8Array


@dataclass(frozen=True, kw_only=True)
class BandPlan:
    """Positions that can be liquidated, sorted by market (stable), and how their layers are numbered.

    A layer is a (side, margin_source) that occurs; layers are numbered in sort order, short sides first.

    place        (P,) where each position stands in that order; Q for those kept apart.
    market_start (M + 1,) places of each market.
    lots         (Q,) sizes in lots, > 0 (exact_sums.py).
    layer        (Q,)
    layer_side, layer_margin_source (L,)
    exempt       (X,) rows of positions kept apart.
    totals       sums over all positions, exempt ones too.
    """

    place: Int32Array
    market_start: Int64Array
    lots: Float64Array
    layer: UInt8Array
    layer_side: Int8Array
    layer_margin_source: UInt8Array
    exempt: Int64Array
    totals: HoldingTotals

    @property
    def columns(self) -> tuple[OrderColumns, LayerColumns]:
        """What the banding kernel takes."""
        order = OrderColumns(place=self.place, market_start=self.market_start, lots=self.lots, layer=self.layer)
        return order, LayerColumns(side=self.layer_side, margin_source=self.layer_margin_source)


@dataclass(frozen=True, kw_only=True)
class HoldingTotals:
    """What a frame says of the accounts that no price enters.

    position_size  (M, 2) coins by side (0 long, 1 short).
    position_count (M, 2)
    margin_source_size   (5, M) coins by MarginSource, both sides.
    address_count  addresses with a pool.
    oldest_ms, median_ms: observation times of the pools; 0 without pools.
    """

    position_size: Float64Array
    position_count: Int64Array
    margin_source_size: Float64Array
    address_count: int
    oldest_ms: int
    median_ms: float


def held_sizes(accounts: Accounts, market_count: int) -> Float64Array:
    """(M,) coins in all positions, of both sides: what the totals of a plan say, in a millisecond."""
    from liqscape.heatmap import held_kernels

    position_size: Float64Array = np.zeros((market_count, 2))
    held_kernels.sum_sizes(accounts.market_index, accounts.size, position_size)
    held: Float64Array = position_size[:, 0] + position_size[:, 1]
    return held


def plan_bands(accounts: Accounts, markets: Markets) -> BandPlan:
    """Plan for these accounts. Cost O(P + M)."""
    from liqscape.heatmap import plan_kernels

    count, market_count = accounts.position_count, len(markets)
    place, lots, layer = np.empty(count, np.int32), np.empty(count), np.empty(count, np.uint8)
    exempt = np.empty(count, np.int64)
    market_start = np.zeros(market_count + 1, np.int64)
    layer_of = np.full(plan_kernels.LAYERS, -1)
    totals = new_totals(market_count)
    kept, kept_apart = plan_kernels.plan_positions(
        holders_of(accounts),
        markets.lots_per_coin,
        OrderColumns(place=place, market_start=market_start, lots=lots, layer=layer),
        layer_of,
        exempt,
        totals,
    )
    codes = np.flatnonzero(layer_of >= 0)
    return BandPlan(
        place=place,
        market_start=market_start,
        lots=lots[:kept],
        layer=layer[:kept],
        layer_side=np.where(codes >> 4, 1, -1).astype(np.int8),
        layer_margin_source=(codes & 15).astype(np.uint8),
        exempt=exempt[:kept_apart].copy(),
        totals=totals_of(accounts, totals),
    )


def holders_of(accounts: Accounts) -> HolderColumns:
    """What kernels need of the accounts to sum them up by market."""
    return HolderColumns(
        offsets=accounts.offsets,
        margin_source=accounts.margin_source,
        is_exempt=accounts.is_exempt,
        market_index=accounts.market_index,
        size=accounts.size,
    )


def new_totals(market_count: int) -> TotalColumns:
    """Sums of nothing."""
    return TotalColumns(
        position_size=np.zeros((market_count, 2)),
        position_count=np.zeros((market_count, 2), np.int64),
        margin_source_size=np.zeros((len(MarginSource), market_count)),
    )


def totals_of(accounts: Accounts, totals: TotalColumns) -> HoldingTotals:
    """The sums with what follows from pools alone."""
    observed = accounts.observed_ms
    return HoldingTotals(
        position_size=totals.position_size,
        position_count=totals.position_count,
        margin_source_size=totals.margin_source_size,
        address_count=int(np.count_nonzero(np.bincount(accounts.address_row))),
        oldest_ms=int(observed.min()) if len(observed) else 0,
        median_ms=float(np.median(observed)) if len(observed) else 0.0,
    )
