"""Refuse reported figures that are impossible, or further off the last ones than prices move.

A reading that breaks a rule is not taken: the market keeps its last accepted figures and is in doubt (model.doubt).
It is taken after all once AGREEING readings, SPACED_NS apart, tell the same and one of them came in an answer that
names its markets: a crash and a new denomination are sent again, by both doors, a slip is not. While one of STANDING is
true of what was taken, the doubt stays. No clock, no chance: times come with the records, so a replay judges alike.

Each bound with its evidence, as `benchmarks/plausible_bounds.py` prints it: hourly candles of five coins on seven
venues for a year, with the crash of 10 October 2025; 43 snapshots of 190 coins in the fall of February 2026; contexts
of 228 markets at four instants and of 462 in saved answers. Nothing of it is by the second.
"""

from __future__ import annotations

import numpy as np

from liqscape.model.doubt import Doubt
from liqscape.units import BoolArray, Float64Array, Int64Array, UInt8Array

LEAP = 0.25
"""|ln(price / last)| per root of a second. The widest hour recorded, DOGE on 10 October 2025 from top to bottom, is
0.97; had all of it happened within one minute, that is 0.125. Twice that: 39 % down within 4 s, 86 % in a minute."""
LEAP_MIN_S, LEAP_MAX_S = 4.0, 60.0
"""Marks move every 3 s (HL.DOC.ORACLE), so no less is counted; beyond a minute the bound does not grow."""
OFF_ORACLE = 1.3862943611198906
"""|ln(mark / oracle)|, a factor of 4, where anything is open. The widest recorded is 0.15 (a stock, closed market);
the loosest limit documented is a factor of 3, for markets before their launch (HL.DOC.HYPERPS)."""
SAME = 0.01
"""|ln| within which mark, oracle and open interest are those of another market a moment ago."""
APART = 0.05
"""|ln| by which one of them is off the market's own."""
HOLE_NS = 60_000_000_000
"""Without a reading for so long nothing is known of the last one: the next is judged by itself alone. Accepted figures
that nothing newer confirms are not shown for longer."""
AGREEING = 3
"""Readings that tell the same before it is believed."""
SPACED_NS = 3_000_000_000
"""Readings count when so far apart: marks move every 3 s. A crash beyond the bounds is taken after 6 s."""
COVERAGE_LASTS_NS = 10_000_000_000
"""Open interest comes every second, prints and states by other ways: a coverage above all may last so long."""
STANDING = Doubt.OFF_ORACLE
"""The rule about one reading alone: true of it however often it is told."""
NEVER_NS, LATER_NS = -(1 << 62), 1 << 62
TIMES = ("_accepted_ns", "_refused_ns", "_exceeded_ns")


MARK, ORACLE, OPEN_INTEREST = range(3)
"""Rows of the figures of some markets, (3, K) float64: USD, USD, coins; NaN not known."""


class Plausibility:
    """`judge` each message of contexts; what is in doubt is read off `doubt`, by row of the market."""

    def __init__(self) -> None:
        self.doubt: UInt8Array = np.zeros(0, np.uint8)
        """(M,) bits of Doubt by the readings of contexts."""
        self.flagged_count = 0
        """Readings that were not taken."""
        self._reported: Float64Array = np.zeros((2, 0))
        """(2, M) mark and oracle of the last reading that was not taken."""
        self._accepted_ns: Int64Array = np.zeros(0, np.int64)
        self._refused_ns: Int64Array = np.zeros(0, np.int64)
        self._exceeded_ns: Int64Array = np.zeros(0, np.int64)
        """(M,) since when more is held than is open; NEVER_NS: it was never otherwise."""
        self._count: Int64Array = np.zeros(0, np.int64)
        self._counted_ns: Int64Array = np.zeros(0, np.int64)
        self._is_named: BoolArray = np.zeros(0, np.bool_)
        self._is_let_through: BoolArray = np.zeros(0, np.bool_)
        self._is_quiet = True
        """No market is in doubt and no reading is held: nothing has to be cleared."""

    def grow(self, count: int) -> None:
        """Make room for more markets; nothing is known of the new ones."""
        more = count - len(self.doubt)
        for name, column in vars(self).items():
            if isinstance(column, np.ndarray):
                missing = {"_reported": np.nan}.get(name, NEVER_NS if name in TIMES else 0)
                added = np.full((*column.shape[:-1], more), missing, column.dtype)
                setattr(self, name, np.concatenate((column, added), axis=-1))

    def let_go(self, is_gone: BoolArray) -> None:
        """Forget doubts about markets that are no longer listed: no report will come that could end them."""
        self.doubt[is_gone] = 0

    def reported_mark(self, row: int) -> float:
        """Mark of the last reading of a market in doubt that was not taken; NaN where none was reported."""
        return float(self._reported[MARK, row]) if self.doubt[row] else np.nan

    def age_ms(self, row: int, now_ns: int) -> float | None:
        """Milliseconds since a reading of a market was last accepted; None where none ever was."""
        accepted_ns = int(self._accepted_ns[row])
        return None if accepted_ns == NEVER_NS else (now_ns - accepted_ns) / 1e6

    def judge(
        self,
        rows: Int64Array,
        reported: Float64Array,
        last: Float64Array,
        is_listed: BoolArray,
        received_ns: int,
        *,
        is_named: bool,
    ) -> BoolArray | None:
        """Decide which of the readings of some markets are accepted; None: all of them.

        reported, last (3, K) figures now, and accepted last.
        is_listed  (M,) False for delisted markets: what is reported of those is taken as it is.
        is_named   the readings came in an answer that names its markets, so none can be of another.
        """
        accepted_ns = self._accepted_ns[rows]
        if received_ns - int(accepted_ns.min(initial=received_ns)) > HOLE_NS:
            silent_ns = received_ns - np.maximum(accepted_ns, self._refused_ns[rows])
            last = np.where(silent_ns > HOLE_NS, np.nan, last)
        if self._is_quiet and is_plain(reported, last):
            self._accepted_ns[rows] = received_ns
            return None
        elapsed_s: Float64Array = np.multiply(received_ns - accepted_ns, 1e-9)
        elapsed_s[self.doubt[rows] != 0] = 0.0  # once in doubt, waiting makes nothing more plausible
        found = break_rules(reported, last, elapsed_s, is_swappable=not is_named)
        found[~is_listed[rows]] = 0
        taken: BoolArray = np.equal(found, 0)
        self._count[rows[taken]] = 0
        self._is_let_through[rows[taken]] = False
        for place in np.flatnonzero(found).tolist():
            row, reasons = int(rows[place]), int(found[place])
            if reasons & Doubt.UNREADABLE:
                self._reported[:, row], self._count[row] = np.nan, 0
            elif self._is_let_through[row] and not reasons & ~STANDING:
                taken[place] = True
            else:
                self._is_let_through[row] = taken[place] = self._agrees(
                    row, reported[:OPEN_INTEREST, place], received_ns, is_named=is_named
                )
        self.flagged_count += int(np.count_nonzero(~taken))
        self._accepted_ns[rows[taken]], self._refused_ns[rows[~taken]] = received_ns, received_ns
        self.doubt[rows] = np.where(taken, found & STANDING, found)
        self._is_quiet = not (self.doubt.any() or self._is_let_through.any())
        return taken

    def is_expired(self, received_ns: int) -> BoolArray | None:
        """(M,) markets in doubt whose accepted figures are too old to be shown; None: no market is in doubt."""
        if self._is_quiet:
            return None
        is_expired: BoolArray = (self.doubt != 0) & (received_ns - self._accepted_ns > HOLE_NS)
        return is_expired

    def is_fresh(self, received_ns: int) -> BoolArray:
        """(M,) markets of which something was taken within HOLE_NS, and that are not in doubt."""
        is_fresh: BoolArray = (self.doubt == 0) & (received_ns - self._accepted_ns <= HOLE_NS)
        return is_fresh

    def exceeded(self, is_over: BoolArray, received_ns: int) -> BoolArray | None:
        """(M,) markets of which more is held than is open, for longer than prints are under way; None: no market."""
        if not is_over.any():
            self._exceeded_ns.fill(LATER_NS)
            return None
        self._exceeded_ns[~is_over] = LATER_NS
        self._exceeded_ns[is_over] = np.minimum(self._exceeded_ns[is_over], received_ns)
        found: BoolArray = is_over & (received_ns - self._exceeded_ns >= COVERAGE_LASTS_NS)
        return found if found.any() else None

    @property
    def is_quiet(self) -> bool:
        """Whether no market is in doubt by its reported figures."""
        return self._is_quiet

    def _agrees(self, row: int, prices: Float64Array, received_ns: int, *, is_named: bool) -> bool:
        """Whether so many readings have agreed on mark and oracle by now, one of them by name."""
        passed_ns = received_ns - int(self._counted_ns[row])
        with np.errstate(invalid="ignore"):
            moved = np.abs(np.log(prices / self._reported[:, row]))
        if not self._count[row] or np.any(moved > leap_bound(passed_ns * 1e-9)):
            self._count[row], self._is_named[row], self._counted_ns[row] = 1, is_named, received_ns
        else:
            self._is_named[row] |= is_named
            if passed_ns >= SPACED_NS:
                self._count[row] += 1
                self._counted_ns[row] = received_ns
        self._reported[:, row] = prices
        return bool(self._count[row] >= AGREEING and self._is_named[row])


def leap_bound(elapsed_s: Float64Array | float) -> Float64Array:
    """Largest |ln(price / last)| of a price so long after its last."""
    bound: Float64Array = np.multiply(LEAP, np.sqrt(np.clip(elapsed_s, LEAP_MIN_S, LEAP_MAX_S)))
    return bound


def is_plain(reported: Float64Array, last: Float64Array) -> bool:
    """Whether no reading can break a rule: no price moved by SAME, none is missing or off its oracle.

    Nearly every message is plain, and this takes a third of the time of looking closer.
    """
    mark, oracle, open_interest = reported
    with np.errstate(divide="ignore", invalid="ignore"):
        if (np.abs(reported[:OPEN_INTEREST] / last[:OPEN_INTEREST] - 1.0) > SAME).any():
            return False
        if ((np.abs(np.log(mark / oracle)) > OFF_ORACLE) & (open_interest > 0.0)).any():
            return False
    return not (np.isnan(mark) & (last[MARK] > 0.0)).any()


def break_rules(
    reported: Float64Array, last: Float64Array, elapsed_s: Float64Array, *, is_swappable: bool
) -> UInt8Array:
    """(K,) bits of Doubt: which rules each reading breaks. NaN in `last` breaks none of those that need it.

    elapsed_s     since the last accepted reading of each.
    is_swappable  readings without names: they may be those of other markets.
    """
    mark, oracle, open_interest = reported
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.abs(np.log(reported[:OPEN_INTEREST] / last[:OPEN_INTEREST]))
        is_leap = moved > leap_bound(elapsed_s)
        is_off = (np.abs(np.log(mark / oracle)) > OFF_ORACLE) & (open_interest > 0.0)
    found: UInt8Array = is_leap[MARK] * np.uint8(Doubt.MARK_LEAP) | is_leap[ORACLE] * np.uint8(Doubt.ORACLE_LEAP)
    found |= is_off * np.uint8(Doubt.OFF_ORACLE)
    found |= (np.isnan(mark) & (last[MARK] > 0.0)) * np.uint8(Doubt.UNREADABLE)
    if is_swappable and np.count_nonzero(moved[MARK] > SAME) > 1:
        found |= find_swapped(reported, last) * np.uint8(Doubt.SWAPPED)
    return found


def find_swapped(reported: Float64Array, last: Float64Array) -> BoolArray:
    """(K,) markets whose figures are those that others had a moment ago, in a ring: they were swapped.

    By chance that would need marks, oracles and open interests of several markets to move onto each other within one
    message, some up as far as others down.
    """
    new, old = _logarithms(reported), _logarithms(last)
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(np.abs(new - old).max(axis=0) > APART)
        distance = np.abs(new[:, rows, None] - old[:, None, rows]).max(axis=0)
    distance[np.isnan(distance)] = np.inf
    is_ring = np.zeros(reported.shape[1], np.bool_)
    if len(rows) < 2:
        return is_ring
    source, is_found = distance.argmin(axis=1), distance.min(axis=1) <= SAME
    while not is_found[source[is_found]].all():
        is_found &= is_found[source]
    is_ring[rows[is_found]] = True
    return is_ring


def _logarithms(figures: Float64Array) -> Float64Array:
    """(3, K); of nothing open that of the least float, so that two of those are the same."""
    columns = figures.copy()
    columns[OPEN_INTEREST] = np.maximum(columns[OPEN_INTEREST], np.finfo(np.float64).tiny)
    with np.errstate(invalid="ignore"):
        logarithms: Float64Array = np.log(columns)
    return logarithms
