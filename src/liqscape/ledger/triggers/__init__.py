"""Whose trigger orders are known, and which stand: columns, moved on by events. Pure."""

from liqscape.ledger.triggers.register import TriggerRegister
from liqscape.ledger.triggers.standing import StandingTriggers, kept_triggers, rows_of_names, triggers_of, triggers_on
from liqscape.ledger.triggers.terms import TriggerFigures

__all__ = [
    "StandingTriggers",
    "TriggerFigures",
    "TriggerRegister",
    "kept_triggers",
    "rows_of_names",
    "triggers_of",
    "triggers_on",
]
