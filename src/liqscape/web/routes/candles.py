"""GET /api/v1/coins/{coin}/candles."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from liqscape.service.answers.candles import CandlesAnswer
from liqscape.service.view import MapView
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedSpan, Coin
from liqscape.web.problems import PROBLEMS


@get("/coins/{coin:str}/candles", tags=["coin"], summary="Price path", responses=PROBLEMS)
async def get_candles(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    view: NamedDependency[MapView],
    coin: Coin,
    span: AskedSpan,
) -> Response[CandlesAnswer]:
    """Traded prices where they are at hand (of the venue named), else the stored marks."""
    return await answering.cheap(request, lambda: view.candles(coin, *span))
