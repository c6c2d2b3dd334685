"""USD liquidated as a path is walked, joint and frozen (docs/joint.md, eq. 7 and 8).

    joint(f, m)  = sum of |size| * mark over positions of coin m whose pool is first liquidated at f' <= f    (7)
    frozen(f, m) = the same over positions whose solo price, the other coins frozen, the path of m reaches by f  (8)

`frozen` is what adding up the maps of single coins gives; the difference is what moving together does. Both count a
position once and for good: what comes after the first liquidation is the exchange's business (docs/cascade.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.joint.path import JointPath
from liqscape.risk.joint.solve import JointLevels, JointStatus
from liqscape.risk.liquidation import HIGHEST_PRICE
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array


@dataclass(frozen=True, kw_only=True)
class JointCurve:
    """G points of a path by M coins; accounts that cannot be liquidated in practice are left out.

    factor       (G,) rising.
    joint        (G, M) USD at the present marks.
    joint_level  (G, M) USD at the marks where they are liquidated.
    frozen       (G, M) USD at the present marks.
    pool_count   (G,) pools liquidated by then.
    unknown      USD at the present marks (where known) of positions in pools that could not be solved.
    exempt       USD at the present marks of positions left out.
    """

    factor: Float64Array
    joint: Float64Array
    joint_level: Float64Array
    frozen: Float64Array
    pool_count: Int64Array
    unknown: float
    exempt: float


def joint_curve(
    accounts: Accounts,
    snapshot: MarketSnapshot,
    path: JointPath,
    levels: JointLevels,
    solo_root: Float64Array,
    factor: Float64Array,
) -> JointCurve:
    """Curve at the given points (G,), rising, of levels solved along the path."""
    pool, market = accounts.pool_of_position(), accounts.market_index
    notional = np.abs(accounts.size) * snapshot.mark[market]
    is_counted: BoolArray = ~accounts.is_exempt[pool]
    is_solved = (levels.status[pool] == JointStatus.OK) | (levels.status[pool] == JointStatus.NOW)
    by_pool = np.where(accounts.is_exempt, np.nan, levels.factor)
    solo = np.where(is_counted, solo_factor(accounts, snapshot, path, solo_root), np.nan)
    joint = np.where(is_counted & is_solved, levels.factor[pool], np.nan)
    markets = len(snapshot.markets)
    known = np.nan_to_num(notional)
    is_unknown = is_counted & (levels.status[pool] == JointStatus.UNKNOWN)
    return JointCurve(
        factor=factor,
        joint=_cumulated(joint, market, known, factor, markets),
        joint_level=_cumulated(joint, market, np.abs(accounts.size) * np.nan_to_num(levels.price), factor, markets),
        frozen=_cumulated(solo, market, known, factor, markets),
        pool_count=np.searchsorted(np.sort(by_pool[~np.isnan(by_pool)]), factor, side="right").astype(np.int64),
        unknown=float(known[is_unknown].sum()),
        exempt=float(known[~is_counted].sum()),
    )


def solo_factor(accounts: Accounts, snapshot: MarketSnapshot, path: JointPath, solo_root: Float64Array) -> Float64Array:
    """(P,) least f at which the path of a position's own coin reaches its solo price; NaN if it does not.

    A position already beyond its solo price has 0. The path's reach is the limit.
    """
    mark, slope = snapshot.mark[accounts.market_index], path.slope[accounts.market_index]
    side = np.sign(accounts.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        has_price = (solo_root > 0.0) & (solo_root <= HIGHEST_PRICE)
        is_beyond = np.where(side > 0.0, mark < solo_root, mark > solo_root)
        way = np.log(np.where(has_price, solo_root, np.nan) / mark) / slope
        reached = np.where(has_price & (side * slope < 0.0) & (way <= path.reach), np.maximum(way, 0.0), np.nan)
    return np.where(is_beyond & np.isfinite(mark) & ~np.isnan(solo_root), 0.0, reached)


def _cumulated(
    at: Float64Array, market: Int32Array, amount: Float64Array, factor: Float64Array, markets: int
) -> Float64Array:
    """(G, M) sum of amounts whose `at` is at most each factor."""
    rows = np.flatnonzero(~np.isnan(at))
    step = np.searchsorted(factor, at[rows], side="left")
    cells = np.bincount(step * markets + market[rows], amount[rows], (len(factor) + 1) * markets)
    summed: Float64Array = np.cumsum(cells.reshape(len(factor) + 1, markets)[:-1], axis=0)
    return summed
