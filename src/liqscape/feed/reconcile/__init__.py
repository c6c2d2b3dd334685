"""Whom to ask about next, within the budget, and the asking (docs/coverage.md)."""

from liqscape.feed.reconcile.planner import Planner, Question, ReconcileFigures, StateRequest, StateSubscription
from liqscape.feed.reconcile.priority import Candidates, Chosen, choose
from liqscape.feed.reconcile.scheduler import Reconciler

__all__ = [
    "Candidates",
    "Chosen",
    "Planner",
    "Question",
    "ReconcileFigures",
    "Reconciler",
    "StateRequest",
    "StateSubscription",
    "choose",
]
