"""GET /api/v1/coins/{coin}/caveats."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from liqscape.service.answers.caveats import CaveatsAnswer
from liqscape.service.caveats import CaveatQuestions
from liqscape.service.costly import PAST_CELLS
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedMs, Coin
from liqscape.web.problems import COSTLY_PROBLEMS


@get("/coins/{coin:str}/caveats", tags=["coin"], summary="What the map leaves open", responses=COSTLY_PROBLEMS)
async def get_caveats(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    caveats: NamedDependency[CaveatQuestions],
    coin: Coin,
    asked_ms: AskedMs,
) -> Response[CaveatsAnswer]:
    """Cross blur, what triggers, coverage, how the engine softens, age, unknown margin and vaults, each in figures."""
    return answering.costly(request, PAST_CELLS, lambda: caveats.ask(coin, asked_ms))
