"""Why the figures of a market are in doubt, and whose figures are so with them.

A market in doubt keeps its last accepted mark, and nothing that rests on it is called live (docs/reliability.md,
"Impossible figures"). The rules that put it in doubt are of whoever reads the exchange (sources.live.plausibility).
"""

from __future__ import annotations

from enum import IntFlag

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.units import BoolArray, Float64Array, UInt8Array

MAX_COVERAGE = 1.05
"""Positions are part of the open interest: more than all of it is impossible. 5 % for prints under way."""


class Doubt(IntFlag):
    """Reasons, as bits of one column."""

    UNREADABLE = 1
    MARK_LEAP = 2
    ORACLE_LEAP = 4
    OFF_ORACLE = 8
    SWAPPED = 16
    LISTING = 32
    COVERAGE = 64


WORDS = {
    Doubt.UNREADABLE: "no price above 0 is told",
    Doubt.MARK_LEAP: "mark leaps further than prices move",
    Doubt.ORACLE_LEAP: "oracle leaps further than prices move",
    Doubt.OFF_ORACLE: "mark is too far off its oracle",
    Doubt.SWAPPED: "told the figures of another market",
    Doubt.LISTING: "place or size decimals in the listing changed",
    Doubt.COVERAGE: "positions exceed the open interest",
}
OF_PRICES = ~Doubt.COVERAGE
"""Reasons for which the mark is not known to hold."""


def doubt_words(reasons: int) -> list[str]:
    """Each reason in words; none where there is no doubt."""
    return [text for reason, text in WORDS.items() if reasons & reason] if reasons else []


def exceeds_interest(coverage: Float64Array) -> BoolArray:
    """(M,) where known positions are more than all that are open. False where coverage is not known."""
    return np.greater(coverage, MAX_COVERAGE)


def doubt_of_coverage(coverage: Float64Array) -> UInt8Array | None:
    """(M,) bits of Doubt by the coverage alone, as of a stored frame; None: no market is in doubt."""
    is_over = exceeds_interest(coverage)
    return is_over * np.uint8(Doubt.COVERAGE) if is_over.any() else None


def sure_marks(mark: Float64Array, doubt: UInt8Array | None) -> Float64Array:
    """(M,) marks, NaN where a market's prices are in doubt: what may be kept as having been so."""
    return mark if doubt is None else np.where(doubt & OF_PRICES, np.nan, mark)


def pools_in_doubt(accounts: Accounts, doubt: UInt8Array | None) -> BoolArray:
    """(pools,) whether a pool holds a market in doubt: then no figure of it is sure, levels of its other coins neither.

    doubt  (M,) bits of Doubt; None: no market is in doubt.
    """
    found = np.zeros(accounts.pool_count, np.bool_)
    if doubt is None or not accounts.position_count:
        return found
    found[accounts.pool_of_position()[doubt[accounts.market_index] != 0]] = True
    return found
