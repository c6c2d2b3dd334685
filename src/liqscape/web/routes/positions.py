"""GET /api/v1/coins/{coin}/positions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from liqscape.service.answers.positions import PositionsAnswer
from liqscape.service.costly import PAST_CELLS
from liqscape.service.paging import DEFAULT_ROWS, Page
from liqscape.service.questions import BAND_LIMIT
from liqscape.service.view import MapView
from liqscape.web.answering import Answering
from liqscape.web.parameters import AtMs, Coin, Cursor, Level, Limit
from liqscape.web.problems import COSTLY_PROBLEMS, GONE

Band = Annotated[
    int | None,
    QueryParameter(ge=-BAND_LIMIT, le=BAND_LIMIT, description="Band of the price grid at `level`."),
]
PriceEdge = Annotated[float | None, QueryParameter(description="Edge of a span of liquidation prices, USD.")]
SideChoice = Annotated[
    Literal["1", "-1"] | None, QueryParameter(description="1 only longs, -1 only shorts. Default: both.")
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
    band: Band = None,
    level: Level = 0,
    price_low: PriceEdge = None,
    price_high: PriceEdge = None,
    at_ms: AtMs = None,
    side: SideChoice = None,
    limit: Limit = DEFAULT_ROWS,
    cursor: Cursor = None,
) -> Response[PositionsAnswer]:
    """The positions behind a cell of the map: by `band` and `level`, or by `price_low` and `price_high`.

    Solved again from the accounts of that time by the kernel that made the cell; `totals` of the list are the cell.
    """

    def ask() -> PositionsAnswer:
        return view.positions(
            coin,
            band=band,
            level=level,
            price_low=price_low,
            price_high=price_high,
            at_ms=at_ms,
            side=None if side is None else int(side),
            page=Page(limit, cursor),
        )

    if band is None:  # a span of prices may hold a whole coin: a list of 85,000 positions, kept for its next pages
        return answering.costly(request, PAST_CELLS, ask)
    return await answering.of_moment(request, at_ms, "solo", ask)
