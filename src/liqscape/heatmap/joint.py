"""The map in joint mode, and how far it lies from the solo one (docs/joint.md, "The map").

A joint frame has the same grid, sides, margin sources and rest as a solo frame; only the price of a position differs:
the mark of its coin when its account is first liquidated with all coins moving. So a position may stand on the other
side of the mark: a short hedge of a long account is bought back at the low price that sinks the account.

    spread of a solo band = sum over its positions of size * |log(joint / solo)| / sum of size
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.counting import weighted_count
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.heatmap.grid import band_of_price, merge_band
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.joint.solve import JointLevels
from liqscape.risk.liquidation import HIGHEST_PRICE
from liqscape.units import BoolArray, Float64Array, Int8Array, Int32Array, Int64Array


@dataclass(frozen=True, kw_only=True)
class BandSpread:
    """One coin's solo bands beside the joint ones at a level of the grid: B rows, sorted by (band, side).

    band, side     (B,) every band that holds something in either mode.
    solo_size, joint_size (B,) coins in it in each mode.
    moved_size     (B,) coins of its solo positions that stand in another band in joint mode, or in none.
    spread         (B,) mean |log(joint / solo)| of its solo positions by size; NaN where none has both prices.
    shift          (B,) mean log(joint / solo), signed; NaN likewise.
    lost_size      (B,) coins of its solo positions that no joint path liquidates.
    """

    band: Int32Array
    side: Int8Array
    solo_size: Float64Array
    joint_size: Float64Array
    moved_size: Float64Array
    spread: Float64Array
    shift: Float64Array
    lost_size: Float64Array


def build_joint_frame(
    accounts: Accounts,
    snapshot: MarketSnapshot,
    tables: MarginTables,
    provenance: Provenance,
    levels: JointLevels,
) -> MarketFrame:
    """The frame whose bands stand at joint levels; everything else as in the solo frame of the same moment."""
    return build_frame(accounts, snapshot, tables, provenance, root=levels.price)


def band_spread(
    accounts: Accounts, market_index: int, solo_root: Float64Array, levels: JointLevels, level: int = 0
) -> BandSpread:
    """How far the positions of each solo band move in joint mode; exempt accounts are left out.

    Prices far off the visible grid have bands of their own here.
    """
    pool = accounts.pool_of_position()
    rows = np.flatnonzero((accounts.market_index == market_index) & ~accounts.is_exempt[pool])
    size = np.abs(accounts.size[rows])
    is_short = accounts.size[rows] < 0.0
    solo, joint = solo_root[rows], levels.price[rows]
    has_solo, has_joint = _is_price(solo), _is_price(joint)
    solo_key = _keys(solo, has_solo, is_short, level)
    joint_key = _keys(joint, has_joint, is_short, level)
    keys = np.unique(np.concatenate((solo_key[has_solo], joint_key[has_joint])))
    count = len(keys)

    def summed(key: Int64Array, chosen: BoolArray, weight: Float64Array) -> Float64Array:
        return weighted_count(np.searchsorted(keys, key[chosen]), weight[chosen], count)

    both = has_solo & has_joint
    way = np.log(np.where(both, joint, 1.0) / np.where(both, solo, 1.0))
    held = summed(solo_key, both, size)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = summed(solo_key, both, size * np.abs(way)) / held
        shift = summed(solo_key, both, size * way) / held
    return BandSpread(
        band=(keys >> 1).astype(np.int32),
        side=np.where(keys & 1, -1, 1).astype(np.int8),
        solo_size=summed(solo_key, has_solo, size),
        joint_size=summed(joint_key, has_joint, size),
        moved_size=summed(solo_key, has_solo & (~has_joint | (solo_key != joint_key)), size),
        spread=spread,
        shift=shift,
        lost_size=summed(solo_key, has_solo & ~has_joint, size),
    )


def _is_price(price: Float64Array) -> BoolArray:
    with np.errstate(invalid="ignore"):
        return (price > 0.0) & (price <= HIGHEST_PRICE)


def _keys(price: Float64Array, has_price: BoolArray, is_short: BoolArray, level: int) -> Int64Array:
    band = merge_band(band_of_price(np.where(has_price, price, 1.0)), level)
    return band.astype(np.int64) * 2 + is_short
