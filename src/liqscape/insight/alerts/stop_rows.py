"""Rules about clusters of known stops: the mark near one that holds enough.

Clusters of stops have no identity through time: orders are read anew, moved and taken back, and spans with them. So a
row is a rule, a coin and a side, and its figure the distance to the nearest cluster that fits,

    distance = min over clusters of usd >= min_usd of 100 max(low - mark, mark - high, 0) / mark            (1)

It is armed again where the mark is beyond percent + hysteresis of every cluster of usd >= min_usd / 2: one that
is read with a little less now is still the same place. Where the stops of a coin and side are unknown, nothing fires
and nothing is armed; where they are known and none fits, the mark is near none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from liqscape.insight.alerts.columns import RuleColumns
from liqscape.insight.alerts.gate import Gate, Passing, RowMemory
from liqscape.insight.alerts.inputs import KnownStopCluster, KnownStops
from liqscape.insight.alerts.mark_rows import distance_percent
from liqscape.units import Float64Array, Int64Array

SIDES = ("long", "short")
SIDE_OF_PLACE = np.array((1, -1), np.int64)
BACK_SHARE = 0.5
"""Of min_usd: a cluster of so much still keeps a rule that fired from being armed."""


class NearStopsPassing(NamedTuple):
    """A rule that fires at a cluster. subject: what the row is remembered by."""

    rule: int
    subject: str
    known: KnownStops
    cluster: KnownStopCluster
    passing: Passing


class NearStops:
    """Rules near clusters of stops. A subject is a coin and a side, S = 2 M of them."""

    def __init__(self, columns: RuleColumns, coins: tuple[str, ...], memory: RowMemory) -> None:
        self.columns = columns
        self._places = {key: place for place, key in enumerate((coin, side) for coin in coins for side in SIDES)}
        self._subjects = [f"stops:{coin}:{side}" for coin, side in self._places]
        rule, market = columns.with_coins(len(coins))
        rule, place = np.repeat(rule, 2), np.tile((0, 1), len(rule))
        kept = (columns.side[rule] == 0) | (columns.side[rule] == SIDE_OF_PLACE[place])
        self._rule: Int64Array = rule[kept]
        self._subject: Int64Array = (2 * np.repeat(market, 2) + place)[kept]
        self._hysteresis = columns.hysteresis[self._rule]
        self._gate = Gate(self._rule, self._subject, self._hysteresis, columns.rule_ids, self._subjects, memory)
        self._market: Int64Array = np.repeat(np.arange(len(coins)), 2)
        self.stand(())

    def stand(self, known: Iterable[KnownStops]) -> None:
        """What is known as of a newer frame; of other coins and sides nothing is."""
        found = {place: each for each in known if (place := self._places.get((each.coin, each.side))) is not None}
        width = max((len(each.clusters) for each in found.values()), default=0)
        shape = (len(self._subjects), width)
        self._known = found
        self._is_known = np.isin(np.arange(len(self._subjects)), list(found))
        self._low, self._high, self._usd = np.full(shape, np.inf), np.full(shape, np.inf), np.zeros(shape)
        for place, each in found.items():
            for at, cluster in enumerate(each.clusters):
                self._low[place, at], self._high[place, at] = cluster.price_low, cluster.price_high
                self._usd[place, at] = cluster.notional

    def see(self, time_ms: int, mark: Float64Array) -> list[NearStopsPassing]:
        """Rows that fire at these marks, (M,)."""
        if not len(self._gate) or not self._known:
            return []
        away = distance_percent(mark[self._market][:, None], self._low, self._high)
        nearest = away.min(axis=1, initial=np.inf)
        nearest[~self._is_known | np.isnan(mark[self._market])] = np.nan
        rule, subject = self._rule, self._subject
        percent = self.columns.percent[rule]
        excess = percent - nearest[subject]
        close = np.flatnonzero(excess >= -self._hysteresis)
        if len(close):
            excess[close] = self._excess_of(close, percent[close], away)
        return [self._passing(each, away) for each in self._gate.step(time_ms, excess)]

    def _excess_of(self, rows: Int64Array, percent: Float64Array, away: Float64Array) -> Float64Array:
        """Of rows with some cluster close by: NaN where none of enough USD is, and one of half as much keeps it."""
        own, usd = away[self._subject[rows]], self._usd[self._subject[rows]]
        least = self.columns.min_usd[self._rule[rows], None]
        full = percent - np.where(usd >= least, own, np.inf).min(axis=1, initial=np.inf)
        half = percent - np.where(usd >= BACK_SHARE * least, own, np.inf).min(axis=1, initial=np.inf)
        found: Float64Array = np.where((full < 0.0) & (half >= -self._hysteresis[rows]), np.nan, full)
        return found

    def _passing(self, passing: Passing, away: Float64Array) -> NearStopsPassing:
        rule, subject = int(self._rule[passing.row]), int(self._subject[passing.row])
        known = self._known[subject]
        fits = np.flatnonzero(self._usd[subject] >= self.columns.min_usd[rule])
        cluster = known.clusters[int(fits[np.argmin(away[subject, fits])])]
        return NearStopsPassing(rule, self._subjects[subject], known, cluster, passing)
