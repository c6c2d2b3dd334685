"""Rules of one kind as columns, so that thousands are held against a batch of marks in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from liqscape.insight.alerts.kinds import KINDS
from liqscape.insight.alerts.records import AlertKind, Rule
from liqscape.units import SIDE_NUMBERS, Float64Array, Int64Array

EVERY = -1
"""Market of a rule about every coin."""
UNLISTED = -2
"""Market of a rule about a coin that is not listed now."""


class RuleColumns:
    """(K,) rules of one kind; NaN, 0 and EVERY where a rule does not say.

    rules   themselves. market: row of the coin, EVERY or UNLISTED. side: 1, -1 or 0.
    """

    def __init__(self, rules: Sequence[Rule], kind: AlertKind, coins: Mapping[str, int]) -> None:
        self.kind = kind
        self.rules = [rule for rule in rules if rule.kind is kind]
        self.rule_ids = [rule.rule_id for rule in self.rules]
        self.place_of_rule = {rule_id: place for place, rule_id in enumerate(self.rule_ids)}
        self.cluster_ids = [rule.cluster_id for rule in self.rules]
        self.market: Int64Array = np.array(
            [EVERY if rule.coin is None else coins.get(rule.coin, UNLISTED) for rule in self.rules], np.int64
        )
        self.side: Int64Array = np.array([SIDE_NUMBERS.get(rule.side or "", 0) for rule in self.rules], np.int64)
        self.percent = self._numbers("percent")
        self.price = self._numbers("price")
        self.minutes = self._numbers("minutes")
        self.distance = self._numbers("distance")
        self.above, self.below = self._numbers("above"), self._numbers("below")
        self.min_usd: Float64Array = np.nan_to_num(self._numbers("min_usd"))
        self.hysteresis = self._hysteresis()

    def __len__(self) -> int:
        return len(self.rules)

    def with_coins(self, count: int) -> tuple[Int64Array, Int64Array]:
        """(R,) rule and market of every rule and coin it is about, of `count` coins."""
        rule = [np.flatnonzero(self.market >= 0)]
        market = [self.market[rule[0]]]
        every = np.flatnonzero(self.market == EVERY)
        rule.append(np.repeat(every, count))
        market.append(np.tile(np.arange(count), len(every)))
        return np.concatenate(rule).astype(np.int64), np.concatenate(market).astype(np.int64)

    def _numbers(self, field: str) -> Float64Array:
        values = [getattr(rule, field) for rule in self.rules]
        return np.array([np.nan if value is None else value for value in values], np.float64)

    def _hysteresis(self) -> Float64Array:
        own = KINDS[self.kind]
        default = np.full(len(self.rules), own.hysteresis)
        if own.is_share:
            default = own.hysteresis * self.percent
        given = self._numbers("hysteresis")
        found: Float64Array = np.where(np.isnan(given), default, given)
        return found
