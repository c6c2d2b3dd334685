"""Rules of alerts, what fired, and what a rule would have done over stored history."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from liqscape.insight.alerts import KINDS, Alert, AlertKind, Rule
from liqscape.insight.alerts.afterwards import AfterRow, BaselineRow
from liqscape.insight.alerts.kinds import Bounds, KindFields, bounds_of
from liqscape.insight.alerts.state import RuleState
from liqscape.service.answers.parts import ProvenanceAnswer, TimeMs


class RuleRow(Rule, frozen=True, kw_only=True):
    """A rule and how it stands."""

    last_fired_ms: TimeMs | None = None
    fired_count: Annotated[int, msgspec.Meta(description="Since it watches what it watches now.")] = 0
    held_back_count: Annotated[int, msgspec.Meta(description="By cool-down or `once`; not told later.")] = 0
    trouble: Annotated[str | None, msgspec.Meta(description="Why it cannot fire now; null: it can.")] = None


class BrokenRule(msgspec.Struct, frozen=True):
    """A rule of the file that cannot be used, and why."""

    rule_id: str
    trouble: str


class NumberLimits(msgspec.Struct, frozen=True):
    """A number of a rule is in [low, high], above low itself where is_above."""

    low: float
    high: float
    is_above: bool


class AlertKindRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule of a kind watches, and which fields it has beside those of every kind."""

    kind: AlertKind
    text: str
    needs: list[str]
    may: list[str]
    one_of: Annotated[list[str], msgspec.Meta(description="One of these at least.")]
    limits: dict[str, NumberLimits]


class AlertsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All rules of a map; provenance and as_of_ms are null before its first frame."""

    provenance: ProvenanceAnswer | None
    as_of_ms: TimeMs | None
    is_writable: Annotated[bool, msgspec.Meta(description="Rules can be added and removed here.")]
    rules: list[RuleRow]
    broken: Annotated[list[BrokenRule], msgspec.Meta(description="Rules of the file that cannot be used.")]
    destinations: Annotated[list[str], msgspec.Meta(description="Names that a rule may send to.")]
    kinds: list[AlertKindRow]
    latency_ms: Annotated[
        float | None, msgspec.Meta(description="From what made a rule fire last, as it came, to the outbox having it.")
    ]
    notes: Annotated[list[str], msgspec.Meta(description="What is wrong with the file as a whole, and what is missed.")]


class FiredAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts that fired last, the newest first; provenance and as_of_ms are null before the first frame."""

    provenance: ProvenanceAnswer | None
    as_of_ms: TimeMs | None
    alerts: list[Alert]


class AlertsMessage(msgspec.Struct, frozen=True, tag="alerts", tag_field="type"):
    """Push message: alerts that have just fired."""

    alerts: list[Alert]


class TrialRow(msgspec.Struct, frozen=True, kw_only=True):
    """One time that a rule would have fired, and what the mark did after it."""

    alert: Alert
    after: list[AfterRow]


class TrialSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What came after all of them, at one horizon, beside what comes after any minute of the same time."""

    horizon: Literal["5m", "1h", "4h"]
    n: Annotated[int, msgspec.Meta(description="Times with a mark at that horizon.")]
    median_change_percent: Annotated[float | None, msgspec.Meta(description="Signed: above 0 the mark was higher.")]
    median_range_percent: Annotated[
        float | None, msgspec.Meta(description="Highest less lowest mark within the horizon, of the mark at the alert.")
    ]
    baseline: BaselineRow


class TrialAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """When a rule would have fired over stored history. It describes that time; it promises nothing of another."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    rule: Rule
    start_ms: TimeMs
    end_ms: TimeMs
    minutes: Annotated[int, msgspec.Meta(description="Stored frames that were looked at.")]
    count: Annotated[int, msgspec.Meta(description="Times it would have fired.")]
    held_back_count: int
    fired: Annotated[list[TrialRow], msgspec.Meta(description="The first 500 of them.")]
    summary: list[TrialSummary]
    notes: Annotated[list[str], msgspec.Meta(description="What a stored minute does not hold, a sentence each.")]


def rule_row(rule: Rule, state: RuleState | None, trouble: str | None) -> RuleRow:
    """A rule with how it stands."""
    fields = {name: getattr(rule, name) for name in Rule.__struct_fields__}
    if state is None:
        return RuleRow(**fields, trouble=trouble)
    return RuleRow(
        **fields,
        last_fired_ms=state.last_fired_ms,
        fired_count=state.fired_count,
        held_back_count=state.held_back_count,
        trouble=trouble,
    )


def kind_rows() -> list[AlertKindRow]:
    """All kinds."""
    return [_kind_row(kind, own) for kind, own in KINDS.items()]


def _kind_row(kind: AlertKind, own: KindFields) -> AlertKindRow:
    bounds: dict[str, Bounds | None] = {name: bounds_of(kind, name) for name in (*own.needs, *own.may)}
    return AlertKindRow(
        kind=kind,
        text=own.text,
        needs=list(own.needs),
        may=list(own.may),
        one_of=list(own.one_of),
        limits={name: NumberLimits(*each) for name, each in bounds.items() if each is not None},
    )
