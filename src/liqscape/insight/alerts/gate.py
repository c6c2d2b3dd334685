"""Rows that fire once each time a figure passes its limit: armed, fired, armed again when it has gone back far enough.

A row is a rule and what it watches (its subject: a cluster, a price, an account's position, a coin). With
    excess = figure - limit,
a row fires where it is armed and excess >= 0, and is armed again where excess < -hysteresis. An unknown figure (NaN)
does neither. Rows are rebuilt whenever clusters or levels change; what fired is remembered by rule and subject.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from liqscape.units import BoolArray, Float64Array, Int64Array

RowKey = tuple[str, str]
"""(rule_id, subject)"""


class RowState(Struct, frozen=True, array_like=True):
    """A row that has fired before. since_ms: when it came to be as it is."""

    is_armed: bool
    since_ms: int


class RowMemory(dict[RowKey, RowState]):
    """Rows that ever fired, and how each stands. is_changed: one has come to stand otherwise since this was kept."""

    is_changed = False

    def __setitem__(self, key: RowKey, state: RowState) -> None:
        """An armed row is news too: who forgot it over a restart would not tell the next passing."""
        super().__setitem__(key, state)
        self.is_changed = True


class Passing(NamedTuple):
    """A row that fires. since_ms: since when it was armed; None: it never fired before."""

    row: int
    since_ms: int | None


class Gate:
    """Some rows and whether each is armed.

    rule, subject  (R,) places in rule_ids and subjects.
    hysteresis     (R,) in the unit of the excess.
    memory         of all rows that ever fired, shared by the gates of an evaluator.
    """

    def __init__(
        self,
        rule: Int64Array,
        subject: Int64Array,
        hysteresis: Float64Array,
        rule_ids: Sequence[str],
        subjects: Sequence[str],
        memory: RowMemory,
    ) -> None:
        self.rule, self.subject = rule, subject
        self._hysteresis, self._rule_ids, self._subjects = hysteresis, rule_ids, subjects
        self._memory = memory
        self._is_armed: BoolArray = np.ones(len(rule), np.bool_)
        self._is_armed[self._rows_fired()] = False
        self._has_fired = not self._is_armed.all()

    def __len__(self) -> int:
        return len(self.rule)

    def key(self, row: int) -> RowKey:
        """What a row is remembered by."""
        return self._rule_ids[self.rule[row]], self._subjects[self.subject[row]]

    def step(self, time_ms: int, excess: Float64Array) -> list[Passing]:
        """Rows that fire at these excesses."""
        is_over = excess >= 0.0
        if self._has_fired:
            back = np.flatnonzero(~self._is_armed & (excess < -self._hysteresis))
            for row in back.tolist():
                self._memory[self.key(row)] = RowState(True, time_ms)
            self._is_armed[back] = True
        fired = np.flatnonzero(self._is_armed & is_over)
        if not len(fired):
            return []
        found = []
        for row in fired.tolist():
            key = self.key(row)
            before = self._memory.get(key)
            found.append(Passing(row, None if before is None else before.since_ms))
            self._memory[key] = RowState(False, time_ms)
        self._is_armed[fired] = False
        self._has_fired = True
        return found

    def _rows_fired(self) -> Int64Array:
        """Rows that have fired and are not armed again."""
        fired = [key for key, state in self._memory.items() if not state.is_armed]
        if not fired or not len(self.rule):
            return np.empty(0, np.int64)
        rules = {rule_id: place for place, rule_id in enumerate(self._rule_ids)}
        subjects = {subject: place for place, subject in enumerate(self._subjects)}
        wanted = [
            rules[rule_id] * len(subjects) + subjects[subject]
            for rule_id, subject in fired
            if rule_id in rules and subject in subjects
        ]
        code = self.rule * len(subjects) + self.subject
        found: Int64Array = np.flatnonzero(np.isin(code, np.array(wanted, np.int64)))
        return found
