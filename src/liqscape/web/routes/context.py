"""GET /api/v1/coins/{coin}/context."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from liqscape.service.answers.context import ContextAnswer
from liqscape.service.context import DEFAULT_COLUMNS, ContextQuestions
from liqscape.service.costly import PAST_CELLS
from liqscape.service.questions import MAX_COLUMNS
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedSpan, Coin
from liqscape.web.problems import COSTLY_PROBLEMS

Width = Annotated[int, QueryParameter(ge=1, le=MAX_COLUMNS, description="Most columns (time steps).")]


@get("/coins/{coin:str}/context", tags=["coin"], summary="What stands beside the map", responses=COSTLY_PROBLEMS)
async def get_context(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    contexts: NamedDependency[ContextQuestions],
    coin: Coin,
    span: AskedSpan,
    width: Width = DEFAULT_COLUMNS,
) -> Response[ContextAnswer]:
    """Open interest, funding, longs and shorts, asymmetry, liquidations and cascades, in the columns of the heatmap."""
    return answering.costly(request, PAST_CELLS, lambda: contexts.ask(coin, *span, width))
