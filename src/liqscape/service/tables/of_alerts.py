"""Rules of alerts, what fired, and trials of rules as tables."""

from __future__ import annotations

from collections.abc import Sequence

import polars

from liqscape.insight.alerts import Alert, AlertProvenance
from liqscape.insight.alerts.afterwards import HORIZONS, AfterRow, BaselineRow
from liqscape.service.answers.alerts import AlertsAnswer, FiredAnswer, RuleRow, TrialAnswer, TrialSummary
from liqscape.service.tables.of_records import part_columns, record_table

OF_SOURCE = {
    "as_of_ms": "as_of",
    "age_ms": "age_ms",
    "account_age_ms": "account_age_ms",
    "coverage": "coverage",
    "kind": "provenance_kind",
    "name": "provenance_name",
    "is_simulated": "is_simulated",
}
OF_AFTER = ("change_percent", "highest_percent", "lowest_percent")


def rule_table(answer: AlertsAnswer) -> polars.DataFrame:
    """One row a rule, in the order of the file."""
    return record_table(answer.rules, RuleRow)


def fired_table(answer: FiredAnswer) -> polars.DataFrame:
    """One row an alert, the newest first, with the source, age and coverage it was told with."""
    return _alert_table(answer.alerts)


def trial_table(answer: TrialAnswer) -> polars.DataFrame:
    """One row a time that the rule would have fired, with what the mark did within 5 minutes, an hour and four."""
    table = _alert_table([row.alert for row in answer.fired])
    after = [{each.horizon: each for each in row.after} for row in answer.fired]
    return table.with_columns(
        series
        for word in HORIZONS
        for series in part_columns(
            [each.get(word) for each in after], AfterRow, {name: f"{name}_{word}" for name in OF_AFTER}
        )
    )


def summary_table(answer: TrialAnswer) -> polars.DataFrame:
    """One row a horizon: medians after the rule, and after any minute of the same time."""
    baseline = record_table([each.baseline for each in answer.summary], BaselineRow)
    renamed = baseline.rename({name: f"baseline_{name}" for name in baseline.columns})
    return record_table(answer.summary, TrialSummary).hstack(renamed.get_columns())


def _alert_table(alerts: Sequence[Alert]) -> polars.DataFrame:
    table = record_table(alerts, Alert)
    return table.with_columns(part_columns([alert.provenance for alert in alerts], AlertProvenance, OF_SOURCE))
