"""GET /api/v1/coins/{coin}/odds and /chain."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import QueryParameter

from liqscape.service.answers.chain import ChainAnswer
from liqscape.service.answers.odds import OddsAnswer
from liqscape.service.cascade_runs import MAX_RUNS, CascadeRuns
from liqscape.service.chain import (
    DEFAULT_LINKS,
    DEFAULT_PATHS,
    MAX_LINKS,
    MAX_PATHS,
    MIN_PATHS,
    ChainQuestion,
    answer_chain,
)
from liqscape.service.costly import JOINT_CELLS, PAST_CELLS
from liqscape.service.odds import OddsQuestions
from liqscape.service.view import MapView
from liqscape.web.answering import Answering, refuse_other_sites
from liqscape.web.parameters import AskedMs, Coin, MapMode, SideChoice, side_number
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


Paths = Annotated[int, QueryParameter(ge=MIN_PATHS, le=MAX_PATHS, description="Runs a link.")]
Links = Annotated[int, QueryParameter(ge=2, le=MAX_LINKS, description="Clusters of a side, nearest first.")]
Seed = Annotated[int, QueryParameter(ge=0, le=2**53 - 1, description="What the runs draw from.")]
RETRY_AFTER_S = 5


@get("/coins/{coin:str}/chain", tags=["coin"], summary="From cluster to cluster, SIMULATED", responses=COSTLY_PROBLEMS)
async def get_chain(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    cascades: NamedDependency[CascadeRuns],
    view: NamedDependency[MapView],
    coin: Coin,
    asked_ms: AskedMs,
    side: SideChoice = None,
    paths: Paths = DEFAULT_PATHS,
    links: Links = DEFAULT_LINKS,
    seed: Seed = 0,
) -> Response[ChainAnswer]:
    """Clusters in the order the mark would meet them: what the way through one sets off, beside what was measured."""
    refuse_other_sites(request)
    question = ChainQuestion(coin=coin, side=side_number(side), paths=paths, links=links, seed=seed)
    if cascades.is_full:
        raise HTTPException(
            detail=f"{MAX_RUNS} simulations are under way; try again when one has ended",
            status_code=503,
            headers={"Retry-After": str(RETRY_AFTER_S)},
        )
    answer = await cascades.ask(lambda market, tell: answer_chain(view, market, question, asked_ms, tell), asked_ms)
    return await answering.cheap(request, lambda: answer)
