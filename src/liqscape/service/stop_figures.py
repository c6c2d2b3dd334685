"""What advice on stops takes from a map besides its frame: overshoots by class, prices before it, the book.

Overshoots are those known at the beginning of the hour a moment lies in, and are kept for it: questions come in
series, one for each drag of a line.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from liqscape.errors import CorruptSegment, SchemaMismatch
from liqscape.insight.advice.book_cost import BookCost, cost_of_depth, cost_of_levels
from liqscape.insight.advice.overshoot_choice import OvershootClasses, classes_of
from liqscape.insight.study_rows import SweepRow
from liqscape.insight.sweeps.overshoot import UNKNOWN_SIZE, depth_class
from liqscape.model.depth import WITHIN
from liqscape.service.bounded_memory import BoundedMemory
from liqscape.service.hour_path import HourPath, hour_path
from liqscape.service.study_records import of_columns
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liqscape.service.moments import AskedMoment
    from liqscape.service.view import MapView
    from liqscape.store.books import BookReader
    from liqscape.store.history import HistoryReader

SWEEP_DAYS = 90
"""Days of sweeps that overshoots are taken from."""
MAX_BOOK_AGE_MS = 10 * MINUTE_MS
MAX_DEPTH_AGE_MS = 2 * MINUTE_MS
"""A depth comes with each stored frame, one a minute."""
ONE_PERCENT = WITHIN.index(0.01)
MAX_KEPT = 32
"""A path of two years of minutes is 40 MB."""


class KnownOvershoots(NamedTuple):
    """By class, and the class of each coin that was ever swept."""

    classes: OvershootClasses
    coins: Mapping[str, str]


NO_OVERSHOOTS = KnownOvershoots({}, {})


class StopBook(NamedTuple):
    """What a stop's order meets: books, the best known first, and USD within 1 % (None unknown)."""

    books: tuple[BookCost, ...]
    depth_usd: float | None


class StopFigures:
    """Figures of one map. From any thread; overshoots are read by one, and the others wait for it."""

    def __init__(self, view: MapView) -> None:
        self._view = view
        self._lock = threading.Lock()
        self._overshoots: BoundedMemory[int, KnownOvershoots] = BoundedMemory(MAX_KEPT)
        self._paths: BoundedMemory[tuple[str, int], HourPath | None] = BoundedMemory(MAX_KEPT)
        self._books: BookReader | None = view.books

    def overshoots(self, moment: AskedMoment) -> KnownOvershoots:
        """Of the sweeps of all coins in the SWEEP_DAYS before the moment's hour."""
        end_ms = moment.reported.time_ms // HOUR_MS * HOUR_MS
        with self._lock:
            return self._overshoots.find(end_ms, lambda: self._known_overshoots(end_ms))

    def _known_overshoots(self, end_ms: int) -> KnownOvershoots:
        rows = self._view.studied.rows("sweeps", None, max(0, end_ms - SWEEP_DAYS * DAY_MS), end_ms)
        known = [row for row in of_columns(rows, SweepRow) if row.known_at_ms <= end_ms] if len(rows) else []
        return KnownOvershoots(*classes_of(known)) if known else NO_OVERSHOOTS

    def coin_class(self, coin: str, known: KnownOvershoots, depth_usd: float | None) -> str:
        """Of its own sweeps; of a coin without any by the depth of its book now."""
        if coin in known.coins:
            return known.coins[coin]
        return UNKNOWN_SIZE if depth_usd is None else depth_class(depth_usd)

    def path(self, coin: str, moment: AskedMoment) -> HourPath | None:
        """Prices before the moment, as odds take them: read once a minute, for no candle is shorter."""
        at_ms = moment.reported.time_ms // MINUTE_MS * MINUTE_MS
        return self._paths.find((coin, at_ms), lambda: hour_path(self._view, coin, at_ms))

    def book(self, coin: str, moment: AskedMoment, side: int) -> StopBook:
        """What an order that closes a position of a side meets: bids for a long, asks for a short."""
        reader = self._view.price_sources[1]
        if reader is None:
            return StopBook((), None)
        at_ms = moment.reported.time_ms
        found = [*self._stored(reader, coin, at_ms, side)]
        path = reader.depth_path(coin, at_ms - MAX_DEPTH_AGE_MS, at_ms + 1)
        usd = path.bid_usd if side > 0 else path.ask_usd
        known = np.flatnonzero(np.isfinite(path.mid) & np.isfinite(usd).any(axis=1))
        if not len(known):
            return StopBook(tuple(found), None)
        row = usd[known[-1]]
        depth = [(share, float(each)) for share, each in zip(WITHIN, row, strict=True) if np.isfinite(each)]
        found.append(cost_of_depth(depth, float(path.mid[known[-1]])))
        within = float(row[ONE_PERCENT])
        return StopBook(tuple(found), within if np.isfinite(within) else None)

    def _stored(self, reader: HistoryReader, coin: str, at_ms: int, side: int) -> list[BookCost]:
        from liqscape.store.books import BookReader

        if self._books is None:
            self._books = BookReader(reader.folder)
        try:
            book = self._books.find(coin, at_ms, MAX_BOOK_AGE_MS)
        except (CorruptSegment, SchemaMismatch):  # the book question says what is damaged; here it is not known
            return []
        if book is None or not len(book.bids) or not len(book.asks):
            return []
        levels = (book.bids if side > 0 else book.asks).tolist()
        return [cost_of_levels(levels, 0.5 * (float(book.bids[0, 0]) + float(book.asks[0, 0])))]
