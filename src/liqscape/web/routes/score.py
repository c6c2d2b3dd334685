"""GET /api/v1/score."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from liqscape.service.answers.score import ScoreAnswer
from liqscape.service.costly import PAST_CELLS
from liqscape.service.score_questions import ScoreQuestions
from liqscape.web.answering import Answering
from liqscape.web.problems import COSTLY_PROBLEMS

OneCoin = Annotated[str | None, QueryParameter(description="Of one coin only; all by default.")]


@get("/score", tags=["study"], summary="What the map said against what happened", responses=COSTLY_PROBLEMS)
async def get_score(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    scores: NamedDependency[ScoreQuestions],
    coin: OneCoin = None,
) -> Response[ScoreAnswer]:
    """The scorecard of the days that were scored: levels reached and their fates, errors, recall, asymmetry."""
    return answering.costly(request, PAST_CELLS, lambda: scores.ask(coin))
