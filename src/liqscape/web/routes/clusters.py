"""GET /api/v1/coins/{coin}/clusters and /asymmetry."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from liqscape.service.answers.asymmetry import AsymmetryAnswer
from liqscape.service.answers.clusters import ClustersAnswer
from liqscape.service.asked_span import asked_span_ms
from liqscape.service.paging import DEFAULT_ROWS, Page
from liqscape.service.view import MapView
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedMs, Coin, Cursor, HeldFor, Limit, MapMode
from liqscape.web.problems import COSTLY_PROBLEMS, GONE


@get("/coins/{coin:str}/clusters", tags=["coin"], summary="Clusters of levels", responses=COSTLY_PROBLEMS | GONE)
async def get_clusters(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    view: NamedDependency[MapView],
    coin: Coin,
    asked_ms: AskedMs,
    mode: MapMode = "solo",
    held_for: HeldFor = None,
    limit: Limit = DEFAULT_ROWS,
    cursor: Cursor = None,
) -> Response[ClustersAnswer]:
    """Runs of neighbouring bands of one side, largest first, with the nearest and largest of each side.

    `tracked` are those that keep their identity, as of the last studied minute, longest held first.
    """
    held_ms = None if held_for is None else asked_span_ms("held_for", held_for)
    return await answering.of_moment(
        request, asked_ms, mode, lambda: view.clusters(coin, asked_ms, mode, Page(limit, cursor), held_for_ms=held_ms)
    )


@get("/coins/{coin:str}/asymmetry", tags=["coin"], summary="Long below, short above", responses=COSTLY_PROBLEMS)
async def get_asymmetry(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    view: NamedDependency[MapView],
    coin: Coin,
    asked_ms: AskedMs,
) -> Response[AsymmetryAnswer]:
    """Long levels below the mark against short levels above it, within 1, 2, 5 and 10 %."""
    return await answering.of_moment(request, asked_ms, "solo", lambda: view.asymmetry(coin, asked_ms))
