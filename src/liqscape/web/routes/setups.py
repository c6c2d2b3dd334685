"""GET /api/v1/coins/{coin}/setups."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from liqscape.service.answers.setups import SetupsAnswer
from liqscape.service.costly import PAST_CELLS
from liqscape.service.setups import SetupQuestions
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedMs, Coin
from liqscape.web.problems import COSTLY_PROBLEMS


@get("/coins/{coin:str}/setups", tags=["coin"], summary="Setups", responses=COSTLY_PROBLEMS)
async def get_setups(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    setups: NamedDependency[SetupQuestions],
    coin: Coin,
    asked_ms: AskedMs,
) -> Response[SetupsAnswer]:
    """Clusters with each piece of evidence, its value and rule, and what came of earlier ones with the same."""
    return answering.costly(request, PAST_CELLS, lambda: setups.ask(coin, asked_ms))
