"""Order books as the exchange sends them to USD near the mid; which joining of prices reaches far enough."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from liqscape.errors import RemoteWireError
from liqscape.model.depth import ASKS, BIDS, WITHIN, BookSide, depth_within
from liqscape.units import Float64Array
from liqscape.wire.info.l2_book import LEVELS, BookLevel, L2Book

REACH = WITHIN[1]
"""20 levels are to reach 1 % at least: what thresholds and shares of depth are taken of."""
FINE_FIGURES, COARSE_FIGURES = 4, 3
"""Significant figures that prices are joined to. Five, with a mantissa of 5 too, reach 0.95 % at best; two are steps of
1 to 10 %."""


class BookDepth(NamedTuple):
    """mid USD, NaN where a side is empty; bid_usd, ask_usd (3,) USD within model.depth.WITHIN of it."""

    mid: float
    bid_usd: Float64Array
    ask_usd: Float64Array


def measure_depth(book: L2Book, mid: float = math.nan, levels: int = LEVELS) -> BookDepth:
    """Depth of a checked book about a mid; where none is given, or it is not between best bid and ask, about the
    book's own.

    levels  of a side that were asked for: with fewer the book ends there.
    """
    bids, asks = book.levels
    if not bids or not asks:
        return BookDepth(math.nan, *(np.full((2, len(WITHIN)), np.nan)))
    if not bids[0].px <= mid <= asks[0].px:
        mid = (bids[0].px + asks[0].px) / 2.0
    step = joined_step(book)
    bid_usd, ask_usd = (
        depth_within(
            BookSide(
                np.array([level.px for level in side]),
                np.array([level.sz for level in side]),
                direction,
                step,
                len(side) < levels,
            ),
            mid,
        )
        for side, direction in ((bids, BIDS), (asks, ASKS))
    )
    return BookDepth(mid, bid_usd, ask_usd)


def joined_step(book: L2Book) -> float:
    """USD that joined prices are apart: the least gap between neighbours; 0 for a book that tells no `spread`."""
    if book.spread is None:
        return 0.0
    gaps = [abs(after.px - before.px) for side in book.levels for before, after in pairwise(side)]
    gaps += [book.spread] if book.spread > 0.0 else []
    return min(gaps, default=0.0)


def figures_to_reach(mid: float) -> int:
    """Significant figures (`nSigFigs`) with which 20 adjacent levels reach REACH, the finest that do.

    With n figures a price d * 10^e (1 <= d < 10) moves in steps of 10^(e - n + 1), and 20 buckets hold 19 whole steps:
    19 * 10^(1 - n) >= REACH * d. So 4 up to d = 1.9, else 3. Both are sent every 5.4 s (HL.REC.CADENCE).
    """
    leading = mid / 10.0 ** math.floor(math.log10(mid))
    return FINE_FIGURES if REACH * leading <= (LEVELS - 1) * 10.0 ** (1 - FINE_FIGURES) else COARSE_FIGURES


def check_book(book: L2Book, coin: str, source: str) -> None:
    """Raises RemoteWireError for a book of another coin, crossed, out of order, or with a price or size that is not
    above 0."""
    if book.coin != coin:
        raise RemoteWireError(f"{source}: book of {book.coin}, not of {coin}", source=source)
    bids, asks = book.levels
    for levels, way in ((bids, BIDS), (asks, ASKS)):
        if any(not _is_level(level) for level in levels) or any(
            way * (after.px - before.px) <= 0.0 for before, after in pairwise(levels)
        ):
            raise RemoteWireError(f"{source}: levels are not best first with sizes above 0", source=source)
    if bids and asks and bids[0].px >= asks[0].px:
        raise RemoteWireError(f"{source}: best bid {bids[0].px} is not below best ask {asks[0].px}", source=source)


def _is_level(level: BookLevel) -> bool:
    return level.px > 0.0 and level.sz > 0.0
