"""From accounts and marks to a frame: solve every position, put each in its band or in the stated rest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.heatmap.bands import Bands, Outside, OutsideReason
from liqscape.heatmap.counting import weighted_count
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.heatmap.grid import band_of_price, edge_table
from liqscape.heatmap.plan import BandPlan, plan_bands
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.liquidation import solve_roots
from liqscape.units import Float64Array, Int32Array, Int64Array, Quality, UInt8Array

REST_REASONS = (OutsideReason.UNKNOWN, OutsideReason.NO_LEVEL, OutsideReason.BELOW, OutsideReason.ABOVE)
"""In the order of the kernel's codes."""

HALF_SPAN = 4096
"""Base bands kept on either side of the mark: from mark / 7.75 to mark * 7.75. The rest is summed and said."""

QUALITIES = len(Quality)


def build_frame(
    accounts: Accounts,
    snapshot: MarketSnapshot,
    tables: MarginTables,
    provenance: Provenance,
    plan: BandPlan | None = None,
) -> MarketFrame:
    """The frame of these accounts at this snapshot; `plan` where the accounts have not changed since it was made."""
    root = solve_roots(accounts, snapshot, tables)
    bands, outside = build_bands(accounts, snapshot, root, plan)
    sizes = np.abs(accounts.size)
    side_key = accounts.market_index.astype(np.int64) * 2 + (accounts.size < 0.0)
    shape = (len(snapshot.markets), 2)
    position_size = weighted_count(side_key, sizes, shape[0] * 2).reshape(shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        coverage = np.where(
            snapshot.open_interest > 0.0, position_size.sum(axis=1) / (2.0 * snapshot.open_interest), np.nan
        )
    quality = accounts.quality[accounts.pool_of_position()]
    notional = np.nan_to_num(sizes * snapshot.mark[accounts.market_index])
    ages = snapshot.time_ms - accounts.observed_ms
    return MarketFrame(
        provenance=provenance,
        snapshot=snapshot,
        bands=bands,
        outside=outside,
        position_size=position_size,
        position_count=np.bincount(side_key, minlength=shape[0] * 2).reshape(shape),
        coverage=coverage,
        quality_notional=weighted_count(quality, notional, QUALITIES),
        address_count=len(np.unique(accounts.address_row)),
        pool_count=accounts.pool_count,
        oldest_age_ms=int(ages.max()) if len(ages) else -1,
        median_age_ms=int(np.median(ages)) if len(ages) else -1,
    )


def build_bands(
    accounts: Accounts, snapshot: MarketSnapshot, root: Float64Array, plan: BandPlan | None = None
) -> tuple[Bands, Outside]:
    """Sparse bands of all coins and the stated rest; together they hold every position exactly once.

    root (P,) of risk.liquidation.solve_roots; `plan` where the accounts have not changed since it was made.
    """
    markets = len(snapshot.markets)
    plan = plan_bands(accounts, markets) if plan is None else plan
    rows, row_start, rest_size, rest_count = _run_kernel(plan, snapshot, root)
    bands = Bands(
        market_index=np.repeat(np.arange(markets, dtype=np.int32), np.diff(row_start)),
        band=rows.band,
        side=plan.layer_side[rows.layer],
        quality=plan.layer_quality[rows.layer],
        size=rows.size,
        level_notional=rows.level_notional,
        first_order_size=rows.first_order_size,
        position_count=rows.position_count,
    )
    outside = Outside.empty(markets)
    for layer, side in enumerate(plan.layer_side):
        column = 0 if side > 0 else 1
        for code, reason in enumerate(REST_REASONS):
            outside.size[:, column, reason] += rest_size[:, code, layer]
            outside.position_count[:, column, reason] += rest_count[:, code, layer]
    exempt_key = accounts.market_index[plan.exempt].astype(np.int64) * 2 + (accounts.size[plan.exempt] < 0.0)
    exempt_size = weighted_count(exempt_key, np.abs(accounts.size[plan.exempt]), 2 * markets)
    outside.size[:, :, OutsideReason.EXEMPT] = exempt_size.reshape(markets, 2)
    exempt_count = np.bincount(exempt_key, minlength=2 * markets)
    outside.position_count[:, :, OutsideReason.EXEMPT] = exempt_count.reshape(markets, 2)
    return bands, outside


class _Rows(NamedTuple):
    band: Int32Array
    layer: UInt8Array
    size: Float64Array
    level_notional: Float64Array
    first_order_size: Float64Array
    position_count: Int32Array


def _run_kernel(
    plan: BandPlan, snapshot: MarketSnapshot, root: Float64Array
) -> tuple[_Rows, Int64Array, Float64Array, Int64Array]:
    from liqscape.heatmap import kernels

    markets, capacity = len(snapshot.markets), len(plan.order)
    bits = max(len(plan.layer_side) - 1, 0).bit_length()
    cell_count = (kernels.CODES << bits) + (-(kernels.CODES << bits) % 8)
    rows = _Rows(
        np.empty(capacity, np.int32),
        np.empty(capacity, np.uint8),
        np.empty(capacity),
        np.empty(capacity),
        np.empty(capacity),
        np.empty(capacity, np.int32),
    )
    row_start = np.empty(markets + 1, np.int64)
    rest_size = np.zeros((markets, len(REST_REASONS), 1 << bits))
    rest_count = np.zeros(rest_size.shape, np.int64)
    count = kernels.band_markets(
        plan.order,
        plan.market_start,
        plan.size,
        plan.layer,
        bits,
        root,
        window_start(snapshot.mark),
        edge_table(),
        np.zeros((cell_count, 4)),
        np.zeros(cell_count, np.uint8),
        *rows,
        row_start,
        rest_size,
        rest_count,
    )
    return _Rows._make(column[:count].copy() for column in rows), row_start, rest_size, rest_count


def window_start(mark: Float64Array) -> Float64Array:
    """(M,) first band of each market's window, NaN where the mark is unknown."""
    start = np.full(len(mark), np.nan)
    known = mark > 0.0
    start[known] = band_of_price(mark[known]) - HALF_SPAN
    return start
