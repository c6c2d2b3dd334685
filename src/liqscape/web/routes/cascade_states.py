"""GET /api/v1/coins/{coin}/cascades and /outcomes, and /outcomes: how cascades stand, what price did after them."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from liqscape.service.answers.cascade_states import CascadesAnswer, OutcomesAnswer
from liqscape.service.costly import PAST_CELLS
from liqscape.service.study_asking import DEFAULT_ROWS, AskedRows
from liqscape.service.study_questions import StudyQuestions
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedSpan, Coin, Cursor, Limit, SideChoice, side_number
from liqscape.web.problems import COSTLY_PROBLEMS


@get("/coins/{coin:str}/cascades", tags=["study"], summary="How cascades stand", responses=COSTLY_PROBLEMS)
async def get_cascades(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    questions: NamedDependency[StudyQuestions],
    coin: Coin,
    span: AskedSpan,
    side: SideChoice = None,
    limit: Limit = DEFAULT_ROWS,
    cursor: Cursor = None,
) -> Response[CascadesAnswer]:
    """Present state of each side, and changes of state, newest first, with the rule and figures that decided."""
    rows = AskedRows(span.start_ms, span.end_ms, side_number(side), limit, cursor)
    return answering.costly(request, PAST_CELLS, lambda: questions.cascades(coin, rows))


@get("/coins/{coin:str}/outcomes", tags=["study"], summary="What price did after cascades", responses=COSTLY_PROBLEMS)
async def get_outcomes(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    questions: NamedDependency[StudyQuestions],
    coin: Coin,
) -> Response[OutcomesAnswer]:
    """Shares of reversals and continuations by horizon, beside like moves without a cascade; below 20 the cases."""
    return answering.costly(request, PAST_CELLS, lambda: questions.outcomes(coin))


@get("/outcomes", tags=["study"], summary="What price did after cascades of all coins", responses=COSTLY_PROBLEMS)
async def get_all_outcomes(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    questions: NamedDependency[StudyQuestions],
) -> Response[OutcomesAnswer]:
    """The same of all coins."""
    return answering.costly(request, PAST_CELLS, lambda: questions.outcomes(None))
