"""Rules as doors ask for them: listed, added, removed, tried; and what fired last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from liqscape.errors import NotFound, QuestionError
from liqscape.insight.alerts import AlertKind, Known, Rule, check_rule, parse_rule
from liqscape.insight.alerts.kinds import NEEDS_EACH_MINUTE
from liqscape.insight.alerts.state import RuleState, fingerprint
from liqscape.service.alerting.engine import AlertEngine
from liqscape.service.alerting.stored_alerts import StoredAlerts
from liqscape.service.alerting.trial import try_rule
from liqscape.service.answers.alerts import (
    AlertsAnswer,
    BrokenRule,
    FiredAnswer,
    RuleRow,
    TrialAnswer,
    kind_rows,
    rule_row,
)
from liqscape.service.answers.parts import ProvenanceAnswer

if TYPE_CHECKING:
    from pathlib import Path

    from liqscape.service.view import MapView

MAX_FIRED, DEFAULT_FIRED = 500, 100


class RuleQuestions:
    """Asks about rules; any thread may ask.

    view          the map they are about; None: only their file is known.
    engine        holds them against it, or what an engine left in a folder.
    liquidations  folder of stored ones, for trials.
    """

    def __init__(self, view: MapView | None, engine: AlertEngine | StoredAlerts, liquidations: Path | None) -> None:
        self._view = view
        self._engine = engine
        self._liquidations = liquidations

    def list(self) -> AlertsAnswer:
        """All rules, and what a new one may say."""
        engine = self._engine
        engine.rules.look()
        held, states = engine.rules.held, engine.states()
        provenance, as_of_ms = self._source()
        known = self._known()
        notes = [] if held.trouble is None else [held.trouble]
        if engine.dropped_count:
            notes.append(f"{engine.dropped_count} updates were not looked at: more came than could be")
        return AlertsAnswer(
            provenance=provenance,
            as_of_ms=as_of_ms,
            is_writable=engine.rules.is_writable and engine.rules.path is not None,
            rules=[rule_row(rule, _state_of(rule, states), self._trouble(rule, known)) for rule in held.rules],
            broken=[BrokenRule(rule_id, trouble) for rule_id, trouble in held.troubles.items()],
            destinations=list(held.destinations),
            kinds=kind_rows(),
            latency_ms=engine.latency_ms,
            notes=notes,
        )

    def add(self, given: Mapping[str, Any]) -> RuleRow:
        """Add a rule, or replace the one of its id. Raises QuestionError, SettingsError."""
        known = self._known()
        rule = self._parse(given, known)
        self._engine.rules.put(rule, known.coins)
        self._engine.rules_changed()
        return rule_row(rule, None, self._trouble(rule, known))

    def remove(self, rule_id: str) -> RuleRow:
        """Take a rule away. Raises NotFound, SettingsError."""
        states = self._engine.states()
        rule = self._engine.rules.remove(rule_id)
        self._engine.rules_changed()
        if rule is None:
            return RuleRow(rule_id=rule_id, kind=AlertKind.STALE, on=False, trouble="it could not be used")
        return rule_row(rule, _state_of(rule, states), None)

    def fired(self, since_ms: int | None = None, limit: int = DEFAULT_FIRED) -> FiredAnswer:
        """Alerts that fired, the newest first; since_ms: at that time or later."""
        if not 1 <= limit <= MAX_FIRED:
            raise QuestionError(f"limit {limit} is not 1 to {MAX_FIRED}")
        found = [alert for alert in self._engine.fired() if since_ms is None or alert.at_ms >= since_ms]
        provenance, as_of_ms = self._source()
        return FiredAnswer(provenance=provenance, as_of_ms=as_of_ms, alerts=list(reversed(found))[:limit])

    def attempt(self, given: Mapping[str, Any], start_ms: int | None, end_ms: int | None) -> TrialAnswer:
        """When a rule would have fired over stored history. Raises QuestionError, NotFound."""
        if self._view is None:
            raise NotFound("no map is stored here: there is nothing to try a rule on")
        # One about a cluster that has ended is worth a trial too.
        rule = self._parse(given, self._known()._replace(clusters=None))
        return try_rule(self._view, rule, start_ms, end_ms, self._liquidations)

    def _parse(self, given: Mapping[str, Any], known: Known) -> Rule:
        fields = dict(given)
        if fields.get("rule_id") is None:
            fields["rule_id"] = self._new_id(fields)
        return parse_rule(fields, known)

    def _new_id(self, fields: Mapping[str, Any]) -> str:
        """near_level-btc, near_level-btc-2, ..."""
        held = self._engine.rules.held
        used = {*(rule.rule_id for rule in held.rules), *held.troubles}
        said = f"{fields.get('kind', 'rule')}-{fields.get('coin') or 'all'}".lower()
        stem = "".join(letter if letter in "abcdefghijklmnopqrstuvwxyz0123456789_-" else "-" for letter in said)
        stem = stem.strip("-_")[:56] or "rule"
        number = 1
        while (name := stem if number == 1 else f"{stem}-{number}") in used:
            number += 1
        return name

    def _source(self) -> tuple[ProvenanceAnswer | None, int | None]:
        """Of the map; of a file alone, and before the first frame, neither is known."""
        try:
            status = None if self._view is None else self._view.status()
        except NotFound:
            status = None
        return (None, None) if status is None else (status.provenance, status.as_of_ms)

    def _known(self) -> Known:
        """What a rule may name now."""
        destinations = self._engine.rules.held.destinations
        if self._view is None:
            return Known(destinations=destinations)
        try:
            coins = self._view.coin_names()
        except NotFound:  # no frame yet
            coins = None
        studied = self._view.studied.state
        newest = None if studied is None else studied.newest
        clusters = (
            None
            if newest is None or not newest.coins
            else {row.cluster_id for each in newest.coins.values() for row in each.clusters}
        )
        return Known(coins, destinations, clusters)

    def _trouble(self, rule: Rule, known: Known) -> str | None:
        """Why a rule that is well formed cannot fire now."""
        try:
            check_rule(rule, known)
        except QuestionError as error:
            return str(error).removeprefix(f"rule {rule.rule_id}: ")
        if self._view is None or not isinstance(self._engine, AlertEngine):
            return None  # whether a map watches them elsewhere is not known here
        if self._view.live is None:
            return "nothing new comes to this map: it shows what is stored"
        if rule.kind in NEEDS_EACH_MINUTE and self._view.studied.state is None:
            return "no study goes on here, and it tells what stands each minute"
        now = self._view.live.now
        if rule.kind is AlertKind.NEAR_STOPS and now is not None and now.triggers is None:
            return "no trigger orders have been read for this map yet: its stops are unknown"
        return None


def _state_of(rule: Rule, states: Mapping[str, RuleState]) -> RuleState | None:
    """How a rule stands; nothing is known of one that watched something else when an engine last kept it."""
    state = states.get(rule.rule_id)
    return state if state is not None and state.watches == fingerprint(rule) else None
