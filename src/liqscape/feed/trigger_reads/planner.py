"""Whose trigger orders to read next: most size near the mark first, then who has probably changed them. Pure.

    score = notional * nearness * change
    nearness = FAR_SHARE + (1 - FAR_SHARE) / (1 + (distance / NEAR)^2)
    change   = 1 where never read, else 1 - exp(-age / t),   t = TRADED_MS after a trade since, else QUIET_MS

A question weighs ten times a state, so an account that is far from the mark and quiet is asked about once in many
hours. That a stop moves sooner where its owner trades, and by how much, is assumed, not measured: nothing recorded
says when anybody moved one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liqscape.ledger import WatchColumns
from liqscape.model.triggers import NEVER_READ_MS
from liqscape.units import HOUR_MS, MINUTE_MS, BoolArray, Float64Array, Int64Array

NEAR = 0.05
"""Distance of the liquidation level at which half of the nearness is gone."""
FAR_SHARE = 0.2
"""Nearness of an account far from its level: its stops are nearer than its level, wherever that is."""
TRADED_MS, QUIET_MS = 10 * MINUTE_MS, 6 * HOUR_MS
MIN_AGE_MS = MINUTE_MS
"""Nobody is read again sooner."""
RETRY_MS = 10 * MINUTE_MS
"""Nor after a question that failed."""


@dataclass(frozen=True)
class TriggerQuestion:
    """One account in one dex ("" the first); row: of the watch columns it was chosen from."""

    row: int
    address: str
    dex: str


class TriggerPlanner:
    """`plan` gives questions, `answered` and `failed` say how they ended; in between they are not planned again."""

    def __init__(self) -> None:
        self._read_ms: Int64Array = np.zeros(0, np.int64)
        self._not_before_ms: Int64Array = np.zeros(0, np.int64)
        self._pending: BoolArray = np.zeros(0, np.bool_)

    @property
    def read_count(self) -> int:
        """Accounts read so far, each once."""
        return int((self._read_ms != NEVER_READ_MS).sum())

    def plan(self, now_ms: int, watch: WatchColumns, count: int) -> list[TriggerQuestion]:
        """Questions about `count` accounts at most, most worth first: one for each dex an account is known to be in."""
        self._grow(len(watch.state_ms))
        score = self._scores(now_ms, watch)
        possible = np.flatnonzero(score > 0.0)
        best = possible[np.argsort(-score[possible], kind="stable")[:count]]
        questions = [
            TriggerQuestion(row, watch.address[row], dex)
            for row in best.tolist()
            for dex in _dexs(int(watch.dex_bits[row]), watch.dexs)
        ]
        self._pending[best] = True
        return questions

    def answered(self, question: TriggerQuestion, now_ms: int) -> None:
        """Note that the orders of an account in a dex are known as of now."""
        self._pending[question.row] = False
        self._read_ms[question.row] = now_ms

    def failed(self, question: TriggerQuestion, now_ms: int) -> None:
        """Note a question without an answer: its account is left alone for a while."""
        self._pending[question.row] = False
        self._not_before_ms[question.row] = now_ms + RETRY_MS

    def abandoned(self, questions: Sequence[TriggerQuestion]) -> None:
        """Note planned questions that were never sent."""
        for question in questions:
            self._pending[question.row] = False

    def _scores(self, now_ms: int, watch: WatchColumns) -> Float64Array:
        """(N,) 0 where nobody is to be asked."""
        age_ms = (now_ms - self._read_ms).astype(np.float64)
        is_read = self._read_ms != NEVER_READ_MS
        term_ms = np.where(watch.last_trade_ms > self._read_ms, TRADED_MS, QUIET_MS)
        change = np.where(is_read, -np.expm1(-np.maximum(age_ms, 0.0) / term_ms), 1.0)
        nearness = FAR_SHARE + (1.0 - FAR_SHARE) / (1.0 + (watch.nearest_distance / NEAR) ** 2)
        is_asked = watch.is_known & ~self._pending & (now_ms >= self._not_before_ms)
        is_asked &= ~is_read | (age_ms >= MIN_AGE_MS)
        score: Float64Array = np.where(is_asked, watch.notional * nearness * change, 0.0)
        return score

    def _grow(self, count: int) -> None:
        added = count - len(self._read_ms)
        if added > 0:
            self._read_ms = np.concatenate((self._read_ms, np.full(added, NEVER_READ_MS, np.int64)))
            self._not_before_ms = np.concatenate((self._not_before_ms, np.zeros(added, np.int64)))
            self._pending = np.concatenate((self._pending, np.zeros(added, np.bool_)))


def _dexs(bits: int, dexs: Sequence[str]) -> list[str]:
    """Dexs of an account; the first one where it is known to be in none."""
    found = [dex for place, dex in enumerate(dexs) if bits >> place & 1]
    return found or [""]
