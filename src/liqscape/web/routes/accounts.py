"""GET /api/v1/accounts/{address}, its history and its state as received."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from liqscape.service.answers.account import AccountAnswer
from liqscape.service.answers.account_history import AccountHistoryAnswer
from liqscape.service.answers.account_state import AccountStateAnswer
from liqscape.service.costly import PAST_CELLS
from liqscape.service.paging import DEFAULT_ROWS, Page
from liqscape.service.questions import MAX_HISTORY_COLUMNS
from liqscape.service.view import MapView
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedMs, AskedSpan, Cursor, Limit
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


CoinAsked = Annotated[
    str, QueryParameter(description="Coin as the exchange spells it, such as BTC.", min_length=1, max_length=60)
]
Width = Annotated[int, QueryParameter(ge=1, le=MAX_HISTORY_COLUMNS, description="Most columns (time steps).")]


@get("/accounts/{address:str}/history", tags=["account"], summary="One account through time", responses=COSTLY_PROBLEMS)
async def get_account_history(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    view: NamedDependency[MapView],
    address: AddressPath,
    coin: CoinAsked,
    span: AskedSpan,
    width: Width = 400,
) -> Response[AccountHistoryAnswer]:
    """What an address held of a coin through stored time, and where it would have been liquidated."""
    return answering.costly(
        request, PAST_CELLS, lambda: view.account_history(address, coin, span.start_ms, span.end_ms, width)
    )


@get("/accounts/{address:str}/state", tags=["account"], summary="State as received", responses=COSTLY_PROBLEMS)
async def get_account_state(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    view: NamedDependency[MapView],
    address: AddressPath,
    asked_ms: AskedMs,
) -> Response[AccountStateAnswer]:
    """The newest state of an address as it was received, where its bytes are kept, and what the map stores of it."""
    return answering.costly(request, PAST_CELLS, lambda: view.account_state(address, asked_ms))
