"""GET /api/v1/board."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from liqscape.service.answers.board import BoardAnswer
from liqscape.service.paging import DEFAULT_ROWS, Page
from liqscape.service.view import MapView
from liqscape.web.answering import Answering
from liqscape.web.parameters import Cursor, Limit
from liqscape.web.problems import GONE, PROBLEMS


@get("/board", tags=["map"], summary="All coins side by side", responses=PROBLEMS | GONE)
async def get_board(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    view: NamedDependency[MapView],
    limit: Limit = DEFAULT_ROWS,
    cursor: Cursor = None,
) -> Response[BoardAnswer]:
    """Every coin with its price, open interest, funding, and what is close to being liquidated."""
    return await answering.of_moment(request, None, "solo", lambda: view.board(Page(limit, cursor)))
