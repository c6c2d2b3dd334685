"""Rules of a file, and what an engine left of them in a folder: what is known of alerts where none runs."""

from __future__ import annotations

from pathlib import Path

from liqscape.insight.alerts import Alert
from liqscape.insight.alerts.state import RuleState
from liqscape.service.alerting.kept import KeptAlerts
from liqscape.service.alerting.rule_store import RuleStore


class StoredAlerts:
    """Read anew with every question: a map that runs on the same file takes what is changed within two seconds.

    rules  of the file. data: folder of the map, where an engine keeps what fired; None: nothing of that is known.
    """

    dropped_count = 0
    latency_ms: float | None = None

    def __init__(self, rules: RuleStore, data: Path | None) -> None:
        self.rules = rules
        self._data = data

    def states(self) -> dict[str, RuleState]:
        """How each rule stood when an engine last kept it."""
        return KeptAlerts(self._data).memory().rules

    def fired(self) -> list[Alert]:
        """Alerts that fired last, the newest last."""
        return KeptAlerts(self._data).fired()

    def rules_changed(self) -> None:
        """Nobody here holds them."""
