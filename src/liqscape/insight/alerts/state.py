"""What rules remember, to be kept over a restart: since when each stands as it does, when it fired, what was told.

The identity of an alert is made of it, so it is written after an alert has been handed on: who is killed in between
hands the same alert on again, under the same id.
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec
from msgspec import Struct

from liqscape.insight.alerts.gate import RowMemory, RowState
from liqscape.insight.alerts.records import Rule
from liqscape.units import DAY_MS

REPORTED_MS = 2 * DAY_MS
"""A sweep that is over is shown for two hours yet, and what was missed while down is looked up for one."""
MAX_ROWS = 200_000
OF_MESSAGES = frozenset({"name", "destinations", "sound", "quiet_hours", "cool_down_minutes"})
"""Fields of a rule that change what is told, not what it watches."""


class RuleState(Struct, kw_only=True):
    """One rule. since_ms: since when it watches what it watches now. by_coin: when it fired last, by coin."""

    watches: str
    since_ms: int
    fired_count: int = 0
    held_back_count: int = 0
    last_fired_ms: int | None = None
    by_coin: dict[str, int] = {}


class AlertState(Struct, kw_only=True):
    """All of it. rows: (rule_id, subject, is_armed, since_ms). reported: ids of events, with their times."""

    rules: dict[str, RuleState] = {}
    rows: list[tuple[str, str, bool, int]] = []
    reported: dict[str, int] = {}
    studied_ms: int | None = None
    liquidated_ms: int | None = None


class RuleMemory:
    """The same while rules are held against what comes."""

    def __init__(self, state: AlertState | None = None) -> None:
        state = AlertState() if state is None else state
        self.rules = state.rules
        self.rows = RowMemory(
            ((rule_id, subject), RowState(is_armed, since)) for rule_id, subject, is_armed, since in state.rows
        )
        self.reported = state.reported
        self.studied_ms, self.liquidated_ms = state.studied_ms, state.liquidated_ms
        self._is_changed = False

    @property
    def is_changed(self) -> bool:
        """Something has to be kept since the last `state`."""
        return self._is_changed or self.rows.is_changed

    def note_change(self) -> None:
        """Something else than a row has to be kept."""
        self._is_changed = True

    def take_rules(self, rules: list[Rule], now_ms: int) -> None:
        """Remember since when each rule watches what it does; what is known of others is forgotten."""
        for rule in rules:
            watches = fingerprint(rule)
            held = self.rules.get(rule.rule_id)
            if held is None or held.watches != watches:
                self._forget(rule.rule_id)
                self.rules[rule.rule_id] = RuleState(watches=watches, since_ms=now_ms)
                self.note_change()
        for rule_id in self.rules.keys() - {rule.rule_id for rule in rules}:
            self._forget(rule_id)
            del self.rules[rule_id]
            self.note_change()

    def state(self) -> AlertState:
        """What is to be kept."""
        self._is_changed = self.rows.is_changed = False
        return AlertState(
            rules=self.rules,
            rows=[(*key, row.is_armed, row.since_ms) for key, row in self.rows.items()],
            reported=self.reported,
            studied_ms=self.studied_ms,
            liquidated_ms=self.liquidated_ms,
        )

    def forget_old(self, now_ms: int) -> None:
        """Let go of events that nobody tells again, and of rows nobody needs to know of."""
        old = [event for event, at_ms in self.reported.items() if at_ms < now_ms - REPORTED_MS]
        for event in old:
            del self.reported[event]
        if len(self.rows) > MAX_ROWS:
            oldest = sorted(self.rows, key=lambda key: self.rows[key].since_ms)
            for key in oldest[: len(self.rows) - MAX_ROWS]:
                del self.rows[key]

    def _forget(self, rule_id: str) -> None:
        for key in [key for key in self.rows if key[0] == rule_id]:
            del self.rows[key]


def fingerprint(rule: Rule) -> str:
    """Of what a rule watches: another one is another rule, though it has the same id."""
    fields = {
        field: getattr(rule, field)
        for field in Rule.__struct_fields__
        if field not in OF_MESSAGES and getattr(rule, field) is not None
    }
    return blake2b(msgspec.json.encode(fields), digest_size=8).hexdigest()
