"""Rules of alerts: listed, added, removed, tried on stored history; and what fired last."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import PathParameter, QueryParameter

from liqscape.errors import QuestionError, SettingsError
from liqscape.service.alerting.rule_questions import DEFAULT_FIRED, MAX_FIRED, RuleQuestions
from liqscape.service.answers.alerts import AlertsAnswer, FiredAnswer, RuleRow, TrialAnswer
from liqscape.service.executors import Executors, beside
from liqscape.web.answering import refuse_other_sites
from liqscape.web.problems import COSTLY_PROBLEMS, PROBLEMS

RuleId = Annotated[str, PathParameter(description="Name of a rule, as its table of alerts.toml has it.", max_length=64)]
SinceMs = Annotated[
    int | None, QueryParameter(ge=0, description="Alerts at or after this time, ms UTC; default: all that are kept.")
]
Limit = Annotated[int, QueryParameter(ge=1, le=MAX_FIRED, description="Most alerts, the newest first.")]


MAX_RULE_BODY = 8_000
"""Bytes: a rule with twenty destinations has some thousand."""


@get("/alerts", tags=["alerts"], summary="Rules", responses=PROBLEMS)
async def get_alerts(
    executors: NamedDependency[Executors], rule_questions: NamedDependency[RuleQuestions]
) -> AlertsAnswer:
    """All rules with how often and when each fired last, and what a new one may say."""
    return await beside(executors.questions, rule_questions.list)


@get("/alerts/fired", tags=["alerts"], summary="Alerts that fired", responses=PROBLEMS)
async def get_fired_alerts(
    executors: NamedDependency[Executors],
    rule_questions: NamedDependency[RuleQuestions],
    since_ms: SinceMs = None,
    limit: Limit = DEFAULT_FIRED,
) -> FiredAnswer:
    """The alerts that fired last, the newest first, each with its source, age and coverage."""
    return await beside(executors.questions, rule_questions.fired, since_ms, limit)


@post(
    "/alerts",
    tags=["alerts"],
    summary="Add or replace a rule",
    responses=PROBLEMS,
    request_max_body_size=MAX_RULE_BODY,
)
async def add_alert(
    request: Request[Any, Any, Any],
    executors: NamedDependency[Executors],
    rule_questions: NamedDependency[RuleQuestions],
) -> RuleRow:
    """Add the rule that the body holds as JSON, or put it in the place of the one of its rule_id.

    Without rule_id one is made of kind and coin. A rule that can never fire is refused with the nearest name.
    """
    refuse_other_sites(request)
    given = read_object(await request.body())
    try:
        return await beside(executors.storage, rule_questions.add, given)
    except SettingsError as error:
        raise HTTPException(detail=str(error), status_code=403) from None


@delete("/alerts/{rule_id:str}", tags=["alerts"], summary="Remove a rule", status_code=200, responses=PROBLEMS)
async def remove_alert(
    request: Request[Any, Any, Any],
    executors: NamedDependency[Executors],
    rule_questions: NamedDependency[RuleQuestions],
    rule_id: RuleId,
) -> RuleRow:
    """Take a rule out of the file; the answer is how it stood."""
    refuse_other_sites(request)
    try:
        return await beside(executors.storage, rule_questions.remove, rule_id)
    except SettingsError as error:
        raise HTTPException(detail=str(error), status_code=403) from None


@post(
    "/alerts/try",
    tags=["alerts"],
    summary="Try a rule on stored history",
    status_code=200,
    responses=COSTLY_PROBLEMS,
    request_max_body_size=MAX_RULE_BODY,
)
async def try_alert(
    request: Request[Any, Any, Any],
    executors: NamedDependency[Executors],
    rule_questions: NamedDependency[RuleQuestions],
) -> Response[TrialAnswer]:
    """When the rule of the body (`{"rule": {...}, "start_ms": ..., "end_ms": ...}`) would have fired, and what the mark
    did within 5 minutes, an hour and four after it, beside what it did after any minute. Nothing is written."""
    refuse_other_sites(request)
    body = read_object(await request.body())
    rule = body.get("rule")
    if not isinstance(rule, dict):
        raise QuestionError("the body holds no object `rule`")
    times = [_time(body, name) for name in ("start_ms", "end_ms")]
    unknown = sorted(set(body) - {"rule", "start_ms", "end_ms"})
    if unknown:
        raise QuestionError(f"unknown field {unknown[0]!r}; the body has rule, start_ms and end_ms")
    answer = await beside(executors.heavy, rule_questions.attempt, rule, *times)
    return Response(answer)


def read_object(body: bytes) -> dict[str, Any]:
    """A body of JSON that is an object. Raises QuestionError."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise QuestionError("the body is not JSON") from None
    if not isinstance(found, dict):
        raise QuestionError("the body is JSON, but no object")
    return found


def _time(body: dict[str, Any], name: str) -> int | None:
    value = body.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise QuestionError(f"{name} {value!r} is not milliseconds since 1970")
    return value
