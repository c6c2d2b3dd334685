"""userFills and userFillsByTime: an account's fills."""

from __future__ import annotations

from liqscape.exchange.columns import FillColumn
from liqscape.sandbox.answers.fills import join_fills, map_fills
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.outcome_fills import outcome_fills
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.state import SandboxState
from liqscape.wire.info.user_fills import MAX_FILLS, Fill, UserFillsByTimeRequest, UserFillsRequest

MAX_BY_TIME = 10_000
"""Only so many of the newest fills can be asked for by time."""


@answers(UserFillsRequest)
def answer(question: Question[UserFillsRequest]) -> list[Fill]:
    """userFills: newest first."""
    fills = recent_fills(question.sandbox, question.account())
    return join_fills(fills) if question.request.aggregateByTime else fills


def recent_fills(sandbox: SandboxState, account: int | None) -> list[Fill]:
    """The newest 2,000 of an account, newest first."""
    if account is None:
        return []
    rows = sandbox.records.newest_fills_of(account, MAX_FILLS)
    fills = map_fills(sandbox.exchange, rows, account) + outcome_fills(sandbox, account, 0)
    return sorted(fills, key=_time)[::-1][:MAX_FILLS]


@answers(UserFillsByTimeRequest)
def answer_by_time(question: Question[UserFillsByTimeRequest]) -> list[Fill]:
    """userFillsByTime: oldest first from startTime on; newest first where `reversed`."""
    account, request = question.account(), question.request
    end = request.endTime
    if account is None:
        return []
    records = question.sandbox.records
    kept = records.newest_fills_of(account, MAX_BY_TIME)
    first = max(request.startTime, int(kept[0, FillColumn.TIME_MS]) if len(kept) else 0)
    rows = records.fills_of(account, first, end)
    rows = rows[-MAX_FILLS:] if request.reversed else rows[:MAX_FILLS]
    fills = map_fills(question.sandbox.exchange, rows, account)
    fills = sorted(fills + outcome_fills(question.sandbox, account, first, end), key=_time)
    fills = fills[-MAX_FILLS:][::-1] if request.reversed else fills[:MAX_FILLS]
    return join_fills(fills) if request.aggregateByTime else fills


def _time(fill: Fill) -> int:
    return fill.time
