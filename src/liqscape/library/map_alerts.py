"""Rules of alerts (docs/alerts.md): the part of `Map` that lists, adds, removes and tries them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from liqscape.errors import QuestionError
from liqscape.library.asked import time_ms
from liqscape.library.results import About, about
from liqscape.service.alerting.rule_text import said_of
from liqscape.service.tables import of_alerts

if TYPE_CHECKING:
    import polars

    from liqscape.library.answers import Answers
    from liqscape.library.asked import Time
    from liqscape.service.answers.alerts import RuleRow, TrialAnswer


@dataclass(frozen=True, repr=False, kw_only=True)
class RuleTrial:
    """A rule held against stored history; it describes that time and promises nothing of another.

    count    times it would have fired; held_back_count: kept silent by cool-down or `once`.
    fired    frame: the first 500 of them, with what the mark did within 5 minutes, 1 hour and 4 hours.
    summary  frame: one row a horizon, beside any minute of the same time (`baseline_...`).
    notes    what a stored minute does not hold.
    record   the answer of the API.
    """

    about: About
    count: int
    held_back_count: int
    fired: polars.DataFrame
    summary: polars.DataFrame
    notes: tuple[str, ...]
    record: TrialAnswer

    def __repr__(self) -> str:
        return f"<RuleTrial {self.record.rule.rule_id}: {self.count} times in {self.record.minutes} minutes>"


class AlertMap:
    """Questions about rules, and what changes them. Fields are those of the file: docs/alerts.md."""

    _answers: Answers

    def alerts(self) -> polars.DataFrame:
        """Every rule with its fields, how often and when it fired last, and why it cannot fire now (`trouble`)."""
        return of_alerts.rule_table(self._answers.alerts())

    def fired_alerts(self, since: Time | None = None, *, limit: int = 100) -> polars.DataFrame:
        """Alerts that fired last, newest first, each with its source, age and coverage; at most 500 are kept."""
        return of_alerts.fired_table(self._answers.fired_alerts(time_ms("since", since), limit))

    def add_alert(self, kind: str, **fields: Any) -> RuleRow:
        """Add a rule, or replace the one of its `rule_id`; the answer is how it stands.

        It is written to alerts.toml of the data folder, or by the server. Raises QuestionError, with the nearest
        name, for one that can never fire, SettingsError (RequestFailed of a server) where rules cannot be changed.
        """
        return self._answers.add_alert({"kind": kind, **fields})

    def remove_alert(self, rule_id: str) -> RuleRow:
        """Take a rule away; the answer is how it stood. Raises NotFound with the nearest name."""
        return self._answers.remove_alert(rule_id)

    def try_alert(
        self, kind: str | None = None, start: Time | None = None, end: Time | None = None, **fields: Any
    ) -> RuleTrial:
        """When a rule would have fired over stored history, and what the mark did after it; nothing is written.

        kind        with the fields of a rule, or None with `rule_id=` of one that is there.
        start, end  [start, end); the last seven days that are stored by default.
        """
        given = {"kind": kind, **fields} if kind is not None else self._rule(fields)
        answer = self._answers.try_alert(given, time_ms("start", start), time_ms("end", end))
        return RuleTrial(
            about=about(answer, coin=answer.rule.coin),
            count=answer.count,
            held_back_count=answer.held_back_count,
            fired=of_alerts.trial_table(answer),
            summary=of_alerts.summary_table(answer),
            notes=tuple(answer.notes),
            record=answer,
        )

    def _rule(self, fields: dict[str, Any]) -> dict[str, Any]:
        if fields.keys() != {"rule_id"}:
            raise QuestionError("give a kind with its fields, or rule_id= of a rule that is there and nothing else")
        return said_of(self._answers.alerts().rules, fields["rule_id"])
