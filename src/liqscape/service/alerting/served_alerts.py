"""Rules of a map that is served, asked over its API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from liqscape.service.answers.alerts import AlertsAnswer, FiredAnswer, RuleRow, TrialAnswer
from liqscape.service.asking import API, as_part

if TYPE_CHECKING:
    from liqscape.service.asking import MapServer

TRIAL_PATIENCE_S = 120.0
"""Of a trial: the largest that is allowed takes some ten seconds on a quiet machine."""


class ServedAlerts:
    """The questions of RuleQuestions to a server. Each raises RequestFailed."""

    def __init__(self, server: MapServer) -> None:
        self._server = server

    def list(self) -> AlertsAnswer:
        """All rules."""
        return self._server.ask(f"{API}/alerts", AlertsAnswer)

    def add(self, given: Mapping[str, Any]) -> RuleRow:
        """Add a rule, or replace the one of its id."""
        return self._server.send("POST", f"{API}/alerts", given, RuleRow)

    def remove(self, rule_id: str) -> RuleRow:
        """Take a rule away."""
        return self._server.send("DELETE", f"{API}/alerts/{as_part(rule_id)}", None, RuleRow)

    def fired(self, since_ms: int | None = None, limit: int = 100) -> FiredAnswer:
        """Alerts that fired, the newest first."""
        asked = {name: value for name, value in (("since_ms", since_ms), ("limit", limit)) if value is not None}
        return self._server.ask(_with(f"{API}/alerts/fired", asked), FiredAnswer)

    def attempt(self, given: Mapping[str, Any], start_ms: int | None, end_ms: int | None) -> TrialAnswer:
        """When a rule would have fired over stored history."""
        body = {"rule": given, "start_ms": start_ms, "end_ms": end_ms}
        patient = replace(self._server, patience_s=max(TRIAL_PATIENCE_S, self._server.patience_s))
        return patient.send("POST", f"{API}/alerts/try", body, TrialAnswer)


def _with(path: str, asked: Mapping[str, int]) -> str:
    from urllib.parse import urlencode

    return f"{path}?{urlencode(asked)}"
