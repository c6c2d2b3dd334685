"""Our liquidation prices beside those the exchange printed, where the two can be compared (docs/accuracy.md).

Both are of the moment at which the account was read: ours is solved at the marks of that reading (`observed_mark`),
for a printed price of a pool with several positions moves with the marks of the others. With K the pool's total
without the position, as in risk/liquidation.py,

    total = raw_usd + sum over all positions of (size * mark - maintenance)          (1)
    K     = total - (size * mark - maintenance)                                      (2)

Where raw USD was itself found from printed prices, (1) would let a price confirm itself: there total is the median of
what the *other* printed prices of the pool say it is (inference/free_margin.py, eq. 1), of two middle ones the one
nearer (1), and a pool with a single price cannot be compared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from liqscape.model.accounts import Accounts, PublishedState
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.inference.free_margin import free_margin_width, implied_free_margin
from liqscape.risk.liquidation import LevelStatus, solve_liquidation
from liqscape.risk.margin import maintenance_margin
from liqscape.units import BoolArray, Float64Array, Int64Array, MarginSource, UInt8Array

USD_DIGIT = 0.5e-6
"""Half a unit of the last digit of printed USD figures: six decimals."""


class Comparison(IntEnum):
    """What became of a position."""

    COMPARED = 0
    """Both have a price."""
    BOTH_NONE = 1
    """The exchange printed null, and ours has no level."""
    ONLY_OURS = 2
    """The exchange printed null, ours is a price."""
    ONLY_PUBLISHED = 3
    """The exchange printed a price, ours has no level."""
    NOT_GIVEN = 4
    """Nothing printed is known: the source does not carry it, or a trade or funding moved the pool since."""
    ALONE = 5
    """What the pool holds is known from printed prices alone, and no other price of it checks this one."""
    UNKNOWN = 6
    """What the pool holds is not known."""
    NO_MARKS = 7
    """The marks at the time of reading are not known."""


@dataclass(frozen=True)
class PriceAgreement:
    """P rows.

    outcome  (P,) Comparison.
    own      (P,) our price, NaN unless outcome is COMPARED or ONLY_OURS.
    relative (P,) abs(own - published) / published; NaN unless COMPARED.
    is_within_digits (P,) off by no more than the printed digits leave open.
    """

    outcome: UInt8Array
    own: Float64Array
    relative: Float64Array
    is_within_digits: BoolArray


def compare_published(accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables) -> PriceAgreement:
    """Compare every position of every pool. snapshot: for its markets; its marks do not enter.

    Raises ModelError as solve_liquidation. Cost: O(P log P).
    """
    pool = accounts.pool_of_position().astype(np.int64)
    size, mark = accounts.size, accounts.observed_mark
    notional = np.abs(size) * mark
    net = size * mark - maintenance_margin(notional, accounts.table_row, tables)
    is_lone = accounts.is_lone == 1
    net[is_lone] = 0.0  # its own mark does not enter its own price
    has_price = accounts.published == PublishedState.PRICE
    published = np.where(has_price, accounts.published_price, np.nan)
    resolution = np.array([_resolution(price) for price in published.tolist()])
    implied = implied_free_margin(size, mark, published, accounts.table_row, tables)
    width = free_margin_width(size, mark, published, resolution, np.full(len(size), USD_DIGIT))

    is_inferred = (accounts.margin_source == MarginSource.PUBLISHED)[pool]
    total = (accounts.raw_usd + np.bincount(pool, net, accounts.pool_count))[pool]
    low, high, votes = _medians_of_others(pool, np.where(has_price, implied, np.nan))
    others = np.where(np.abs(low - total) <= np.abs(high - total), low, high)
    total[is_inferred] = others[is_inferred]
    lone = replace(
        accounts,
        offsets=np.arange(len(size) + 1, dtype=np.int64),
        address_row=accounts.address_row[pool],
        raw_usd=total - net,
        margin_source=accounts.margin_source[pool],
        mode=accounts.mode[pool],
        is_exempt=accounts.is_exempt[pool],
        observed_ms=accounts.observed_ms[pool],
    )
    level = solve_liquidation(lone, snapshot, tables)

    is_solved = level.status == LevelStatus.OK
    outcome = np.full(len(size), Comparison.COMPARED, np.uint8)
    outcome[has_price & ~is_solved] = Comparison.ONLY_PUBLISHED
    is_null = accounts.published == PublishedState.NONE
    outcome[is_null & is_solved] = Comparison.ONLY_OURS
    outcome[is_null & ~is_solved] = Comparison.BOTH_NONE
    outcome[~is_inferred & np.isnan(total)] = Comparison.NO_MARKS
    outcome[is_inferred & ~np.isfinite(mark)] = Comparison.NO_MARKS
    outcome[is_inferred & np.isfinite(mark) & (votes == 0)] = Comparison.ALONE
    outcome[np.isnan(accounts.raw_usd)[pool]] = Comparison.UNKNOWN
    outcome[accounts.published == PublishedState.NOT_GIVEN] = Comparison.NOT_GIVEN

    is_compared = outcome == Comparison.COMPARED
    own = np.where(is_compared | (outcome == Comparison.ONLY_OURS), level.price, np.nan)
    difference = np.where(is_compared, np.abs(own - published), np.nan)
    slope = np.abs(size) * (1.0 - tables.rate.max(axis=1)[accounts.table_row])
    widest = np.zeros(accounts.pool_count)
    np.maximum.at(widest, pool, np.where(is_inferred & has_price, np.nan_to_num(width), 0.0))
    figures = USD_DIGIT * (np.diff(accounts.offsets) + 1)
    left_open = 2.0 * resolution + ((widest + figures)[pool] + np.nan_to_num(width)) / slope
    with np.errstate(invalid="ignore"):
        return PriceAgreement(outcome, own, difference / published, is_compared & (difference <= left_open))


def _medians_of_others(pool: Int64Array, value: Float64Array) -> tuple[Float64Array, Float64Array, Int64Array]:
    """((P,) lower and (P,) upper median of the known values of the same pool without each row's own, (P,) how many)."""
    known = np.flatnonzero(np.isfinite(value))
    order = known[np.lexsort((value[known], pool[known]))]
    counts = np.bincount(pool[known], minlength=int(pool.max(initial=-1)) + 1)
    starts = np.cumsum(counts) - counts
    rank = np.full(len(value), np.iinfo(np.int64).max)
    rank[order] = np.arange(len(order)) - starts[pool[order]]
    has_own = np.isfinite(value)
    votes = counts[pool] - has_own
    is_there = votes > 0
    medians = []
    for middle in ((votes - 1) // 2, votes // 2):
        place = starts[pool] + middle + (has_own & (middle >= rank))
        median = np.full(len(value), np.nan)
        median[is_there] = value[order[place[is_there]]]
        medians.append(median)
    return medians[0], medians[1], votes


def _resolution(price: float) -> float:
    """Half a unit of the last printed decimal of a price, by the fewest digits that give it back."""
    if not np.isfinite(price):
        return np.nan
    mantissa, _, exponent = repr(price).partition("e")
    decimals = len(mantissa.partition(".")[2].rstrip("0")) - int(exponent or 0)
    return 0.5 * 10.0 ** -min(decimals, 300)
