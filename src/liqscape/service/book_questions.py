"""The resting order book of a coin through time: what archives and followed books have left in a data folder."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from liqscape.errors import CorruptSegment, NotFound, QuestionError
from liqscape.heatmap.density import UNIT
from liqscape.heatmap.grid import LOG_WIDTH
from liqscape.heatmap.resting import shown_rows
from liqscape.heatmap.through_time import PriceRows
from liqscape.model.depth import WITHIN
from liqscape.service.answers.book import BookAnswer, BookCells, BookKind, BookScale, BookSummary, RestingCell
from liqscape.service.answers.parts import known_list, provenance_answer
from liqscape.service.book_columns import BookColumns, columns_of_days
from liqscape.service.book_scale import (
    SPAN_MS,
    book_scale,
    densities_of_days,
    densities_of_path,
    densities_shown,
)
from liqscape.service.questions import check_picture, check_prices, check_range, market_row
from liqscape.units import HOUR_MS, MINUTE_MS, Int64Array

if TYPE_CHECKING:
    from liqscape.heatmap.resting import RestingCells
    from liqscape.service.view import MapView
    from liqscape.store.books import BookDay, BookReader
    from liqscape.store.history import HistoryReader
    from liqscape.store.history.depth import DepthPath
    from liqscape.store.history.window import Columns

HOLD_MS = 2 * MINUTE_MS
"""A summary comes with each stored frame, one a minute: an older one is of a book that stands no more."""
PRICE_MARGIN = 1.03
"""Without prices a window reaches 3 % beyond the marks: books are known up to 2 % of the mid."""
SANDBOX = "sandbox"


class BookWindow(NamedTuple):
    """Which part of time and price; None: all that is stored, prices up to 3 % beyond the marks."""

    start_ms: int | None = None
    end_ms: int | None = None
    width: int = 800
    height: int = 400
    price_low: float | None = None
    price_high: float | None = None


ALL = BookWindow()


class BookQuestions:
    """Asks the books beside a map's history. Usable from any thread."""

    def __init__(self, view: MapView) -> None:
        self._view = view
        self._lock = Lock()
        self._books: BookReader | None = None
        self._scales: dict[str, tuple[object, BookScale | None]] = {}

    def book(self, coin: str, window: BookWindow = ALL) -> BookAnswer:
        """Resting orders by time and price. Raises NotFound, QuestionError."""
        from liqscape.store.history.window import choose_columns, choose_rows

        check_picture(window.width, window.height, "mark")
        check_prices(("price_low", window.price_low), ("price_high", window.price_high))
        reader = self._reader()
        market_row(reader.markets, coin)
        start, end = _range(reader, window)
        low, high = _prices(reader, coin, window, start, end)
        columns, rows = choose_columns(start, end, window.width), choose_rows(low, high, window.height)
        damaged: list[str] = []
        shown = self._columns(reader, coin, columns, rows, damaged)
        path = reader.depth_path(coin, columns.start_ms - HOLD_MS, int(columns.ends_ms[-1]))
        summary = _summary(path, columns, reader.provenance.kind)
        cells = _cells(shown) if (shown.as_of_ms >= 0).any() else None
        scale = self._scale(reader, coin)
        if scale is None:  # books are stored, but none of the last week
            seen = densities_of_path(path) if cells is None else densities_shown(shown, rows.level)
            scale = book_scale(seen, end, is_window=True)
        kind: BookKind | None = "archive" if cells is not None else None if summary is None else summary.kind
        return BookAnswer(
            provenance=provenance_answer(reader.provenance),
            as_of_ms=reader.last_ms or 0,
            coin=coin,
            kind=kind,
            start_ms=columns.start_ms,
            step_ms=columns.step_ms,
            columns=columns.count,
            level=rows.level,
            first_band=rows.first_band,
            rows=rows.count,
            log_width=LOG_WIDTH,
            unit_percent=100.0 * UNIT,
            low=None if scale is None else scale.low,
            high=None if scale is None else scale.high,
            scale=scale,
            cells=cells,
            summary=summary,
            note=_note(coin, kind, [*damaged, *path.damaged]),
        )

    def _reader(self) -> HistoryReader:
        reader = self._view.price_sources[1]
        if reader is None or reader.first_ms is None:
            raise NotFound("this map has no stored history yet")
        return reader

    def _columns(
        self, reader: HistoryReader, coin: str, columns: Columns, rows: PriceRows, damaged: list[str]
    ) -> BookColumns:
        # A book of the evening before may still stand in the first column.
        days = self._days(reader, coin, columns.start_ms - HOUR_MS, int(columns.ends_ms[-1]) - 1, damaged)
        return columns_of_days(days, columns.starts_ms, columns.ends_ms, rows)

    def _days(
        self, reader: HistoryReader, coin: str, start_ms: int, end_ms: int, damaged: list[str]
    ) -> Iterator[BookDay]:
        for day in self._stored(reader).days(coin, max(start_ms, 0), end_ms):
            if isinstance(day, CorruptSegment):
                damaged.append(str(day))
            else:
                yield day

    def _scale(self, reader: HistoryReader, coin: str) -> BookScale | None:
        """Of the week before the full hour; the same for whoever asks, whatever window."""
        end_ms = (reader.last_ms or 0) // HOUR_MS * HOUR_MS
        start_ms = end_ms - SPAN_MS
        key = (end_ms, self._stored(reader).state_of(coin))
        with self._lock:
            held = self._scales.get(coin)
        if held is not None and held[0] == key:
            return held[1]
        found = densities_of_days(self._days(reader, coin, start_ms, end_ms - 1, []), start_ms, end_ms)
        scale = book_scale(found, end_ms)
        if scale is None:
            scale = book_scale(densities_of_path(reader.depth_path(coin, start_ms, end_ms)), end_ms)
        with self._lock:
            self._scales[coin] = key, scale
        return scale

    def _stored(self, reader: HistoryReader) -> BookReader:
        from liqscape.store.books import BookReader

        with self._lock:
            if self._books is None:
                self._books = BookReader(reader.folder)
            return self._books


def _range(reader: HistoryReader, window: BookWindow) -> tuple[int, int]:
    start = reader.first_ms if window.start_ms is None else window.start_ms
    end = (reader.last_ms or 0) + 1 if window.end_ms is None else window.end_ms
    assert start is not None
    check_range(start, end)
    return start, end


def _prices(reader: HistoryReader, coin: str, window: BookWindow, start: int, end: int) -> tuple[float, float]:
    low, high = window.price_low, window.price_high
    if low is None or high is None:
        _, marks = reader.mark_path(coin, start, end)
        marks = marks[marks > 0.0]
        if not len(marks):
            raise NotFound(f"no mark of {coin} is known in {start}..{end}: give price_low and price_high")
        low = float(marks.min()) / PRICE_MARGIN if low is None else low
        high = float(marks.max()) * PRICE_MARGIN if high is None else high
    if not low < high:
        raise QuestionError(f"price_low {low} is not below price_high {high}")
    return low, high


def _summary(path: DepthPath, columns: Columns, source: str) -> BookSummary | None:
    """What each column shows; None where nothing is known in any."""
    is_known = np.any(np.isfinite(np.hstack((path.bid_usd, path.ask_usd))), axis=1)
    row = shown_rows(path.time_ms, is_known, columns.starts_ms, columns.ends_ms, HOLD_MS)
    if not (row >= 0).any():
        return None
    as_of = np.where(row >= 0, path.time_ms[row], -1)
    mid, bid, ask = (np.where(row >= 0, each[row].T, np.nan) for each in (path.mid, path.bid_usd, path.ask_usd))
    return BookSummary(
        kind="sandbox" if source == SANDBOX else "live summary",
        as_of_ms=_times(as_of),
        mid=known_list(mid),
        within_percent=[100.0 * each for each in WITHIN],
        bid_usd=[known_list(each) for each in bid],
        ask_usd=[known_list(each) for each in ask],
    )


def _cells(shown: BookColumns) -> BookCells:
    return BookCells(
        as_of_ms=_times(shown.as_of_ms),
        seen_low=known_list(shown.seen_low),
        seen_high=known_list(shown.seen_high),
        bid=_listed(shown.bid),
        ask=_listed(shown.ask),
    )


def _times(time_ms: Int64Array) -> list[int | None]:
    return [None if each < 0 else each for each in time_ms.tolist()]


def _listed(cells: RestingCells) -> list[RestingCell]:
    return list(zip(cells.column.tolist(), cells.row.tolist(), cells.usd.tolist(), strict=True))


def _note(coin: str, kind: BookKind | None, damaged: list[str]) -> str | None:
    """Why nothing is shown, or what of it is not loaded."""
    sentences = [f"not loaded, for it is damaged: {each}" for each in dict.fromkeys(damaged)]
    if kind is None:
        sentences.append(
            f"no order book of {coin} is stored of these times: a live map follows the books of the coins with most "
            "near the mark, an import of archives those it is asked for with --books"
        )
    return "; ".join(sentences) or None
