"""What became of levels that the mark reached, in lots that sum to the position (docs/score.md, "Fates").

liquidated      by the book, the backstop or auto-deleveraging
closed_before   by the owner, before the mark reached the level
saved_by_margin still held at the horizon, its level beyond the mark's extreme, and not without the owner's margin
moved_away      the same for another reason: marks of the pool's other coins, funding, other trades
closed_after    by the owner, after the mark had reached the level
still_there     still held, and the mark passed the level it has now: not liquidated although it should have been,
                or what a liquidation in parts has left
unknown         gone and nobody wrote down how; or the margin is unknown; or not all of the time was watched
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.insight.kernels.score_columns import AFTER, BEFORE, FORCED, INFERRED, LEFT, MARGIN, OTHER, OWN
from liqscape.units import BoolArray, Float64Array, Int8Array, Int64Array

FATES = ("liquidated", "closed_before", "saved_by_margin", "moved_away", "closed_after", "still_there", "unknown")


class AtEnd(NamedTuple):
    """(N,) each position at the end of its window and its start. Unknown is NaN; not held: is_held False.

    extreme  furthest mark on the way through the level in the window.
    is_reported  all of the window was watched: what moved the account was written down.
    """

    side: Int8Array
    extreme: Float64Array
    is_reported: BoolArray
    is_held: BoolArray
    lots: Int64Array
    size: Float64Array
    level: Float64Array
    rate: Float64Array
    raw_usd: Float64Array
    raw_usd_before: Float64Array
    is_only_pool: BoolArray
    is_alone: BoolArray


def divide_lots(gone: Int64Array, cash: Float64Array, end: AtEnd) -> tuple[Int64Array, Int64Array]:
    """((N, FATES) lots, (N,) of the liquidated those inferred), of what `walk_moves` found and the ends of windows."""
    side = end.side.astype(np.float64)
    held = np.where(end.is_held, end.lots, 0)
    left = np.minimum(gone[:, LEFT], held)
    is_known = end.is_held & np.isfinite(end.raw_usd)
    with np.errstate(invalid="ignore", divide="ignore"):
        is_passed = side * end.extreme <= side * end.level
        margin = _own_margin(cash, end)
        without = end.level + side * margin / (end.size * (1.0 - side * end.rate))
        is_passed_without = np.isnan(without) | (side * end.extreme <= side * without)
    is_out = is_known & ~is_passed
    is_saved = is_out & (margin > 0.0) & is_passed_without
    is_moved = is_out & ~is_saved & (gone[:, FORCED] == 0)
    is_unknown = ~is_known | ((is_saved | is_moved) & ~end.is_reported)
    lots = np.zeros((len(left), len(FATES)), np.int64)
    lots[:, 0], lots[:, 1], lots[:, 4] = gone[:, FORCED], gone[:, BEFORE], gone[:, AFTER]
    lots[:, 2] = np.where(is_saved & ~is_unknown, left, 0)
    lots[:, 3] = np.where(is_moved & ~is_unknown, left, 0)
    lots[:, 5] = np.where(~(is_saved | is_moved | is_unknown), left, 0)
    lots[:, 6] = gone[:, LEFT] - left + np.where(is_unknown, left, 0)
    return lots, gone[:, INFERRED]


def main_fate(lots: Int64Array) -> Int64Array:
    """(N,) the fate with most lots; of equal ones the first in FATES."""
    fate: Int64Array = lots.argmax(axis=1)
    return fate


def _own_margin(cash: Float64Array, end: AtEnd) -> Float64Array:
    """(N,) USD that owners put behind each position in the window, as sweeps find it (insight/sweeps/parts.py).

    What cash moved otherwise than by trades and liquidations; funding is not taken out: an hour's is far below what
    moves a level by a basis point. NaN unknown.
    """
    change = end.raw_usd - end.raw_usd_before - cash[:, OWN]
    whole = change - np.where(end.is_only_pool, cash[:, OTHER], 0.0)
    return np.where(end.is_only_pool | end.is_alone, whole, cash[:, MARGIN])
