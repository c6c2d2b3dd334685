"""GET /api/v1/joint."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from liqscape.service.answers.joint import JointAnswer
from liqscape.service.costly import JOINT_CELLS
from liqscape.service.joint import HIGHEST_PERCENT, LOWEST_PERCENT
from liqscape.service.view import MapView
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedMs
from liqscape.web.problems import COSTLY_PROBLEMS

BtcPercent = Annotated[
    float,
    QueryParameter(
        ge=LOWEST_PERCENT,
        le=HIGHEST_PERCENT,
        description="How far BTC moves, percent of its mark: -10 is a fall. Default: -10.",
    ),
]


@get("/joint", tags=["map"], summary="Liquidated if all coins move", responses=COSTLY_PROBLEMS)
async def get_joint(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    view: NamedDependency[MapView],
    asked_ms: AskedMs,
    btc_percent: BtcPercent = -10.0,
) -> Response[JointAnswer]:
    """USD liquidated if BTC moves and every coin follows by its beta, and the curves of falls and rises."""
    return answering.costly(request, JOINT_CELLS, lambda: view.joint(btc_percent, asked_ms))
