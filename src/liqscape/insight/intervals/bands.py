"""Low and high USD of bands, from age, coverage, unknown margin and joint levels (docs/intervals.md).

Half of the draws stand at solo levels, half at joint ones. In each:

    (a) age       a position read x hours ago has left its level with 1 - exp(-hazard * x), for anywhere          (5)
    (b) coverage  what open interest has and the map has not, by side: accounts found and not read, in number and
                  size as read ones of like expectation hold; what remains is of accounts nobody found            (6)
    (c) margin    a position without a level lies as known ones do
    (d) joint     the level is the joint one

low and high are quantiles of the draws, with half of 1 - share beyond either. A band in which the map shows nothing
has low 0, and a high of what stands there when anything does: those with nothing in them are not asked about.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.errors import ModelError
from liqscape.insight.intervals.draws import StayGroups, draw_bands
from liqscape.insight.intervals.held import HeldPositions
from liqscape.insight.intervals.masses import CLASS_USD, SideMass, class_of
from liqscape.insight.intervals.rules import IntervalRules
from liqscape.units import BoolArray, Float64Array, Int64Array, Side

MANY_POSITIONS = 2_000
STAY_STEPS = 20.0
"""With so many positions, chances to be there still are told apart to a twentieth."""


@dataclass(frozen=True, kw_only=True)
class WaitingAccounts:
    """Accounts found and not read: their number, that of the read ones, and how much smaller they look.

    size_ratio  median of the notional expected of unread accounts over that of read ones.
    """

    count: int
    read_count: int
    size_ratio: float


@dataclass(frozen=True)
class BandIntervals:
    """Of B spans of price: shown, low and high (2, B) USD at the mark, longs first; NaN where unknown."""

    shown: Float64Array
    low: Float64Array
    high: Float64Array


def band_intervals(
    held: HeldPositions,
    price_low: Float64Array,
    price_high: Float64Array,
    *,
    unread: WaitingAccounts | None = None,
    is_followed: bool = True,
    rules: IntervalRules | None = None,
) -> BandIntervals:
    """Intervals of spans [price_low, price_high), which rise and do not overlap.

    unread       what is waiting to be read; None: not known, then what is missing counts as of accounts nobody found.
    is_followed  trades move positions as they happen; False: positions are as they stood when they were read.

    The mark unknown: all is NaN. Open interest unknown, or more of it than is held of a side of which no level is
    known: high is NaN. Raises ModelError for spans that do not rise.
    """
    rules = rules or IntervalRules()
    if np.any(price_high <= price_low) or np.any(price_low[1:] < price_high[:-1]):
        raise ModelError("spans must ascend and not overlap")
    count = len(price_low)
    found = BandIntervals(*(np.full((2, count), np.nan) for _ in range(3)))
    if not held.mark > 0.0:
        return found
    for row, side in enumerate((Side.LONG, Side.SHORT)):
        one = _OfSide(held, int(side), float(held.gap_usd[row]), price_low, price_high)
        found.shown[row], found.low[row], found.high[row] = one.interval(unread, rules, is_followed=is_followed)
    return found


class _OfSide:
    """One side's positions, and spans as distances from the mark: `near`, `far` (2, B) where levels of the side stand,
    and on the other side of the mark, where only joint ones do."""

    def __init__(self, held: HeldPositions, side: int, gap_usd: float, low: Float64Array, high: Float64Array) -> None:
        rows = held.side == side
        self._side, self._mark, self._gap = side, held.mark, gap_usd
        self._level, self._joint = held.level[rows], held.joint[rows]
        self._usd, self._age = held.usd[rows], held.age_hours[rows]
        self._low, self._high = low, high
        beyond = -side * np.log(np.stack((low, high)) / held.mark)
        ends = np.sort(np.maximum(0.0, np.stack((beyond, -beyond))), axis=1)
        self._near, self._far = ends[:, 0], ends[:, 1]

    def interval(
        self, unread: WaitingAccounts | None, rules: IntervalRules, *, is_followed: bool
    ) -> tuple[Float64Array, Float64Array, Float64Array]:
        """(shown, low, high), (B,) each."""
        stay = np.exp(-(rules.unseen_per_hour if is_followed else rules.change_per_hour) * self._age)
        shown = self._sums(self._place(self._level))
        is_shown = shown > 0.0
        drawn = [self._draw(self._level, stay, unread, rules, ~is_shown)]
        if not np.array_equal(self._joint, self._level, equal_nan=True):
            drawn.append(self._draw(self._joint, stay, unread, rules, ~is_shown))
        draws = np.concatenate(drawn)
        tail = 1.0 - rules.share
        low = np.where(is_shown, np.quantile(draws, tail / 2.0, axis=0, method="lower"), 0.0)
        high = np.where(
            is_shown,
            np.quantile(draws, 1.0 - tail / 2.0, axis=0, method="higher"),
            np.quantile(draws, rules.share, axis=0, method="higher"),
        )
        is_like_nobody = self._gap > 0.0 and not np.any(self._level > 0.0)
        if np.isnan(self._gap) or is_like_nobody:
            high = np.full(len(high), np.nan)
        return shown, np.minimum(low, shown), np.maximum(high, shown)

    def _draw(
        self,
        level: Float64Array,
        stay: Float64Array,
        unread: WaitingAccounts | None,
        rules: IntervalRules,
        is_given: BoolArray,
    ) -> Float64Array:
        """(draws, B) USD with positions at these levels."""
        rates: Float64Array = np.zeros((len(CLASS_USD), len(self._low)))
        missing = self._missing(unread, rules)
        with np.errstate(invalid="ignore", divide="ignore"):
            away = -self._side * np.log(np.where(level > 0.0, level, np.nan) / self._mark)
        for way, near, far in ((away, self._near[0], self._far[0]), (-away, self._near[1], self._far[1])):
            known = SideMass.of(self._usd, way, np.ones(len(way)))
            if not known.number.any():
                continue
            share = known.number.sum(axis=0) / max(1, int(np.count_nonzero(~np.isnan(level))))
            nowhere = np.isnan(level)
            elsewhere = missing + np.bincount(class_of(self._usd[nowhere]), minlength=len(CLASS_USD))
            mass = SideMass.of(self._usd, way, 1.0 - stay) + SideMass(np.outer(elsewhere, share))
            rates += mass.rates(near, far, rules.smear)
        place = self._place(level)
        is_sure = stay > 1.0 - 1e-9
        certain = self._sums(np.where(is_sure, place, -1))
        groups = _stay_groups(place, self._usd, stay, (place >= 0) & ~is_sure)
        return draw_bands(certain, groups, rates, rules.draws, is_given & (self._sums(place) == 0.0))

    def _missing(self, unread: WaitingAccounts | None, rules: IntervalRules) -> Float64Array:
        """(CLASSES,) numbers of positions not read or not found; their USD sum up to the gap of open interest."""
        sizes: Float64Array = np.zeros(len(CLASS_USD))
        gap = self._gap
        if not gap > 0.0 or not len(self._usd):
            return sizes
        if unread is not None and unread.count and unread.read_count:
            number = unread.count * len(self._usd) / unread.read_count
            usd = self._usd * min(1.0, unread.size_ratio * rules.unread_size)
            usd = usd * min(1.0, gap / (number * usd.mean()))
            sizes += np.bincount(class_of(usd), minlength=len(CLASS_USD)) * (number / len(usd))
            gap = max(0.0, gap - number * float(usd.mean()))
        usd = self._usd * rules.hidden_size
        return np.asarray(sizes + np.bincount(class_of(usd), minlength=len(CLASS_USD)) * (gap / usd.sum()), np.float64)

    def _place(self, level: Float64Array) -> Int64Array:
        """(P,) span of each level, -1 for none."""
        with np.errstate(invalid="ignore"):
            is_price = level > 0.0
        price = np.where(is_price, level, 0.0)
        place = np.searchsorted(self._low, price, side="right") - 1
        return np.where(is_price & (place >= 0) & (price < self._high[place]), place, -1)

    def _sums(self, place: Int64Array) -> Float64Array:
        rows = place >= 0
        return np.bincount(place[rows], self._usd[rows], len(self._low)).astype(np.float64)


def _stay_groups(place: Int64Array, usd: Float64Array, stay: Float64Array, is_in: BoolArray) -> StayGroups:
    """Positions of a span, of like size and like chance to be there still."""
    rows = np.flatnonzero(is_in)
    step = np.round(stay[rows] * (STAY_STEPS if len(rows) > MANY_POSITIONS else 1e6)).astype(np.int64)
    key = (place[rows] * len(CLASS_USD) + class_of(usd[rows])) * 1_000_001 + step
    groups, group, count = np.unique(key, return_inverse=True, return_counts=True)
    return StayGroups(
        row=groups // (1_000_001 * len(CLASS_USD)),
        count=count,
        stay=np.bincount(group, stay[rows], len(count)) / count,
        usd=np.bincount(group, usd[rows], len(count)) / count,
    )
