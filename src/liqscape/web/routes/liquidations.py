"""GET /api/v1/liquidations."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from liqscape.service.answers.liquidations import EvidenceName, LiquidationsAnswer
from liqscape.service.costly import PAST_CELLS
from liqscape.service.liquidation_questions import DEFAULT_ROWS, LiquidationQuestions
from liqscape.web.answering import Answering
from liqscape.web.parameters import AddressChoice, AskedSpan, Cursor, Limit, MethodChoice, SideChoice, side_number
from liqscape.web.problems import COSTLY_PROBLEMS

CoinChoice = Annotated[
    str | None, QueryParameter(min_length=1, max_length=60, description="Only this coin. Default: all.")
]
EvidenceChoice = Annotated[EvidenceName | None, QueryParameter(description="How it became known. Default: any.")]
MinNotional = Annotated[float, QueryParameter(ge=0.0, le=1e15, description="Only events of so many USD and more.")]


@get("/liquidations", tags=["map"], summary="Liquidations that were seen", responses=COSTLY_PROBLEMS)
async def get_liquidations(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    liquidations: NamedDependency[LiquidationQuestions],
    span: AskedSpan,
    coin: CoinChoice = None,
    address: AddressChoice = None,
    side: SideChoice = None,
    method: MethodChoice = None,
    evidence: EvidenceChoice = None,
    min_notional: MinNotional = 0.0,
    limit: Limit = DEFAULT_ROWS,
    cursor: Cursor = None,
) -> Response[LiquidationsAnswer]:
    """Events of a live map, newest first, each with the level the map showed before it.

    A map that follows nothing has none.
    """

    def ask() -> LiquidationsAnswer:
        return liquidations.ask(
            coin=coin,
            address=address,
            side=side_number(side),
            method=method,
            evidence=evidence,
            start_ms=span.start_ms,
            end_ms=span.end_ms,
            min_notional=min_notional,
            limit=limit,
            cursor=cursor,
        )

    return answering.costly(request, PAST_CELLS, ask)
