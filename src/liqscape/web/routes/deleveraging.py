"""GET /api/v1/coins/{coin}/deleveraging and /api/v1/accounts/{address}/deleveraging."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from liqscape.service.answers.deleveraging import AccountDeleveragingAnswer, DeleveragingAnswer
from liqscape.service.costly import JOINT_CELLS, PAST_CELLS
from liqscape.service.deleveraging import DeleveragingQuestions
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedMs, Coin
from liqscape.web.problems import COSTLY_PROBLEMS
from liqscape.web.routes.accounts import AddressPath

VaultEquity = Annotated[
    float | None,
    QueryParameter(description="USD of the liquidator vaults of the coin's dex together. Default: as seen, else 50e6."),
]


@get(
    "/coins/{coin:str}/deleveraging",
    tags=["coin"],
    summary="Auto-deleveraging of each cluster",
    responses=COSTLY_PROBLEMS,
)
async def get_coin_deleveraging(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    deleveraging: NamedDependency[DeleveragingQuestions],
    coin: Coin,
    asked_ms: AskedMs,
    vault_equity: VaultEquity = None,
) -> Response[DeleveragingAnswer]:
    """SIMULATED: USD deleveraged if the mark reached the far edge of each cluster, and which winners pay."""
    return answering.costly(request, JOINT_CELLS, lambda: deleveraging.of_coin(coin, asked_ms, vault_equity))


@get(
    "/accounts/{address:str}/deleveraging",
    tags=["account"],
    summary="Place in the deleveraging queues",
    responses=COSTLY_PROBLEMS,
)
async def get_account_deleveraging(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    deleveraging: NamedDependency[DeleveragingQuestions],
    address: AddressPath,
    asked_ms: AskedMs,
) -> Response[AccountDeleveragingAnswer]:
    """Where each position of an address stands among the winners of its side, by every score the engine knows."""
    return answering.costly(request, PAST_CELLS, lambda: deleveraging.of_account(address, asked_ms))
