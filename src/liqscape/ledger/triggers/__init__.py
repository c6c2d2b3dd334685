"""Whose trigger orders are known, and which stand: columns, moved on by events. Pure."""

from liqscape.ledger.triggers.register import TriggerRegister
from liqscape.ledger.triggers.standing import StandingTriggers, triggers_of
from liqscape.ledger.triggers.terms import TriggerFigures

__all__ = ["StandingTriggers", "TriggerFigures", "TriggerRegister", "triggers_of"]
