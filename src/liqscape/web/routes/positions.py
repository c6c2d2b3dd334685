"""GET /api/v1/coins/{coin}/positions."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from liqscape.service.answers.positions import PositionsAnswer
from liqscape.service.costly import PAST_CELLS
from liqscape.service.paging import DEFAULT_ROWS, Page
from liqscape.service.questions import BAND_LIMIT, MAX_WITHIN_PERCENT
from liqscape.service.view import MapView
from liqscape.web.answering import Answering
from liqscape.web.parameters import (
    AskedMs,
    Coin,
    Cursor,
    Level,
    Limit,
    PriceEdge,
    SideChoice,
    WithInterval,
    side_number,
)
from liqscape.web.problems import COSTLY_PROBLEMS, GONE

Band = Annotated[
    int | None,
    QueryParameter(ge=-BAND_LIMIT, le=BAND_LIMIT, description="Band of the price grid at `level`."),
]
WithinPercent = Annotated[
    float | None,
    QueryParameter(
        gt=0,
        le=MAX_WITHIN_PERCENT,
        description="Liquidation prices at most so far from the mark, in percent of it: abs(distance_percent) <= this.",
    ),
]


@get(
    "/coins/{coin:str}/positions",
    tags=["coin"],
    summary="Positions behind a band",
    responses=COSTLY_PROBLEMS | GONE,
)
async def get_positions(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    view: NamedDependency[MapView],
    coin: Coin,
    asked_ms: AskedMs,
    band: Band = None,
    level: Level = 0,
    price_low: PriceEdge = None,
    price_high: PriceEdge = None,
    within_percent: WithinPercent = None,
    side: SideChoice = None,
    limit: Limit = DEFAULT_ROWS,
    cursor: Cursor = None,
    interval: WithInterval = False,
) -> Response[PositionsAnswer]:
    """The positions behind a cell of the map (`band` and `level`), in a span of prices (`price_low` and
    `price_high`), or near the mark (`within_percent`).

    Solved again from the accounts of that time by the kernel that made the cell; `totals` of the list are the cell.
    With `interval` also what stands there at least and at most.
    """

    def ask() -> PositionsAnswer:
        return view.positions(
            coin,
            band=band,
            level=level,
            price_low=price_low,
            price_high=price_high,
            within_percent=within_percent,
            at_ms=asked_ms,
            side=side_number(side),
            page=Page(limit, cursor),
            interval=interval,
        )

    if (
        interval or band is None
    ):  # a span of prices may hold a whole coin: a list of 85,000 positions, kept for its next pages
        return answering.costly(request, PAST_CELLS, ask)
    return await answering.of_moment(request, asked_ms, "solo", ask)
