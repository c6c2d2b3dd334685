"""GET /api/v1/coins/{coin}/triggers."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from liqscape.service.answers.triggers import TriggersAnswer
from liqscape.service.questions import MAX_WITHIN_PERCENT
from liqscape.service.triggers import DEFAULT_LEVEL, DEFAULT_WITHIN_PERCENT, TriggerQuestions
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedMs, Coin, Level
from liqscape.web.problems import COSTLY_PROBLEMS

WithinPercent = Annotated[
    float,
    QueryParameter(
        gt=0.0, le=MAX_WITHIN_PERCENT, description="Bands, levels and absorption reach so far from the mark, percent."
    ),
]


@get("/coins/{coin:str}/triggers", tags=["coin"], summary="Stops and take-profits", responses=COSTLY_PROBLEMS)
async def get_triggers(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    triggers: NamedDependency[TriggerQuestions],
    coin: Coin,
    asked_ms: AskedMs,
    level: Level = DEFAULT_LEVEL,
    within_percent: WithinPercent = DEFAULT_WITHIN_PERCENT,
) -> Response[TriggersAnswer]:
    """Trigger orders by band and kind with a coverage of their own, levels with a stop before them, and absorption.

    Never summed with liquidation levels or with resting orders. Where `has_triggers` is false this map reads none: what
    is null then is unknown, not zero.
    """
    return await answering.of_moment(
        request, asked_ms, "solo", lambda: triggers.ask(coin, asked_ms, level, within_percent)
    )
