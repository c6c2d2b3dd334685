"""GET /api/v1/agreement."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from liqscape.service.answers.agreement import AgreementAnswer
from liqscape.service.costly import PAST_CELLS
from liqscape.service.view import MapView
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedMs
from liqscape.web.problems import COSTLY_PROBLEMS

CoinChoice = Annotated[
    str | None, QueryParameter(min_length=1, max_length=60, description="Only positions of this coin. Default: all.")
]


@get("/agreement", tags=["map"], summary="Own prices against the exchange's", responses=COSTLY_PROBLEMS)
async def get_agreement(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    view: NamedDependency[MapView],
    asked_ms: AskedMs,
    coin: CoinChoice = None,
) -> Response[AgreementAnswer]:
    """How far our liquidation prices are from those the exchange published, and which cannot be compared."""
    return answering.costly(request, PAST_CELLS, lambda: view.agreement(coin, asked_ms))
