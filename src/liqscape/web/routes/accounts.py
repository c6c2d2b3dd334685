"""GET /api/v1/accounts/{address}."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import PathParameter

from liqscape.service.answers.account import AccountAnswer
from liqscape.service.paging import DEFAULT_ROWS, Page
from liqscape.service.view import MapView
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedMs, Cursor, Limit
from liqscape.web.problems import COSTLY_PROBLEMS, GONE

AddressPath = Annotated[
    str, PathParameter(description="0x and 40 hex digits, either case.", min_length=1, max_length=60)
]


@get("/accounts/{address:str}", tags=["account"], summary="One account", responses=COSTLY_PROBLEMS | GONE)
async def get_account(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    view: NamedDependency[MapView],
    address: AddressPath,
    asked_ms: AskedMs,
    limit: Limit = DEFAULT_ROWS,
    cursor: Cursor = None,
) -> Response[AccountAnswer]:
    """The margin pools of an address and, for each position, its liquidation, backstop and bankruptcy price."""
    return await answering.of_moment(
        request, asked_ms, "solo", lambda: view.account(address, asked_ms, Page(limit, cursor))
    )
