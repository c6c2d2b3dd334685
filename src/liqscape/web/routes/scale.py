"""GET /api/v1/coins/{coin}/scale."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from liqscape.service.answers.scale import ScaleAnswer
from liqscape.service.costly import PAST_CELLS
from liqscape.service.view import MapView
from liqscape.web.answering import Answering
from liqscape.web.parameters import Coin
from liqscape.web.problems import COSTLY_PROBLEMS


@get("/coins/{coin:str}/scale", tags=["coin"], summary="Scale of the heatmap's colours", responses=COSTLY_PROBLEMS)
async def get_scale(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    view: NamedDependency[MapView],
    coin: Coin,
) -> Response[ScaleAnswer]:
    """From which USD per 0.1 % of price on a cell is worth a colour, and which is as hot as it gets: one scale of a
    coin for every range and zoom, renewed each full hour."""
    return answering.costly(request, PAST_CELLS, lambda: view.scale(coin))
