"""Alerts: rules on the map's own events, when they fire, and what is told then. Pure (docs/alerts.md)."""

from liqscape.insight.alerts.checks import ANYTHING, Known, check_rule, parse_rule
from liqscape.insight.alerts.kinds import KINDS, fields_of
from liqscape.insight.alerts.quiet import QuietHours, parse_quiet_hours
from liqscape.insight.alerts.records import Alert, AlertFigure, AlertKind, AlertProvenance, Rule

__all__ = [
    "ANYTHING",
    "KINDS",
    "Alert",
    "AlertFigure",
    "AlertKind",
    "AlertProvenance",
    "Known",
    "QuietHours",
    "Rule",
    "check_rule",
    "fields_of",
    "parse_quiet_hours",
    "parse_rule",
]
