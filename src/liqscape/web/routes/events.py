"""GET /api/v1/events and /coins/{coin}/events: liquidations with what price did after them."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from liqscape.service.answers.events import EventsAnswer
from liqscape.service.costly import PAST_CELLS
from liqscape.service.study_asking import DEFAULT_ROWS, AskedRows
from liqscape.service.study_events import EventsChoice
from liqscape.service.study_questions import StudyQuestions
from liqscape.web.answering import Answering
from liqscape.web.parameters import (
    AddressChoice,
    AskedSpan,
    ClusterChoice,
    Coin,
    Cursor,
    Limit,
    MethodChoice,
    PriceEdge,
    SideChoice,
    side_number,
)
from liqscape.web.problems import COSTLY_PROBLEMS


@get("/events", tags=["study"], summary="Liquidations with their impact", responses=COSTLY_PROBLEMS)
async def get_events(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    questions: NamedDependency[StudyQuestions],
    span: AskedSpan,
    side: SideChoice = None,
    address: AddressChoice = None,
    method: MethodChoice = None,
    limit: Limit = DEFAULT_ROWS,
    cursor: Cursor = None,
) -> Response[EventsAnswer]:
    """Liquidations of all coins, newest first: slippage, impact after 1, 10 and 60 s, each with its baseline."""
    rows = AskedRows(span.start_ms, span.end_ms, side_number(side), limit, cursor)
    choice = EventsChoice(address=address, method=method)
    return answering.costly(request, PAST_CELLS, lambda: questions.events(rows, choice))


@get("/coins/{coin:str}/events", tags=["study"], summary="Liquidations of a coin", responses=COSTLY_PROBLEMS)
async def get_coin_events(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    questions: NamedDependency[StudyQuestions],
    coin: Coin,
    span: AskedSpan,
    side: SideChoice = None,
    address: AddressChoice = None,
    method: MethodChoice = None,
    cluster_id: ClusterChoice = None,
    price_low: PriceEdge = None,
    price_high: PriceEdge = None,
    limit: Limit = DEFAULT_ROWS,
    cursor: Cursor = None,
) -> Response[EventsAnswer]:
    """The same of one coin: of a cluster, of a wallet, or of a span of levels (a band of the map)."""
    rows = AskedRows(span.start_ms, span.end_ms, side_number(side), limit, cursor)
    choice = EventsChoice(
        coin=coin,
        cluster_id=cluster_id,
        address=address,
        method=method,
        price_low=price_low,
        price_high=price_high,
    )
    return answering.costly(request, PAST_CELLS, lambda: questions.events(rows, choice))
