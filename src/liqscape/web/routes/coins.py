"""GET /api/v1/coins and /api/v1/coins/{coin}/frame."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from liqscape.service.answers.coins import CoinsAnswer
from liqscape.service.answers.frame import FrameAnswer
from liqscape.service.costly import PAST_CELLS
from liqscape.service.paging import DEFAULT_ROWS, Page
from liqscape.service.view import MapView
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedMs, Coin, Cursor, Level, Limit, MapMode, WithInterval
from liqscape.web.problems import COSTLY_PROBLEMS, GONE, PROBLEMS

DEFAULT_BANDS = 50_000
"""More than a coin has: 16,000 of a coin with 85,000 positions. Readers of all bands go on getting them at once."""
BandLimit = Annotated[
    int,
    QueryParameter(ge=1, le=DEFAULT_BANDS, description="Rows of `bands`; everything else is of the whole coin."),
]


@get("/coins", tags=["map"], summary="All coins", responses=PROBLEMS | GONE)
async def get_coins(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    view: NamedDependency[MapView],
    limit: Limit = DEFAULT_ROWS,
    cursor: Cursor = None,
) -> Response[CoinsAnswer]:
    """Every coin with its mark, coverage and positions, by notional, largest first."""
    return await answering.of_moment(request, None, "solo", lambda: view.coins(Page(limit, cursor)))


@get("/coins/{coin:str}/frame", tags=["coin"], summary="Bands of one instant", responses=COSTLY_PROBLEMS | GONE)
async def get_frame(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    view: NamedDependency[MapView],
    coin: Coin,
    asked_ms: AskedMs,
    level: Level = 0,
    mode: MapMode = "solo",
    limit: BandLimit = DEFAULT_BANDS,
    cursor: Cursor = None,
    interval: WithInterval = False,
) -> Response[FrameAnswer]:
    """Every band of a coin at one instant, the stated rest, and the totals both add up to; with `interval` also what
    each band within 10 % of the mark holds at least and at most."""

    def ask() -> FrameAnswer:
        return view.frame(coin, asked_ms, level, mode, Page(limit, cursor), interval=interval)

    if interval:
        return answering.costly(request, PAST_CELLS, ask)
    return await answering.of_moment(request, asked_ms, mode, ask)
