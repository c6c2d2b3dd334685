"""What a map answers of resting orders (docs/heatmap.md, "Resting orders"): the part of `Map` that asks for books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liqscape.library.asked import time_ms
from liqscape.library.results import Book, about
from liqscape.service.book_questions import BookWindow
from liqscape.service.tables import of_books

if TYPE_CHECKING:
    from liqscape.library.answers import Answers
    from liqscape.library.asked import Time


class BookMap:
    """Questions about order books; a map that has none answers with no rows and a note."""

    _answers: Answers

    def book(
        self,
        coin: str,
        start: Time | None = None,
        end: Time | None = None,
        *,
        width: int = 800,
        height: int = 400,
        price_low: float | None = None,
        price_high: float | None = None,
    ) -> Book:
        """Resting orders by time and price, bids and asks apart; no liquidation levels.

        start, end  [start, end); all that is stored by default.
        price_low, price_high  USD; 3 % beyond the marks shown by default.
        """
        window = BookWindow(time_ms("start", start), time_ms("end", end), width, height, price_low, price_high)
        answer = self._answers.book(coin, window)
        return Book(
            about=about(answer, coin=coin),
            coin=answer.coin,
            kind=answer.kind,
            step_ms=answer.step_ms,
            cells=of_books.cell_table(answer),
            summary=of_books.summary_table(answer),
            low=answer.low,
            high=answer.high,
            note=answer.note,
            record=answer,
        )
