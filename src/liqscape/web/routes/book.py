"""GET /api/v1/coins/{coin}/book."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from liqscape.service.answers.book import BookAnswer
from liqscape.service.book_questions import BookQuestions, BookWindow
from liqscape.service.costly import JSON_FACTOR
from liqscape.service.questions import check_picture
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedSpan, Coin
from liqscape.web.problems import COSTLY_PROBLEMS
from liqscape.web.routes.heatmap import Height, Width

LEVELS = 40
"""Cells of a column at most: an archived book has 20 levels a side."""

PriceLow = Annotated[
    float | None, QueryParameter(description="Lowest price, USD. Default: 3 % beyond the lowest mark shown.")
]
PriceHigh = Annotated[
    float | None, QueryParameter(description="Highest price, USD. Default: 3 % beyond the highest mark shown.")
]


@get("/coins/{coin:str}/book", tags=["coin"], summary="Resting orders", responses=COSTLY_PROBLEMS)
async def get_book(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    books: NamedDependency[BookQuestions],
    coin: Coin,
    span: AskedSpan,
    width: Width = 800,
    height: Height = 400,
    price_low: PriceLow = None,
    price_high: PriceHigh = None,
) -> Response[BookAnswer]:
    """The order book through time and price, bids and asks apart, with a scale of its own: no liquidation levels.

    `cells` are whole books of an archive, `summary` is what stood near the mid minute by minute. A column without a
    time is not loaded, which is not the same as empty.
    """
    check_picture(width, height, "mark")
    window = BookWindow(*span, width=width, height=height, price_low=price_low, price_high=price_high)
    return answering.costly(request, JSON_FACTOR * LEVELS * width, lambda: books.book(coin, window))
