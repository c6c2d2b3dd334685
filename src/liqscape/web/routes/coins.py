"""GET /api/v1/coins and /api/v1/coins/{coin}/frame."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from liqscape.service.answers.coins import CoinsAnswer
from liqscape.service.answers.frame import FrameAnswer
from liqscape.service.view import MapView
from liqscape.web.answering import Answering
from liqscape.web.parameters import AtMs, Coin, Level, MapMode
from liqscape.web.problems import COSTLY_PROBLEMS, PROBLEMS


@get("/coins", tags=["map"], summary="All coins", responses=PROBLEMS)
async def get_coins(answering: NamedDependency[Answering], view: NamedDependency[MapView]) -> Response[CoinsAnswer]:
    """Every coin with its mark, coverage and positions, by notional, largest first."""
    return await answering.cheap(view.coins)


@get("/coins/{coin:str}/frame", tags=["coin"], summary="Bands of one instant", responses=COSTLY_PROBLEMS)
async def get_frame(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    view: NamedDependency[MapView],
    coin: Coin,
    at_ms: AtMs = None,
    level: Level = 0,
    mode: MapMode = "solo",
) -> Response[FrameAnswer]:
    """Every band of a coin at one instant, the stated rest, and the totals both add up to."""
    return await answering.of_moment(request, at_ms, mode, lambda: view.frame(coin, at_ms, level, mode))
