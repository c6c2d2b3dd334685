"""From a rule that fires to the alert that is told: cool-down, once, quiet hours, identity, and where it is from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from liqscape.insight.alerts.inputs import FrameFacts
from liqscape.insight.alerts.messages import AlertMessage
from liqscape.insight.alerts.quiet import parse_quiet_hours
from liqscape.insight.alerts.records import Alert, AlertFigure, AlertProvenance, FigureSource, Rule
from liqscape.insight.alerts.state import RuleMemory
from liqscape.insight.alerts.text import source_text
from liqscape.units import MINUTE_MS

_NOT_OF_AN_ID = re.compile(r"[^A-Za-z0-9._:-]")
MAX_ID, MAX_TITLE = 200, 120
ALL = ""
"""Under what a rule about the whole map keeps when it fired."""


class Firing(NamedTuple):
    """A rule that fires. event_id: of the event; as_of_ms: how old what it was decided on is."""

    rule: Rule
    coin: str | None
    event_id: str
    at_ms: int
    as_of_ms: int
    message: AlertMessage


def is_held_back(memory: RuleMemory, firing: Firing) -> bool:
    """Whether a rule is silent now: it fired once and was to, or its cool-down for the coin is not over.

    What is held back is counted and not told later. Else the rule has fired now.
    """
    rule, state = firing.rule, memory.rules[firing.rule.rule_id]
    coin = firing.coin or ALL
    last_ms = state.by_coin.get(coin)
    is_spent = rule.once and state.fired_count > 0
    is_cooling = last_ms is not None and abs(firing.at_ms - last_ms) < rule.cool_down_minutes * MINUTE_MS
    memory.note_change()
    if is_spent or is_cooling:
        state.held_back_count += 1
        return True
    state.fired_count += 1
    state.last_fired_ms = max(firing.at_ms, state.last_fired_ms or 0)
    state.by_coin[coin] = max(firing.at_ms, last_ms or 0)
    return False


def alert_of(firing: Firing, facts: FrameFacts, late_before_ms: int) -> Alert:
    """The alert of a firing. late_before_ms: what happened before then was not told when it did."""
    rule, message = firing.rule, firing.message
    is_quiet = rule.quiet_hours is not None and parse_quiet_hours(rule.quiet_hours).covers(firing.at_ms)
    where = provenance_of(facts, firing.coin, firing.at_ms, firing.as_of_ms)
    source: FigureSource = "simulated" if where.is_simulated else "measured"
    return Alert(
        alert_id=_NOT_OF_AN_ID.sub("_", f"{rule.rule_id}:{firing.event_id}")[:MAX_ID],
        rule_id=rule.rule_id,
        rule_name=rule.name or rule.rule_id,
        kind=rule.kind,
        coin=firing.coin,
        at_ms=firing.at_ms,
        title=message.title[:MAX_TITLE],
        text=f"{message.text} {source_text(where, firing.coin)}",
        figures=tuple(
            AlertFigure(name, value, unit, "unknown" if value is None else source)
            for name, value, unit in message.figures
        ),
        provenance=where,
        destinations=() if is_quiet else rule.destinations,
        side=message.side,
        price=message.price,
        mark=message.mark,
        cluster_id=message.cluster_id,
        address=message.address,
        is_quiet=is_quiet,
        is_late=firing.at_ms < late_before_ms,
        has_sound=rule.sound and not is_quiet,
    )


def provenance_of(facts: FrameFacts, coin: str | None, at_ms: int, as_of_ms: int) -> AlertProvenance:
    """Source, age and coverage at an event."""
    share = facts.coverage_all
    if coin is not None:
        share = float(facts.coverage[facts.coins.index(coin)]) if coin in facts.coins else float("nan")
    return AlertProvenance(
        kind=facts.provenance.kind,
        name=facts.provenance.name,
        is_simulated=facts.provenance.is_simulated,
        note=facts.provenance.note,
        as_of_ms=as_of_ms,
        age_ms=max(0, at_ms - as_of_ms),
        account_age_ms=facts.account_age_ms,
        coverage=share if share >= 0.0 else None,
    )


def tell(memory: RuleMemory, firings: Sequence[Firing], facts: FrameFacts, late_before_ms: int) -> list[Alert]:
    """Alerts of the firings that are not held back."""
    return [alert_of(each, facts, late_before_ms) for each in firings if not is_held_back(memory, each)]
