"""Rows that marks decide: near a price, a level touched, near a cluster's span, near an account's level.

    distance = 100 max(low - mark, mark - high, 0) / mark,        excess = percent - distance

of a span [low, high], which of a price is the price itself. A level is touched where it lies between the mark before
and this one, whatever the two are; where the mark before is unknown, where the mark is at it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.insight.alerts.columns import RuleColumns
from liqscape.insight.alerts.gate import Gate, Passing, RowMemory
from liqscape.units import Float64Array, Int64Array

SLACK = 2.0
"""Percent: rows further than this outside of their limit are left out until a mark has gone half of it."""


class Spans(NamedTuple):
    """(S,) spans that marks are held against, each with the name it is remembered by."""

    subjects: list[str]
    market: Int64Array
    side: Int64Array
    low: Float64Array
    high: Float64Array


class SpanRows:
    """Rules of one kind against spans, within a percentage of the mark.

    rule, span  (R,) which belongs to which.
    """

    def __init__(
        self, columns: RuleColumns, spans: Spans, rule: Int64Array, span: Int64Array, memory: RowMemory
    ) -> None:
        self.columns, self.spans = columns, spans
        self.gate = Gate(rule, span, columns.hysteresis[rule], columns.rule_ids, spans.subjects, memory)
        self._market, self._low, self._high = spans.market[span], spans.low[span], spans.high[span]
        self._percent = columns.percent[rule]

    def see(self, time_ms: int, mark: Float64Array) -> list[Passing]:
        """Rows that fire at these marks, (M,)."""
        if not len(self.gate):
            return []
        return self.gate.step(time_ms, self._percent - distance_percent(mark[self._market], self._low, self._high))

    def span_of(self, row: int) -> int:
        """Place of a row's span."""
        return int(self.gate.subject[row])


class TouchRows:
    """Rules about prices that the mark reaches or passes."""

    def __init__(self, columns: RuleColumns, count: int, memory: RowMemory) -> None:
        kept = np.flatnonzero((columns.market >= 0) & (columns.market < count))
        self.columns = columns
        subjects = [price_subject(price) for price in columns.price.tolist()]
        self.gate = Gate(kept, kept, columns.hysteresis[kept], columns.rule_ids, subjects, memory)
        self._market, self._price = columns.market[kept], columns.price[kept]
        approach = [columns.rules[row].approach for row in kept.tolist()]
        self._from_below = np.array([each != "from_above" for each in approach], np.bool_)
        self._from_above = np.array([each != "from_below" for each in approach], np.bool_)
        self._before = np.full(count, np.nan)

    def begin(self, mark: Float64Array) -> None:
        """Marks before the first batch: a level passed while nobody watched is told."""
        self._before = mark

    def see(self, time_ms: int, mark: Float64Array) -> list[Passing]:
        """Rows that fire at these marks."""
        before, self._before = self._before, np.where(np.isnan(mark), self._before, mark)
        if not len(self.gate):
            return []
        was, now, price = before[self._market], mark[self._market], self._price
        is_at = np.isnan(was) & (now == price) & self._from_below & self._from_above
        is_touched = is_at | (self._from_below & (was < price) & (now >= price))
        is_touched |= self._from_above & (was > price) & (now <= price)
        excess = np.where(is_touched, 0.0, -distance_percent(now, price, price))
        return self.gate.step(time_ms, np.where(~is_touched & (excess == 0.0), np.nan, excess))


def distance_percent(mark: Float64Array, low: Float64Array, high: Float64Array) -> Float64Array:
    """Percent of the mark between it and a span; 0 inside, NaN where the mark is unknown."""
    away: Float64Array = 100.0 * np.maximum(np.maximum(low - mark, mark - high), 0.0) / mark
    return away


def spans_of_rules(columns: RuleColumns, count: int) -> tuple[Spans, Int64Array]:
    """The prices that rules name themselves, and which rule each is of."""
    kept = np.flatnonzero((columns.market >= 0) & (columns.market < count))
    price = columns.price[kept]
    subjects = [price_subject(each) for each in price.tolist()]
    return Spans(subjects, columns.market[kept], np.zeros(len(kept), np.int64), price, price), kept


def price_subject(price: float) -> str:
    """A price as a row is remembered by it."""
    return f"{price:.15g}"
