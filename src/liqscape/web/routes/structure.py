"""GET /api/v1/coins/{coin}/structure."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from liqscape.service.answers.structure import StructureAnswer
from liqscape.service.costly import PAST_CELLS
from liqscape.service.structure import StructureQuestions
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedMs, Coin
from liqscape.web.problems import COSTLY_PROBLEMS


@get("/coins/{coin:str}/structure", tags=["coin"], summary="Structure of price", responses=COSTLY_PROBLEMS)
async def get_structure(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    structures: NamedDependency[StructureQuestions],
    coin: Coin,
    asked_ms: AskedMs,
) -> Response[StructureAnswer]:
    """Swings, sessions, ranges and volume by price, and where each cluster stands against them, by stated rules."""
    return answering.costly(request, PAST_CELLS, lambda: structures.ask(coin, asked_ms))
