"""Split the map by kind of account: the part of each band that is vaults', and sums by kind.

Vaults are liquidated like anybody, so their levels are in the bands and count; here is how much of a band they are.
An account *without a practical level* is large and has no level within reach of the mark: a market maker with far
more money than its positions need. That is a figure of the solved levels, not something known of who it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.build import build_bands
from liqscape.heatmap.merge import merge_bands
from liqscape.model.account_kinds import AccountKind, kind_of_pools
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.liquidation import solve_roots
from liqscape.units import BoolArray, Float64Array, Int64Array

FAR_FACTOR = 10.0
"""A level beyond ten times the mark, or below a tenth of it, is met by no move a coin of size has made in a day."""
LARGE_USD = 1_000_000.0
"""Smaller accounts without a level are people who hold little of what they own; they are counted as traders."""


def vault_bands(
    accounts: Accounts, vault_rows: Int64Array, snapshot: MarketSnapshot, tables: MarginTables, market_index: int
) -> Bands:
    """Bands of one coin made of vaults alone, at the same levels as in the whole map.

    vault_rows  rows of `accounts.addresses`. Raises ModelError for rows the snapshot or the tables do not have.
    """
    is_vault = np.zeros(len(accounts.addresses), np.bool_)
    is_vault[vault_rows] = True
    pools = np.flatnonzero(is_vault[accounts.address_row])  # exempt ones among them are in no band either
    held = accounts.take(pools)
    holders = np.unique(held.pool_of_position()[held.market_index == market_index])
    if not len(holders):
        return Bands.empty()
    held = held.take(holders)
    bands, _ = build_bands(held, snapshot, solve_roots(held, snapshot, tables))
    return bands.of_market(market_index)


def size_within(part: Bands, whole: Bands, level: int) -> Float64Array:
    """(B,) coins of `part` in each row of `whole`, which is at `level`; both of one coin. Never more than the row's."""
    merged = merge_bands(part, level)
    keys, wanted = whole.row_key(), merged.row_key()
    found: Float64Array = np.zeros(len(whole))
    if not len(merged) or not len(whole):
        return found
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    is_there = keys[at] == wanted
    found[at[is_there]] = merged.size[is_there]
    return np.minimum(found, whole.size)


@dataclass(frozen=True)
class KindTotals:
    """Accounts of one kind. notional at the marks, USD, of positions whose mark is known; share of 2 * open interest
    over the coins where that is known, NaN where it is known of none."""

    account_count: int
    position_count: int
    notional: float
    share: float


@dataclass(frozen=True)
class KindFigures:
    """Everybody by kind; the first three are all accounts. `no_practical_level` are traders and vaults too."""

    by_kind: tuple[KindTotals, KindTotals, KindTotals]
    no_practical_level: KindTotals


def sum_by_kind(
    accounts: Accounts, vault_rows: Int64Array, snapshot: MarketSnapshot, root: Float64Array
) -> KindFigures:
    """Figures of everybody who holds something. root (P,) of risk.liquidation.solve_roots. Cost O(P + N)."""
    pool = accounts.pool_of_position()
    owner = accounts.address_row[pool]
    kind = kind_of_pools(accounts, vault_rows)[pool]
    mark = snapshot.mark[accounts.market_index]
    notional = np.nan_to_num(np.abs(accounts.size) * mark)
    interest = 2.0 * snapshot.open_interest * snapshot.mark
    is_open = interest > 0.0
    whole = float(interest[is_open].sum())
    counted = np.where(is_open[accounts.market_index], notional, 0.0)

    def total(rows: BoolArray) -> KindTotals:
        share = float(counted[rows].sum()) / whole if whole > 0.0 else float("nan")
        held_by = np.count_nonzero(np.bincount(owner[rows], minlength=1))
        return KindTotals(int(held_by), int(np.count_nonzero(rows)), float(notional[rows].sum()), share)

    traders, vaults, exempt = (total(kind == value) for value in AccountKind)
    count = len(accounts.addresses)
    has_near = np.zeros(count, np.bool_)
    has_near[owner[~is_far(root, mark, accounts.size)]] = True
    is_large = np.bincount(owner, notional, count) >= LARGE_USD
    is_maker = (is_large & ~has_near)[owner] & (kind != AccountKind.EXEMPT)
    return KindFigures((traders, vaults, exempt), total(is_maker))


def is_far(root: Float64Array, mark: Float64Array, size: Float64Array) -> BoolArray:
    """(P,) no mark liquidates, or only one FAR_FACTOR away on the side that hurts; False where root or mark is unknown.

    A root on the other side belongs to a position that is below maintenance already.
    """
    with np.errstate(invalid="ignore"):
        far: BoolArray = np.where(size > 0.0, root <= mark / FAR_FACTOR, root >= mark * FAR_FACTOR)
    return far
