"""What became of the size a sweep met: parts that sum to it, and the word for the outcome (docs/clusters.md, "Sweeps").

Of lots that are still held at the end, with the level at entry l0 and the level now l:

    unknown     the pool is not known; or the mark passed l, nothing of it was liquidated, and nothing was told since
    moved out   l is outside the span, or the mark passed l0 but not l, which lies beyond:
                saved by margin where without the owner's own margin it would not be; else moved away
    still there all other, and whatever a liquidation in parts has left
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.insight.minute import Minute
from liqscape.insight.records import SweepOutcome
from liqscape.insight.sweeps.members import NO_ROW, Gone, Members, own_margin
from liqscape.insight.sweeps.own_stops import NOT_REACHED
from liqscape.insight.sweeps.walk import Walk
from liqscape.units import BoolArray, Float64Array, Int64Array, Side

SWEPT_PERCENT = 95
DISSOLVED_PERCENT = 95


class SweepParts(NamedTuple):
    """Lots. The first nine sum to the size at entry.

    met  lots whose level the mark reached while they were still there.
    closed_by_stop  of those closed before and after, lots that own stops closed; 0 too where none is known.
    """

    liquidated_book: int
    liquidated_backstop: int
    deleveraged: int
    closed_before: int
    closed_after: int
    saved_by_margin: int
    moved_away: int
    still_there: int
    unknown: int
    met: int
    closed_by_stop: int

    @property
    def total(self) -> int:
        """Size at entry."""
        return sum(self[:9])

    @property
    def liquidated(self) -> int:
        """By the book, the backstop or auto-deleveraging."""
        return self.liquidated_book + self.liquidated_backstop + self.deleveraged

    @property
    def left_before(self) -> int:
        """Gone by the owner's doing, or moved out of reach, before the level was reached."""
        return self.closed_before + self.saved_by_margin + self.moved_away


def judge(members: Members, walk: Walk, low: float, high: float, now: Minute, market_index: int) -> SweepParts:
    """The parts as they stand at a frame that the members were advanced to."""
    side = Side(walk.side)
    row = members.rows(now, market_index, side)
    is_held = row != NO_ROW
    left = members.remaining
    is_known = is_held & np.isfinite(_raw_usd(now, row))
    is_out = is_known & _is_out(members, walk, low, high, members.level)
    is_liquidated = members.gone[:, : Gone.CLOSED_BEFORE].sum(axis=1) > 0
    margin = np.where(is_out, own_margin(members, now, row), 0.0) if is_out.any() else np.zeros(len(row))
    without = _level_without(members, side, now, row, margin)
    is_saved = is_out & (margin > 0.0) & (np.isnan(without) | ~_is_out(members, walk, low, high, without))
    is_moved = is_out & ~is_saved & ~is_liquidated
    with np.errstate(invalid="ignore"):
        is_passed = is_known & ~is_out & (walk.extreme <= walk.side * members.level)
    is_unknown = ~is_known | (is_passed & ~is_liquidated)
    is_still = ~(is_saved | is_moved | is_unknown)
    reached = members.reached_ms != NOT_REACHED
    gone = members.gone.sum(axis=0)
    forced = int(gone[: Gone.CLOSED_BEFORE].sum())
    return SweepParts(
        liquidated_book=int(gone[Gone.LIQUIDATED_BOOK]),
        liquidated_backstop=int(gone[Gone.LIQUIDATED_BACKSTOP]),
        deleveraged=int(gone[Gone.DELEVERAGED]),
        closed_before=int(gone[Gone.CLOSED_BEFORE]),
        closed_after=int(gone[Gone.CLOSED_AFTER]),
        saved_by_margin=int(left[is_saved].sum()),
        moved_away=int(left[is_moved].sum()),
        still_there=int(left[is_still].sum()),
        unknown=int(gone[Gone.UNREPORTED]) + int(left[is_unknown].sum()),
        met=forced
        + int(gone[Gone.CLOSED_AFTER])
        + int(members.gone[reached, Gone.UNREPORTED].sum())
        + int(left[reached & (is_still | is_unknown)].sum()),
        closed_by_stop=int(members.by_stop.sum()),
    )


def outcome_of(parts: SweepParts, is_crossed: bool) -> SweepOutcome:
    """The word for what became of it.

    dissolved     owners left before their levels were reached: at least 95 %, or most of it where nothing was
                  liquidated.
    swept         the mark went through the whole span, and at least 95 % of what it met was liquidated.
    held          nothing was liquidated, and it was not dissolved.
    partly swept  all other.
    """
    if 100 * parts.left_before >= DISSOLVED_PERCENT * parts.total:
        return SweepOutcome.DISSOLVED
    if not parts.liquidated:
        return SweepOutcome.DISSOLVED if 2 * parts.left_before > parts.total else SweepOutcome.HELD
    if is_crossed and 100 * parts.liquidated >= SWEPT_PERCENT * parts.met:
        return SweepOutcome.SWEPT
    return SweepOutcome.PARTLY_SWEPT


def _raw_usd(now: Minute, row: Int64Array) -> Float64Array:
    accounts = now.accounts
    if not accounts.position_count:
        return np.full(len(row), np.nan)
    return accounts.raw_usd[accounts.pool_of_position()[np.maximum(row, 0)]]


def _is_out(members: Members, walk: Walk, low: float, high: float, level: Float64Array) -> BoolArray:
    """Whether levels are out of the span, or beyond the extreme of a mark that passed where they were."""
    with np.errstate(invalid="ignore"):
        is_inside = (level >= low) & (level < high)
        was_passed = walk.extreme <= walk.side * members.entry_level
        is_beyond = walk.side * level < walk.extreme
    return ~is_inside | (was_passed & is_beyond)


def _level_without(members: Members, side: Side, now: Minute, row: Int64Array, margin: Float64Array) -> Float64Array:
    """(N,) levels with so much less in the pool (docs/liquidation.md, eq. 2); NaN where there is none now."""
    level = members.level.copy()
    for member in np.flatnonzero((margin > 0.0) & np.isfinite(level)).tolist():
        size = abs(float(now.accounts.size[row[member]]))
        table = int(now.accounts.table_row[row[member]])
        tier = int((size * level[member] >= now.tables.lower_bound[table]).sum()) - 1
        rate = float(now.tables.rate[table, tier])
        level[member] += side * float(margin[member]) / (size * (1.0 - side * rate))
    return level
