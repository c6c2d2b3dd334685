"""GET /api/v1/cascade: a simulation as lines of JSON, progress first, the result last."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Request, get
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.response import Stream

from liqscape.service.answers.cascade_records import CascadePreparing, CascadeProgress
from liqscape.service.cascade import MAX_VAULTS, SHORTEST_MINUTES, CascadeQuestion, parse_dex_vault
from liqscape.service.cascade_runs import (
    MAX_MINUTES,
    MAX_PATHS_ASKED,
    MAX_RUNS,
    CascadeDone,
    CascadeFailed,
    CascadeRuns,
)
from liqscape.web.answering import refuse_other_sites
from liqscape.web.parameters import AskedMs
from liqscape.web.problems import MEDIA_TYPE, PROBLEMS, Problem

LINES = "application/x-ndjson"
RETRY_AFTER_S = 5

AskedCoin = Annotated[str, QueryParameter(description="Coin the question is about.", min_length=1, max_length=60)]
TargetPrice = Annotated[
    float | None,
    QueryParameter(gt=0, le=1e15, description="USD the coin goes to; left out with shock october-2025."),
]
RunMode = Annotated[
    Literal["given", "book", "coupled"],
    QueryParameter(description="given: prices do not answer. book: the book does. coupled: outside venues do too."),
]
ShockKind = Annotated[
    Literal["one", "betas", "october-2025"],
    QueryParameter(
        description="one: other coins stay. betas: they follow. october-2025: moves of that day that have a source."
    ),
]
Direction = Annotated[
    Literal["down", "up"] | None, QueryParameter(description="Refuses a price on the other side of the mark.")
]
Minutes = Annotated[float, QueryParameter(ge=SHORTEST_MINUTES, le=MAX_MINUTES, description="Simulated minutes.")]
ShockMinutes = Annotated[
    float | None,
    QueryParameter(ge=SHORTEST_MINUTES, le=MAX_MINUTES, description="Minutes the way takes. Default: 10 (30)."),
]
Paths = Annotated[int, QueryParameter(ge=1, le=MAX_PATHS_ASKED, description="Runs; more than 1 is an ensemble.")]
Seed = Annotated[int, QueryParameter(ge=0, le=2**53, description="What an ensemble draws from.")]
Theta = Annotated[
    float | None, QueryParameter(ge=0, le=1, description="Mode coupled: share of the outside answer that stays.")
]
VaultEquity = Annotated[
    list[float] | None,
    QueryParameter(
        max_items=MAX_VAULTS,
        description="USD of a liquidator vault; given again for each further one. "
        "Default: one of 50 million (assumed); with shock october-2025 0.6 and 7.5 million.",
    ),
]
DexVault = Annotated[
    list[str] | None,
    QueryParameter(
        max_items=MAX_VAULTS,
        description="NAME=USD of another dex's backstop vault; given again for each further one. Default: none.",
    ),
]
WithStops = Annotated[
    bool, QueryParameter(description="Take along the stops and take-profits that are known; 400 where none are read.")
]

RESPONSES = {
    **PROBLEMS,
    200: ResponseSpec(
        CascadePreparing | CascadeProgress | CascadeDone | CascadeFailed,  # type: ignore[arg-type]
        media_type=LINES,
        description="One JSON object a line; the last one is of type result or error.",
        generate_examples=False,
    ),
    403: ResponseSpec(Problem, media_type=MEDIA_TYPE, description="Asked by another site.", generate_examples=False),
    503: ResponseSpec(
        Problem, media_type=MEDIA_TYPE, description=f"{MAX_RUNS} runs are under way.", generate_examples=False
    ),
}


@get("/cascade", tags=["map"], summary="What happens if price gets there", responses=RESPONSES)
async def get_cascade(
    request: Request[Any, Any, Any],
    cascades: NamedDependency[CascadeRuns],
    asked_ms: AskedMs,
    coin: AskedCoin,
    target_price: TargetPrice = None,
    mode: RunMode = "book",
    shock: ShockKind = "one",
    direction: Direction = None,
    minutes: Minutes = 60.0,
    shock_minutes: ShockMinutes = None,
    paths: Paths = 1,
    seed: Seed = 0,
    theta: Theta = None,
    vault_equity: VaultEquity = None,
    dex_vault: DexVault = None,
    stops: WithStops = False,
) -> Stream:
    """Simulate a shock on the map's market; closing the connection ends the run."""
    refuse_other_sites(request)
    vaults = None if vault_equity is None else tuple(vault_equity)
    question = CascadeQuestion(
        coin=coin,
        price=target_price,
        mode=mode,
        shock=shock,
        moves=None,
        direction=direction,
        minutes=minutes,
        shock_minutes=shock_minutes,
        paths=paths,
        seed=seed,
        theta=theta,
        vault_equity=vaults,
        dex_vaults=tuple(parse_dex_vault(each) for each in dex_vault or ()),
        stops=stops,
    )
    if cascades.is_full:
        raise HTTPException(
            detail=f"{MAX_RUNS} simulations are under way; try again when one has ended",
            status_code=503,
            headers={"Retry-After": str(RETRY_AFTER_S)},
        )
    run = await cascades.begin(question, asked_ms)
    return Stream(
        run.lines(),
        media_type=LINES,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        background=BackgroundTask(run.leave),  # of a reader that left before the first line no line is ever asked
    )
