"""GET /compat/coinglass/api/...: CoinGlass's paths with figures of this map (docs/compat.md).

A client of theirs changes its base address and gives the token of this server as its key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.enums import MediaType
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter, QueryParameter

from liqscape.service.answers.coinglass import (
    CoinglassAlertsAnswer,
    CoinglassMapAnswer,
    CoinglassMaxPainAnswer,
    CoinglassPageAnswer,
    CoinglassWalletAnswer,
    CoinglassWhalesAnswer,
)
from liqscape.service.compat.coinglass import CoinglassQuestions, check_exchange
from liqscape.service.compat.window import HEIGHT, RANGES, CoinglassWindowAnswer
from liqscape.service.costly import JSON_FACTOR, PAST_CELLS
from liqscape.service.view import MapView
from liqscape.web.answering import Answering
from liqscape.web.parameters import refuse_unknown_parameters
from liqscape.web.problems import COSTLY_PROBLEMS, EXCEPTION_HANDLERS, PROBLEMS

COMPAT_PREFIX = "/compat/coinglass/api"
MAX_COLUMNS = 400
"""The range with most columns has 366."""
WINDOW_CELLS = JSON_FACTOR * MAX_COLUMNS * HEIGHT
ALERT_CELLS = 4 * PAST_CELLS
"""Five frames are read."""

Model = Annotated[
    Literal["model1", "model2", "model3"], PathParameter(description="CoinGlass's models; all give the same here.")
]
Symbol = Annotated[
    str, QueryParameter(min_length=1, max_length=60, description="Coin such as BTC, or a pair such as BTCUSDT.")
]
Exchange = Annotated[str, QueryParameter(min_length=1, max_length=60, description="Hyperliquid, the one there is.")]
WindowRange = Annotated[
    Literal["12h", "24h", "3d", "7d", "30d", "90d", "180d", "1y"], QueryParameter(description="Length of the window.")
]
MapRange = Annotated[
    Literal["1d", "7d", "30d"], QueryParameter(description="Changes nothing: levels are those of all open positions.")
]
PainRange = Annotated[
    Literal["12h", "24h", "48h", "3d", "7d", "14d", "30d"], QueryParameter(description="Changes nothing.")
]
PageNumber = Annotated[int, QueryParameter(ge=1, le=100_000, description="Page, from 1.")]
UserAddress = Annotated[str, QueryParameter(min_length=42, max_length=42, description="Wallet, 0x and 40 hex digits.")]

TAGS = ["coinglass"]
HEATMAP_RESPONSES = COSTLY_PROBLEMS | {
    200: ResponseSpec(CoinglassWindowAnswer, description="Cells and candles", generate_examples=False)
}


@get(
    "/futures/liquidation/aggregated-heatmap/{model:str}",
    tags=TAGS,
    summary="Heatmap of a coin",
    responses=HEATMAP_RESPONSES,
)
async def get_coinglass_heatmap(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    coinglass: NamedDependency[CoinglassQuestions],
    model: Model,  # noqa: ARG001
    symbol: Symbol,
    range: WindowRange = "3d",  # noqa: A002
) -> Response[Any]:
    """`y_axis`, `liquidation_leverage_data` and `price_candlesticks` of the last `range`."""
    return _window(request, answering, coinglass, symbol, range)


@get(
    "/futures/liquidation/heatmap/{model:str}",
    tags=TAGS,
    summary="Heatmap of a pair",
    responses=HEATMAP_RESPONSES,
)
async def get_coinglass_pair_heatmap(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    coinglass: NamedDependency[CoinglassQuestions],
    model: Model,  # noqa: ARG001
    exchange: Exchange,
    symbol: Symbol,
    range: WindowRange = "3d",  # noqa: A002
) -> Response[Any]:
    """The same of a pair: there is one exchange."""
    check_exchange(exchange)
    return _window(request, answering, coinglass, symbol, range)


def _window(
    request: Request[Any, Any, Any], answering: Answering, coinglass: CoinglassQuestions, symbol: str, span: str
) -> Response[Any]:
    assert span in RANGES
    return answering.costly_bytes(
        request, WINDOW_CELLS, lambda: coinglass.heatmap(symbol, span).to_json(), MediaType.JSON
    )


@get("/futures/liquidation/aggregated-map", tags=TAGS, summary="Liquidation map of a coin", responses=PROBLEMS)
async def get_coinglass_map(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    coinglass: NamedDependency[CoinglassQuestions],
    symbol: Symbol,
    range: MapRange = "1d",  # noqa: A002, ARG001
) -> Response[CoinglassMapAnswer]:
    """USD at each level of the newest frame, by price."""
    return await answering.of_frame(request, lambda: coinglass.levels(symbol))


@get("/futures/liquidation/map", tags=TAGS, summary="Liquidation map of a pair", responses=PROBLEMS)
async def get_coinglass_pair_map(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    coinglass: NamedDependency[CoinglassQuestions],
    exchange: Exchange,
    symbol: Symbol,
    range: MapRange = "1d",  # noqa: A002, ARG001
) -> Response[CoinglassMapAnswer]:
    """The same of a pair."""
    check_exchange(exchange)
    return await answering.of_frame(request, lambda: coinglass.levels(symbol))


@get("/futures/liquidation/max-pain", tags=TAGS, summary="Max pain of all coins", responses=PROBLEMS)
async def get_coinglass_max_pain(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    coinglass: NamedDependency[CoinglassQuestions],
    range: PainRange = "24h",  # noqa: A002, ARG001
) -> Response[CoinglassMaxPainAnswer]:
    """The fullest cell of 0.1 % of each side within 10 % of the mark."""
    return await answering.of_frame(request, coinglass.max_pain)


@get("/hyperliquid/whale-position", tags=TAGS, summary="Large positions", responses=PROBLEMS)
async def get_coinglass_whales(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    coinglass: NamedDependency[CoinglassQuestions],
) -> Response[CoinglassWhalesAnswer]:
    """Positions of one million USD and more, largest first."""
    return await answering.of_frame(request, coinglass.whales.whales)


@get("/hyperliquid/whale-alert", tags=TAGS, summary="Large positions opened or closed", responses=COSTLY_PROBLEMS)
async def get_coinglass_alerts(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    coinglass: NamedDependency[CoinglassQuestions],
) -> Response[CoinglassAlertsAnswer]:
    """Positions of one million USD and more that were opened or closed in the last hour of stored frames."""
    return answering.costly(request, ALERT_CELLS, coinglass.whales.alerts)


@get("/hyperliquid/position", tags=TAGS, summary="Positions of a coin", responses=COSTLY_PROBLEMS)
async def get_coinglass_positions(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    coinglass: NamedDependency[CoinglassQuestions],
    symbol: Symbol,
    current_page: PageNumber = 1,
) -> Response[CoinglassPageAnswer]:
    """Positions of a coin, largest first, 200 a page."""
    return answering.costly(request, PAST_CELLS, lambda: coinglass.positions(symbol, current_page))


@get("/hyperliquid/user-position", tags=TAGS, summary="Positions of a wallet", responses=PROBLEMS)
async def get_coinglass_wallet(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    coinglass: NamedDependency[CoinglassQuestions],
    user_address: UserAddress,
) -> Response[CoinglassWalletAnswer]:
    """Margin and positions of a wallet."""
    return await answering.of_frame(request, lambda: coinglass.wallet(user_address))


COINGLASS_ROUTES = (
    get_coinglass_heatmap,
    get_coinglass_pair_heatmap,
    get_coinglass_map,
    get_coinglass_pair_map,
    get_coinglass_max_pain,
    get_coinglass_whales,
    get_coinglass_alerts,
    get_coinglass_positions,
    get_coinglass_wallet,
)


def coinglass_router(view: MapView, answering: Answering) -> Router:
    """All of them below COMPAT_PREFIX, with their own words for failures."""
    questions = CoinglassQuestions(view)
    return Router(
        path=COMPAT_PREFIX,
        guards=[refuse_unknown_parameters],
        route_handlers=COINGLASS_ROUTES,
        dependencies={
            "answering": Provide(lambda: answering, sync_to_thread=False),
            "coinglass": Provide(lambda: questions, sync_to_thread=False),
        },
        exception_handlers={kind: _as_theirs(handler) for kind, handler in EXCEPTION_HANDLERS.items()},
    )


def _as_theirs(handler: Any) -> Callable[[Any, Any], Response[dict[str, str]]]:
    """A failure as CoinGlass words one: `code` is not "0", `msg` is our sentence; the HTTP status stays ours."""

    def answer(request: Any, error: Any) -> Response[dict[str, str]]:
        problem: Response[Any] = handler(request, error)
        content = {"code": str(problem.content.status), "msg": problem.content.detail}
        headers = dict(problem.headers)
        return Response(content, status_code=problem.status_code, media_type=MediaType.JSON, headers=headers)

    return answer
