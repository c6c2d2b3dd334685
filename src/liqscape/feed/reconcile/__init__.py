"""Whom to ask about next, within the budget, and the asking (docs/coverage.md)."""

from liqscape.feed.reconcile.account_answer import StateAnswer, read_account_answer
from liqscape.feed.reconcile.planner import PlannedQuestion, Planner, PlannerFigures, StateRequest, StateSubscription
from liqscape.feed.reconcile.priority import Candidates, Chosen, choose
from liqscape.feed.reconcile.scheduler import ReadScheduler

__all__ = [
    "Candidates",
    "Chosen",
    "PlannedQuestion",
    "Planner",
    "PlannerFigures",
    "ReadScheduler",
    "StateAnswer",
    "StateRequest",
    "StateSubscription",
    "choose",
    "read_account_answer",
]
