"""Share of what stands near the mark that the map holds, estimated (docs/coverage.md, "Near-price coverage").

An address is near if one of its levels is within a distance of the mark. Two things are missing from the map:

1. Addresses nobody has found. Prints and the leaderboard find addresses on ways of their own; of n1 near addresses that
   one finds and n2 that the other finds, m are found by both, so there are about (Chapman)

       N = (n1 + 1) (n2 + 1) / (m + 1) - 1        variance (n1+1)(n2+1)(n1-m)(n2-m) / ((m+1)^2 (m+2))

   counted in classes of like notional, since large ones are found more easily; what a class lacks weighs its mean. To
the variance of the number comes that of the amounts, and where none was found in one way alone, one is taken.
2. Addresses found and not read yet. They hold what read addresses of like expected notional hold on average.

The sum is never more than what open interest leaves room for. The interval is log-normal in what is missing (Chao
1987). Active accounts are found in both ways more often than chance has it, so the estimate of 1 is rather too low.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liqscape.errors import ModelError
from liqscape.model.accounts import Accounts
from liqscape.model.addresses import AddressSource
from liqscape.model.markets import MarketSnapshot
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array

WITHIN = (0.01, 0.02, 0.05)
"""Distances from the mark, as fractions."""
MIN_RECAPTURED = 20
"""Addresses found both ways below which nothing is said: with 7 the bias is below 2 %, the interval still very wide."""
MAX_CLASSES = 4
BINS, BIN_WIDTH = 30, 0.5
"""Of log10 of expected notional: addresses within a factor of three are alike."""
MIN_IN_BIN = 10
UNREAD_MIN = 1.0 / 3.0
"""Of what unread addresses are taken to hold, what they hold at least: the promising ones are read first, so those left
are poorer than they look. Measured: 0.4 to 0.6 (docs/accuracy.md, "Coverage of a live map")."""
OTHER_GROUP = 3.0
"""Bins that another group is away: a factor of thirty in expectation."""
Z95 = 1.959964
NOBODY_BELOW = -math.log(0.025)
"""Of so few missing addresses expected, none at all is within the interval: a Poisson count is 0 with exp(-3.7)."""


@dataclass(frozen=True)
class Expected:
    """K addresses as they look from outside. usd: notional guessed; group: small numbers, alike inside."""

    usd: Float64Array
    group: Int64Array


@dataclass(frozen=True)
class KindCounts:
    """Addresses as they look from outside, counted: kind (K,) of group and bin, rising; number (K,) of them."""

    kind: Int64Array
    number: Int64Array

    @classmethod
    def of(cls, expected: Expected) -> KindCounts:
        """Of all of them."""
        kind, number = np.unique(_kinds(expected), return_counts=True)
        return cls(kind, number)

    def joined(self, other: KindCounts) -> KindCounts:
        """Of both together."""
        kind, place = np.unique(np.concatenate((self.kind, other.kind)), return_inverse=True)
        number = np.zeros(len(kind), np.int64)
        np.add.at(number, place, np.concatenate((self.number, other.number)))
        return KindCounts(kind, number)


@dataclass(frozen=True, kw_only=True)
class NearCoverageEstimate:
    """within: distance from the mark. USD of near positions: held, not found, found and not read.

    share, low, high  of all near notional that the map holds, with its 95 % interval; NaN: too little to tell from.
    """

    within: float
    held_usd: float
    unfound_usd: float
    unread_usd: float
    share: float
    low: float
    high: float


def near_coverage(
    accounts: Accounts,
    snapshot: MarketSnapshot,
    root: Float64Array,
    sources: UInt8Array,
    expected: Expected,
    unread: Expected | KindCounts,
    *,
    within: Sequence[float] = WITHIN,
    market_index: int | None = None,
) -> tuple[NearCoverageEstimate, ...]:
    """One estimate a distance, over all markets or one.

    root                (P,) price of each level (risk.liquidation.solve_roots); NaN or not positive: none.
    sources             (N,) AddressSource bits of accounts.addresses.
    expected            N rows: what was expected of each before it was read.
    unread              U rows: the same of addresses not read yet, or how many there are of each kind.
    Raises ModelError for columns of other lengths.
    """
    names = len(accounts.addresses)
    for name, column, count in (
        ("root", root, accounts.position_count),
        ("sources", sources, names),
        ("expected.usd", expected.usd, names),
        ("expected.group", expected.group, names),
    ):
        if column.shape != (count,):
            raise ModelError(f"{name} has shape {column.shape}, needs ({count},)")
    if isinstance(unread, Expected):
        if unread.group.shape != unread.usd.shape:
            raise ModelError(f"unread.group has shape {unread.group.shape}, needs {unread.usd.shape}")
        unread = KindCounts.of(unread)
    gap_usd = open_gap_usd(accounts, snapshot, market_index)
    levels, kinds = _levels(accounts, snapshot.mark, root, max(within, default=0.0), market_index), _kinds(expected)
    return tuple(
        _estimate(distance, _near_of(levels, distance, names), sources, kinds, unread, gap_usd) for distance in within
    )


def near_notional(
    accounts: Accounts, mark: Float64Array, root: Float64Array, within: float, market_index: int | None = None
) -> Float64Array:
    """(N,) USD of each address's positions with a level within the distance; exempt pools stand apart."""
    return _near_of(_levels(accounts, mark, root, within, market_index), within, len(accounts.addresses))


@dataclass(frozen=True)
class _Levels:
    """Positions with a level near the mark, exempt pools apart: distance, holder, USD (L,)."""

    away: Float64Array
    owner: Int32Array
    usd: Float64Array


def _levels(
    accounts: Accounts, mark: Float64Array, root: Float64Array, within: float, market_index: int | None
) -> _Levels:
    """Those within the farthest distance asked for."""
    rows = (
        np.flatnonzero(root > 0.0)
        if market_index is None
        else np.flatnonzero((accounts.market_index == market_index) & (root > 0.0))
    )
    price = mark[accounts.market_index[rows]]
    with np.errstate(invalid="ignore", divide="ignore"):
        away = np.abs(root[rows] / price - 1.0)
    near = np.flatnonzero(away <= within)
    rows, away, price = rows[near], away[near], price[near]
    pool = accounts.pool_of_position()[rows]
    kept = np.flatnonzero(~accounts.is_exempt[pool])
    rows, pool = rows[kept], pool[kept]
    return _Levels(away[kept], accounts.address_row[pool], np.abs(accounts.size[rows]) * price[kept])


def _near_of(levels: _Levels, within: float, names: int) -> Float64Array:
    rows = np.flatnonzero(levels.away <= within)
    return np.bincount(levels.owner[rows], levels.usd[rows], names).astype(np.float64)


def open_gap_usd(accounts: Accounts, snapshot: MarketSnapshot, market_index: int | None = None) -> float:
    """USD of positions, both sides, that open interest has and the map has not; inf where it is unknown."""
    markets = len(snapshot.markets)
    held = np.bincount(accounts.market_index, np.abs(accounts.size), markets)
    gap = np.maximum(0.0, 2.0 * snapshot.open_interest - held) * snapshot.mark
    gap = np.where(np.isnan(gap), np.where((snapshot.mark > 0.0) | (held > 0.0), np.inf, 0.0), gap)
    return float(gap.sum() if market_index is None else gap[market_index])


def _estimate(
    within: float,
    near_usd: Float64Array,
    sources: UInt8Array,
    kinds: Int64Array,
    waiting: KindCounts,
    gap_usd: float,
) -> NearCoverageEstimate:
    held = float(near_usd.sum())
    is_listed = (sources & np.uint8(AddressSource.LEADERBOARD)) != 0
    is_seen = (sources & np.uint8(AddressSource.TRADES)) != 0
    is_near = near_usd > 0.0
    unread, unread_variance = _unread(near_usd, kinds, waiting)
    both = int(np.count_nonzero(is_near & is_listed & is_seen))
    if both < MIN_RECAPTURED or np.isnan(unread):
        return NearCoverageEstimate(
            within=within, held_usd=held, unfound_usd=np.nan, unread_usd=unread, share=np.nan, low=np.nan, high=np.nan
        )
    unfound, variance, number = _unfound(near_usd[is_near], is_listed[is_near], is_seen[is_near])
    spread = variance + unread_variance
    least, _, _ = _interval(unfound + UNREAD_MIN * unread, spread)
    if number < NOBODY_BELOW:
        least = min(least, _interval(UNREAD_MIN * unread, unread_variance)[0])
    _, missing, most = _interval(unfound + unread, spread)
    scale = min(1.0, gap_usd / missing) if missing > 0.0 else 1.0
    least, missing, most = least * scale, missing * scale, min(most, gap_usd)
    return NearCoverageEstimate(
        within=within,
        held_usd=held,
        unfound_usd=unfound * scale,
        unread_usd=unread * scale,
        share=held / (held + missing),
        low=held / (held + most),
        high=held / (held + least),
    )


def chapman(first: int, second: int, both: int) -> tuple[float, float]:
    """(estimated number of all, its variance) from two samples and what they share."""
    number = (first + 1) * (second + 1) / (both + 1) - 1.0
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    return number, variance


def _unfound(usd: Float64Array, is_listed: BoolArray, is_seen: BoolArray) -> tuple[float, float, float]:
    """(USD of near addresses found in neither way, its variance, their number). Rows are near addresses.

    The variance is that of a sum of a chance number of chance amounts: Var N mean^2 + N var.
    """
    is_found = is_listed | is_seen
    usd, is_listed, is_seen = usd[is_found], is_listed[is_found], is_seen[is_found]
    order = np.argsort(usd, kind="stable")
    both = np.cumsum((is_listed & is_seen)[order])
    classes = max(1, min(MAX_CLASSES, int(both[-1]) // MIN_RECAPTURED))
    edges = np.searchsorted(both, np.linspace(0, both[-1], classes + 1)[1:-1], side="right")
    total = variance = count = 0.0
    for rows in np.split(order, edges):
        first, second = int(np.count_nonzero(is_listed[rows])), int(np.count_nonzero(is_seen[rows]))
        shared = int(np.count_nonzero((is_listed & is_seen)[rows]))
        number, _ = chapman(first, second, shared)
        mean = float(usd[rows].mean())
        total += max(0.0, number - len(rows)) * mean
        count += max(0.0, number - len(rows))
        # None found in one way alone is chance too: one more is taken, else a small sample would be certain.
        first, second = max(first, shared + 1), max(second, shared + 1)
        number, spread = chapman(first, second, shared)
        missing = number - (first + second - shared)
        variance += spread * mean**2 + missing * float(usd[rows].var())
    return total, variance, count


def _unread(near_usd: Float64Array, kinds: Int64Array, unread: KindCounts) -> tuple[float, float]:
    """(USD near the mark of addresses not read yet, its variance); NaN where nobody alike has been read.

    A bin with few read ones takes in its neighbours, the richer first, then those of other groups, until it has enough.
    """
    if not len(unread.kind):
        return 0.0, 0.0
    if len(near_usd) < MIN_IN_BIN:
        return float("nan"), float("nan")
    place, kind = np.unique(kinds, return_inverse=True)
    held = np.bincount(kind).astype(np.float64)
    usd, square = np.bincount(kind, near_usd), np.bincount(kind, near_usd**2)
    total = variance = 0.0
    for wanted, count in zip(unread.kind.tolist(), unread.number.tolist(), strict=True):
        step = place % BINS - wanted % BINS
        distance = np.where(step >= 0, step, 0.5 - step) + np.where(place // BINS == wanted // BINS, 0.0, OTHER_GROUP)
        order = np.argsort(distance, kind="stable")
        enough = int(np.searchsorted(np.cumsum(held[order]), MIN_IN_BIN))
        alike = distance <= distance[order[enough]]
        number, mean = held[alike].sum(), usd[alike].sum() / held[alike].sum()
        total += count * mean
        variance += max(0.0, square[alike].sum() / number - mean**2) * (count + count**2 / number)
    return float(total), float(variance)


def _kinds(expected: Expected) -> Int64Array:
    """Group and bin as one number."""
    size = np.clip(np.log10(np.maximum(1.0, expected.usd)) / BIN_WIDTH, 0, BINS - 1).astype(np.int64)
    return expected.group * BINS + size


def _interval(missing: float, variance: float) -> tuple[float, float, float]:
    """(low, missing, high) of a quantity that is not negative."""
    if missing <= 0.0:
        return 0.0, 0.0, Z95 * float(np.sqrt(variance))
    factor = float(np.exp(Z95 * np.sqrt(np.log1p(variance / missing**2))))
    return missing / factor, missing, missing * factor
