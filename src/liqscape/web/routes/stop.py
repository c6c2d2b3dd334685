"""GET /api/v1/coins/{coin}/stop."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from liqscape.service.answers.stop import StopAnswer
from liqscape.service.costly import JOINT_CELLS
from liqscape.service.stop import StopAsked, StopQuestions
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedMs, Coin
from liqscape.web.problems import COSTLY_PROBLEMS

TradeSide = Annotated[Literal["long", "short"], QueryParameter(description="Side of the position.")]
Entry = Annotated[float, QueryParameter(description="Price of the entry, USD.")]
StopPrice = Annotated[
    float, QueryParameter(description="Price of the stop, USD: below a long's entry, above a short's.")
]
Risk = Annotated[float | None, QueryParameter(description="USD that may be lost at the stop; or give size.")]
TradeSize = Annotated[float | None, QueryParameter(description="Coins; or give risk.")]
Margin = Annotated[float | None, QueryParameter(description="USD of a pool of its own; or give leverage, or account.")]
TradeLeverage = Annotated[float | None, QueryParameter(description="Notional over the margin of a pool of its own.")]
Isolated = Annotated[bool, QueryParameter(description="Isolated margin. Default: cross.")]
TradeAccount = Annotated[
    str | None,
    QueryParameter(min_length=1, max_length=60, description="Wallet whose pool backs it, 0x and 40 hex digits."),
]
FeeBp = Annotated[
    float | None,
    QueryParameter(description="Taker fee, basis points. Default: that of the lowest tier of the exchange."),
]

Simulate = Annotated[
    bool,
    QueryParameter(
        description="Let the cascade engine say overshoots that were not measured: seconds, then kept for an hour."
    ),
]


@get("/coins/{coin:str}/stop", tags=["coin"], summary="A stop among clusters, and its size", responses=COSTLY_PROBLEMS)
async def get_stop(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    stop_questions: NamedDependency[StopQuestions],
    coin: Coin,
    asked_ms: AskedMs,
    side: TradeSide,
    entry: Entry,
    stop: StopPrice,
    risk: Risk = None,
    size: TradeSize = None,
    margin: Margin = None,
    leverage: TradeLeverage = None,
    isolated: Isolated = False,
    account: TradeAccount = None,
    fee: FeeBp = None,
    simulate: Simulate = False,
) -> Response[StopAnswer]:
    """Clusters between entry and stop and close beyond it, verdict by rule, size at equal dollar risk net of fees and
    slippage, own liquidation price at that size, and stops past each cluster at its 50 and 90 % overshoot."""
    asked = StopAsked(
        coin=coin,
        side=side,
        entry=entry,
        stop=stop,
        risk=risk,
        size=size,
        margin=margin,
        leverage=leverage,
        isolated=isolated,
        account=account,
        fee=fee,
        simulate=simulate,
    )
    if simulate:
        return answering.costly(request, JOINT_CELLS, lambda: stop_questions.ask(asked, asked_ms))
    return await answering.of_moment(request, asked_ms, "solo", lambda: stop_questions.ask(asked, asked_ms))
