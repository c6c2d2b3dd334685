"""What is known to rest in the book of a coin at a time, side by side: a stored summary, or a stored book."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from liqscape.errors import CorruptSegment, ModelError, SchemaMismatch
from liqscape.heatmap.absorption import DepthLine
from liqscape.model.depth import WITHIN
from liqscape.service.answers.triggers import RestingStanding
from liqscape.service.stop_figures import MAX_BOOK_AGE_MS, MAX_DEPTH_AGE_MS

if TYPE_CHECKING:
    from liqscape.service.view import MapView
    from liqscape.units import Float64Array

NO_BOOK = "no book of this time is stored: resting orders are unknown, which does not mean none"
SPREAD_EVENLY = (
    "resting orders are those of a minute's summary: taken to be spread evenly between the mid, 0.5, 1 and 2 % of it, "
    "unknown beyond"
)


class RestingDepth(NamedTuple):
    """Both sides of a book, and what they are of."""

    bids: DepthLine
    asks: DepthLine
    standing: RestingStanding


def find_resting(view: MapView, coin: str, at_ms: int) -> RestingDepth | None:
    """The summary of the minute before, which reaches 2 %; without one a stored book; None without either."""
    return _summary(view, coin, at_ms) or _book(view, coin, at_ms)


def _summary(view: MapView, coin: str, at_ms: int) -> RestingDepth | None:
    reader = view.price_sources[1]
    if reader is None:
        return None
    try:
        path = reader.depth_path(coin, at_ms - MAX_DEPTH_AGE_MS, at_ms + 1)
    except ModelError:  # a coin that was listed since the last stored minute
        return None
    is_known = np.isfinite(path.mid) & np.isfinite(path.bid_usd).any(axis=1) & np.isfinite(path.ask_usd).any(axis=1)
    rows = np.flatnonzero(is_known)
    if not len(rows):
        return None
    row = int(rows[-1])
    bids, asks = (_even(usd[row]) for usd in (path.bid_usd, path.ask_usd))
    standing = RestingStanding(source="summary", as_of_ms=int(path.time_ms[row]), mid=float(path.mid[row]))
    return RestingDepth(bids, asks, standing)


def _even(usd: Float64Array) -> DepthLine:
    is_known = np.isfinite(usd)
    return DepthLine(np.array(WITHIN)[is_known], usd[is_known], is_even=True)


def _book(view: MapView, coin: str, at_ms: int) -> RestingDepth | None:
    if view.books is None:
        return None
    try:
        book = view.books.find(coin, at_ms, MAX_BOOK_AGE_MS)
    except (CorruptSegment, SchemaMismatch):  # the book question says what is damaged; here it is not known
        return None
    if book is None or not len(book.bids) or not len(book.asks):
        return None
    mid = 0.5 * (float(book.bids[0, 0]) + float(book.asks[0, 0]))

    def line(levels: Float64Array) -> DepthLine:
        usd = np.cumsum(levels[:, 0] * levels[:, 1])
        return DepthLine(np.abs(levels[:, 0] / mid - 1.0), usd, is_even=False)

    standing = RestingStanding(source="book", as_of_ms=book.time_ms, mid=mid)
    return RestingDepth(line(book.bids), line(book.asks), standing)
