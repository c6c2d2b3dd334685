"""From accounts and marks to a frame: solve every position, put each in its band or in the stated rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from liqscape.heatmap.bands import Bands, OutsideReason, OutsideSums
from liqscape.heatmap.coin_bands import AllBands, AllOutside, CoinBands
from liqscape.heatmap.columns import WindowColumns
from liqscape.heatmap.counting import weighted_count
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.heatmap.grid import band_of_price, edge_table
from liqscape.heatmap.plan import BandPlan, HoldingTotals, plan_bands
from liqscape.heatmap.rest import sum_positions
from liqscape.heatmap.workspace import BandWorkspace
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.liquidation import solve_roots
from liqscape.risk.threads import ONE_THREAD, KernelThreads
from liqscape.units import Float64Array

if TYPE_CHECKING:
    from liqscape.ledger.holders import MarketHolders
    from liqscape.ledger.standing_pools import StandingPools
    from liqscape.model.funding import HourlyFunding

HALF_SPAN = 4096
"""Base bands kept on either side of the mark: from mark / 7.75 to mark * 7.75. The rest is summed and said."""


def build_frame(
    accounts: Accounts,
    snapshot: MarketSnapshot,
    tables: MarginTables,
    provenance: Provenance,
    *,
    plan: BandPlan | None = None,
    workspace: BandWorkspace | None = None,
    root: Float64Array | None = None,
    banded: tuple[Bands, OutsideSums] | None = None,
    with_bands: bool = True,
    funding: HourlyFunding | None = None,
    block: int | None = None,
    threads: KernelThreads = ONE_THREAD,
) -> MarketFrame:
    """The frame of these accounts at this snapshot, the same to the bit whatever threads are lent.

    `plan` where the accounts have not changed since it was made; `root` (P,) where it is solved already; `banded` where
    all is (`standing_bands.py`). Without bands it is what is stored of most minutes, in a third of the time.
    """
    workspace = BandWorkspace() if workspace is None else workspace
    if root is None and banded is None:
        root = solve_roots(accounts, snapshot, tables, out=workspace.root(accounts.position_count), threads=threads)
    if with_bands:
        plan = plan_bands(accounts, snapshot.markets) if plan is None else plan
        if banded is None:
            assert root is not None
            banded = build_bands(accounts, snapshot, root, plan, workspace, threads=threads)
        bands, outside = banded
        totals = plan.totals
    else:
        assert root is not None
        bands = Bands.empty()
        outside, totals = sum_positions(accounts, root, windows(snapshot), 2 * HALF_SPAN)
    return _frame(snapshot, provenance, bands, outside, totals, accounts.pool_count, funding=funding, block=block)


def frame_of_holders(
    snapshot: MarketSnapshot,
    provenance: Provenance,
    holders: MarketHolders,
    pools: StandingPools,
    *,
    row_count: int,
    funding: HourlyFunding | None = None,
    block: int | None = None,
    threads: KernelThreads = ONE_THREAD,
) -> MarketFrame:
    """The same frame to the bit, of accounts that were moved on from those of the frame before; a coin's bands are
    made when they are read.

    row_count  rows of the ledger's position table.
    """
    coins = CoinBands(holders, pools.roots(snapshot.mark, row_count, threads), windows(snapshot))
    totals = HoldingTotals(
        position_size=holders.sums.position_size,
        position_count=holders.sums.position_count,
        margin_source_size=holders.sums.margin_source_size,
        address_count=pools.address_count,
        oldest_ms=pools.oldest_ms,
        median_ms=pools.median_ms,
    )
    return _frame(
        snapshot, provenance, AllBands(coins), AllOutside(coins), totals, pools.pool_count, funding=funding, block=block
    )


def _frame(
    snapshot: MarketSnapshot,
    provenance: Provenance,
    bands: Bands | AllBands,
    outside: OutsideSums | AllOutside,
    totals: HoldingTotals,
    pool_count: int,
    *,
    funding: HourlyFunding | None,
    block: int | None,
) -> MarketFrame:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        coverage = np.where(
            snapshot.open_interest > 0.0, totals.position_size.sum(axis=1) / (2.0 * snapshot.open_interest), np.nan
        )
    return MarketFrame(
        provenance=provenance,
        snapshot=snapshot,
        bands=bands,
        outside=outside,
        position_size=totals.position_size,
        position_count=totals.position_count,
        coverage=coverage,
        margin_source_notional=(totals.margin_source_size * np.nan_to_num(snapshot.mark)).sum(axis=1),
        address_count=totals.address_count,
        pool_count=pool_count,
        # A state read since the marks came is newer than they are: of no age.
        oldest_age_ms=max(0, snapshot.time_ms - totals.oldest_ms) if pool_count else -1,
        median_age_ms=max(0, int(snapshot.time_ms - totals.median_ms)) if pool_count else -1,
        funding=funding,
        block=block,
    )


def build_bands(
    accounts: Accounts,
    snapshot: MarketSnapshot,
    root: Float64Array,
    plan: BandPlan | None = None,
    workspace: BandWorkspace | None = None,
    *,
    threads: KernelThreads = ONE_THREAD,
) -> tuple[Bands, OutsideSums]:
    """Sparse bands of all coins and the stated rest; together they hold every position exactly once.

    root (P,) of risk.liquidation.solve_roots; `plan` where the accounts have not changed since it was made;
    `workspace` to be used again and again by one caller; `threads` to share the work, which changes no bit.
    """
    markets = len(snapshot.markets)
    plan = plan_bands(accounts, snapshot.markets) if plan is None else plan
    workspace = BandWorkspace() if workspace is None else workspace
    outside = OutsideSums.empty(markets)
    bands = workspace.band(*plan.columns, root, windows(snapshot), outside, threads)
    note_exempt(accounts, plan, outside)
    return bands, outside


def note_exempt(accounts: Accounts, plan: BandPlan, outside: OutsideSums) -> None:
    """Write down who is kept apart."""
    markets = len(outside.size)
    exempt_key = accounts.market_index[plan.exempt].astype(np.int64) * 2 + (accounts.size[plan.exempt] < 0.0)
    exempt_size = weighted_count(exempt_key, np.abs(accounts.size[plan.exempt]), 2 * markets)
    outside.size[:, :, OutsideReason.EXEMPT] = exempt_size.reshape(markets, 2)
    exempt_count = np.bincount(exempt_key, minlength=2 * markets)
    outside.position_count[:, :, OutsideReason.EXEMPT] = exempt_count.reshape(markets, 2)


def windows(snapshot: MarketSnapshot) -> WindowColumns:
    """The bands that are shown of each market, and what its sizes are counted in."""
    return WindowColumns(
        start=window_start(snapshot.mark), edges=edge_table(), lots_per_coin=snapshot.markets.lots_per_coin
    )


def window_start(mark: Float64Array) -> Float64Array:
    """(M,) first band of each market's window, NaN where the mark is unknown."""
    start = np.full(len(mark), np.nan)
    known = mark > 0.0
    start[known] = band_of_price(mark[known]) - HALF_SPAN
    return start
