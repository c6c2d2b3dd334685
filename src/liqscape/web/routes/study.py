"""GET /api/v1/coins/{coin}/changes, /sweeps, /overshoot and /clusters/{cluster_id}, and /overshoot of all coins."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from liqscape.service.answers.cluster_changes import ClusterChangesAnswer, ReasonWord
from liqscape.service.answers.sweeps import OvershootAnswer, SweepOutcomeWord, SweepsAnswer, UnitWord
from liqscape.service.answers.tracked import ClusterLifeAnswer
from liqscape.service.costly import PAST_CELLS
from liqscape.service.study_asking import DEFAULT_ROWS, AskedRows
from liqscape.service.study_questions import StudyQuestions
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedSpan, ClusterChoice, Coin, Cursor, Limit, SideChoice, side_number
from liqscape.web.problems import COSTLY_PROBLEMS

ClusterPath = Annotated[
    str, PathParameter(description="Identity of a cluster, as answers give it.", min_length=1, max_length=120)
]
ReasonChoice = Annotated[ReasonWord | None, QueryParameter(description="Only changes for this reason. Default: any.")]
OutcomeChoice = Annotated[
    SweepOutcomeWord | None,
    QueryParameter(description="Only sweeps that ended so; open: those that are not over. Default: all that are over."),
]
UnitChoice = Annotated[UnitWord, QueryParameter(description="bp: basis points. sigma: of a minute before the entry.")]


@get(
    "/coins/{coin:str}/clusters/{cluster_id:str}",
    tags=["study"],
    summary="Life of a cluster",
    responses=COSTLY_PROBLEMS,
)
async def get_cluster(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    questions: NamedDependency[StudyQuestions],
    coin: Coin,
    cluster_id: ClusterPath,
    span: AskedSpan,
) -> Response[ClusterLifeAnswer]:
    """Its size by time from its birth, why it changed, what swept it, and the clusters it split from or ended in."""
    return answering.costly(request, PAST_CELLS, lambda: questions.cluster(coin, cluster_id, *span))


@get("/coins/{coin:str}/changes", tags=["study"], summary="Why clusters changed", responses=COSTLY_PROBLEMS)
async def get_changes(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    questions: NamedDependency[StudyQuestions],
    coin: Coin,
    span: AskedSpan,
    side: SideChoice = None,
    cluster_id: ClusterChoice = None,
    reason: ReasonChoice = None,
    limit: Limit = DEFAULT_ROWS,
    cursor: Cursor = None,
) -> Response[ClusterChangesAnswer]:
    """Coins that came and went by minute, cluster and reason, newest first; a minute's reasons sum to its change."""
    rows = AskedRows(span.start_ms, span.end_ms, side_number(side), limit, cursor)
    return answering.costly(
        request, PAST_CELLS, lambda: questions.changes(coin, rows, cluster_id=cluster_id, reason=reason)
    )


@get("/coins/{coin:str}/sweeps", tags=["study"], summary="What sweeps did", responses=COSTLY_PROBLEMS)
async def get_sweeps(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    questions: NamedDependency[StudyQuestions],
    coin: Coin,
    span: AskedSpan,
    side: SideChoice = None,
    cluster_id: ClusterChoice = None,
    outcome: OutcomeChoice = None,
    limit: Limit = DEFAULT_ROWS,
    cursor: Cursor = None,
) -> Response[SweepsAnswer]:
    """The mark's ways through clusters and what became of the size it met, newest first, with those not over."""
    rows = AskedRows(span.start_ms, span.end_ms, side_number(side), limit, cursor)
    return answering.costly(
        request, PAST_CELLS, lambda: questions.sweeps(coin, rows, cluster_id=cluster_id, outcome=outcome)
    )


@get("/coins/{coin:str}/overshoot", tags=["study"], summary="How far sweeps overshoot", responses=COSTLY_PROBLEMS)
async def get_overshoot(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    questions: NamedDependency[StudyQuestions],
    coin: Coin,
    unit: UnitChoice = "bp",
) -> Response[OvershootAnswer]:
    """Quantiles of the overshoot with their intervals, beside lines without a cluster; below 20 sweeps the cases."""
    return answering.costly(request, PAST_CELLS, lambda: questions.overshoot(coin, unit))


@get("/overshoot", tags=["study"], summary="How far sweeps of all coins overshoot", responses=COSTLY_PROBLEMS)
async def get_all_overshoot(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    questions: NamedDependency[StudyQuestions],
    unit: UnitChoice = "bp",
) -> Response[OvershootAnswer]:
    """The same of all coins, by the class of the coin."""
    return answering.costly(request, PAST_CELLS, lambda: questions.overshoot(None, unit))
