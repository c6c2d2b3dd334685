"""GET /api/v1/coins/{coin}/odds."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from liqscape.service.answers.odds import OddsAnswer
from liqscape.service.costly import JOINT_CELLS, PAST_CELLS
from liqscape.service.odds import OddsQuestions
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedMs, Coin, MapMode
from liqscape.web.problems import COSTLY_PROBLEMS

Level = Annotated[
    float | None, QueryParameter(description="A price, USD. Default: every cluster of the coin, nearest first.")
]
Edge = Annotated[float | None, QueryParameter(description="Edge of a span of prices, USD; both are needed.")]


@get("/coins/{coin:str}/odds", tags=["coin"], summary="Odds of reaching levels", responses=COSTLY_PROBLEMS)
async def get_odds(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    odds: NamedDependency[OddsQuestions],
    coin: Coin,
    asked_ms: AskedMs,
    price: Level = None,
    price_low: Edge = None,
    price_high: Edge = None,
    mode: MapMode = "solo",
) -> Response[OddsAnswer]:
    """How often prices like these went so far within 1 h, 4 h and 24 h, beside the record of such odds."""
    cells = JOINT_CELLS if mode == "joint" else PAST_CELLS
    return answering.costly(request, cells, lambda: odds.ask(coin, price, price_low, price_high, asked_ms, mode))
