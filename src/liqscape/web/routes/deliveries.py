"""GET /api/v1/alerts/deliveries and POST /api/v1/alerts/test."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from liqscape.service.alerting.questions import DEFAULT_DELIVERIES, MAX_DELIVERIES, DeliveryQuestions
from liqscape.service.answers.deliveries import DeliveriesAnswer, DeliveryStatus, DeliveryTestAnswer
from liqscape.web.answering import Answering, refuse_other_sites
from liqscape.web.problems import COSTLY_PROBLEMS, PROBLEMS

MAX_NAME = 40
DestinationChoice = Annotated[
    str | None,
    QueryParameter(min_length=1, max_length=MAX_NAME, description="Only to this destination. Default: all."),
]
DestinationAsked = Annotated[
    str, QueryParameter(min_length=1, max_length=MAX_NAME, description="Its name in alerts.toml.")
]
StatusChoice = Annotated[DeliveryStatus | None, QueryParameter(description="Only those that stand so. Default: all.")]
DeliveryLimit = Annotated[int, QueryParameter(ge=1, le=MAX_DELIVERIES, description="Rows at most, newest first.")]


@get("/alerts/deliveries", tags=["alerts"], summary="Where alerts were sent, and how", responses=PROBLEMS)
async def get_deliveries(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    deliveries: NamedDependency[DeliveryQuestions],
    destination: DestinationChoice = None,
    status: StatusChoice = None,
    limit: DeliveryLimit = DEFAULT_DELIVERIES,
) -> Response[DeliveriesAnswer]:
    """The queue of every destination, and the newest deliveries: waiting, delivered, given up, with why.

    No address is told.
    """
    return await answering.cheap(request, lambda: deliveries.ask(destination=destination, status=status, limit=limit))


@post(
    "/alerts/test",
    tags=["alerts"],
    summary="Send a test message",
    responses=COSTLY_PROBLEMS,
    status_code=200,
)
async def test_destination(
    request: Request[Any, Any, Any],
    deliveries: NamedDependency[DeliveryQuestions],
    destination: DestinationAsked,
) -> DeliveryTestAnswer:
    """Send one message to a destination at once, past its queue, and say how that ended.

    One at a time a destination; a page of another origin may not ask. It takes 45 seconds at most.
    """
    refuse_other_sites(request)
    return await deliveries.test(destination)
