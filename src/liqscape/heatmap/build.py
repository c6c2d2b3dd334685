"""From accounts and marks to a frame: solve every position, put each in its band or in the stated rest."""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.bands import OUTSIDE_REASONS, Bands, Outside, OutsideReason
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.heatmap.grid import band_of_price
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.ladder import first_order_size
from liqscape.risk.liquidation import LevelStatus, Liquidation, solve_liquidation
from liqscape.units import Float64Array, Int32Array, Int64Array, Quality

HALF_SPAN = 4096
"""Base bands kept on either side of the mark: from mark / 7.75 to mark * 7.75. The rest is summed and said."""

QUALITIES = len(Quality)


def build_frame(
    accounts: Accounts,
    snapshot: MarketSnapshot,
    tables: MarginTables,
    provenance: Provenance,
    liquidation: Liquidation | None = None,
) -> MarketFrame:
    """The frame of these accounts at this snapshot; `liquidation` where it is solved already."""
    solved = solve_liquidation(accounts, snapshot, tables) if liquidation is None else liquidation
    bands, outside = build_bands(accounts, snapshot, solved)
    sizes = np.abs(accounts.size)
    side_key = accounts.market_index.astype(np.int64) * 2 + (accounts.size < 0.0)
    shape = (len(snapshot.markets), 2)
    position_size = np.bincount(side_key, sizes, shape[0] * 2).reshape(shape)
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
        quality_notional=np.bincount(quality, notional, QUALITIES),
        address_count=len(np.unique(accounts.address_row)),
        pool_count=accounts.pool_count,
        oldest_age_ms=int(ages.max()) if len(ages) else -1,
        median_age_ms=int(np.median(ages)) if len(ages) else -1,
    )


def build_bands(
    accounts: Accounts, snapshot: MarketSnapshot, liquidation: Liquidation
) -> tuple[Bands, Outside]:
    """Sparse bands of all coins and the stated rest; together they hold every position exactly once."""
    pool = accounts.pool_of_position()
    sizes = np.abs(accounts.size)
    is_short = accounts.size < 0.0
    band, reason = place(accounts, snapshot, liquidation, pool)

    inside = np.flatnonzero(reason < 0)
    key = _pack(accounts.market_index[inside], band[inside], is_short[inside], accounts.quality[pool[inside]])
    order = np.argsort(key, kind="stable")
    rows, sorted_key = inside[order], key[order]
    starts = np.flatnonzero(np.concatenate(([True], sorted_key[1:] != sorted_key[:-1]))) if len(rows) else rows
    first = rows[starts]
    price = liquidation.price[rows]
    bands = Bands(
        market_index=accounts.market_index[first],
        band=band[first],
        side=np.where(is_short[first], -1, 1).astype(np.int8),
        quality=accounts.quality[pool[first]],
        size=_sums(sizes[rows], starts),
        level_notional=_sums(sizes[rows] * price, starts),
        first_order_size=_sums(first_order_size(sizes[rows], price), starts),
        position_count=np.diff(np.append(starts, len(rows))).astype(np.int32),
    )

    rest = np.flatnonzero(reason >= 0)
    shape = (len(snapshot.markets), 2, OUTSIDE_REASONS)
    rest_key = (accounts.market_index[rest].astype(np.int64) * 2 + is_short[rest]) * OUTSIDE_REASONS + reason[rest]
    cells = shape[0] * shape[1] * shape[2]
    outside = Outside(
        np.bincount(rest_key, sizes[rest], cells).reshape(shape),
        np.bincount(rest_key, minlength=cells).reshape(shape),
    )
    return bands, outside


def place(
    accounts: Accounts, snapshot: MarketSnapshot, liquidation: Liquidation, pool: Int64Array
) -> tuple[Int32Array, Int64Array]:
    """(band (P,), reason (P,)): reason is -1 where the position is in a band, else an OutsideReason."""
    mark: Float64Array = snapshot.mark[accounts.market_index]
    has_level = liquidation.status == LevelStatus.OK
    has_mark = mark > 0.0
    band = np.zeros(accounts.position_count, np.int32)
    band[has_level] = band_of_price(liquidation.price[has_level])
    centre = np.zeros(len(snapshot.mark), np.int32)
    known = snapshot.mark > 0.0
    centre[known] = band_of_price(snapshot.mark[known])
    distance = band - centre[accounts.market_index]

    reason = np.full(accounts.position_count, -1, np.int64)
    reason[distance < -HALF_SPAN] = OutsideReason.BELOW
    reason[distance >= HALF_SPAN] = OutsideReason.ABOVE
    reason[~has_level] = OutsideReason.NO_LEVEL
    reason[(liquidation.status == LevelStatus.UNKNOWN) | ~has_mark] = OutsideReason.UNKNOWN
    reason[accounts.is_exempt[pool]] = OutsideReason.EXEMPT
    return band, reason


def _pack(market: Int32Array, band: Int32Array, is_short: np.ndarray, quality: np.ndarray) -> Int64Array:  # type: ignore[type-arg]
    """One sortable key; longs (side 1) sort after shorts (side -1)."""
    shifted = band.astype(np.int64) + (1 << 31)
    return ((market.astype(np.int64) << 36 | shifted) << 1 | ~is_short) << 3 | quality


def _sums(values: Float64Array, starts: Int64Array) -> Float64Array:
    if not len(starts):
        return np.empty(0)
    sums: Float64Array = np.add.reduceat(values, starts)
    return sums
