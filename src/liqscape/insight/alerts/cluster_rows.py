"""Rules about standing clusters: the mark near a span, and how much a cluster has grown.

Every rule is paired with every cluster it is about. Of 10,000 rules and 50 clusters a coin that would be half a million
pairs a batch of marks: those that cannot fire before a mark has moved by SLACK / 2 are left out until one has.

    growth = 100 (size / size before - 1),    before: as it stood `minutes` ago, unknown for a younger cluster
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from liqscape.insight.alerts.columns import EVERY, RuleColumns
from liqscape.insight.alerts.earlier import known_at, oldest_needed_ms
from liqscape.insight.alerts.gate import Gate, Passing, RowMemory, RowState
from liqscape.insight.alerts.mark_rows import SLACK, SpanRows, Spans, distance_percent
from liqscape.insight.study_rows import ClusterRow
from liqscape.units import MINUTE_MS, SIDE_NUMBERS, BoolArray, Float64Array, Int64Array


class StandingClusters:
    """(C,) clusters that stand, of all coins; the mark is near nothing where one was emptied, so those are left out."""

    def __init__(self, clusters: Mapping[str, Sequence[ClusterRow]], coins: Mapping[str, int]) -> None:
        self.rows = [row for coin, found in clusters.items() if coin in coins for row in found if row.size > 0.0]
        names = [row.cluster_id for row in self.rows]
        self.spans = Spans(
            names,
            np.array([coins[row.coin] for row in self.rows], np.int64),
            np.array([SIDE_NUMBERS[row.side] for row in self.rows], np.int64),
            np.array([row.price_low for row in self.rows], np.float64),
            np.array([row.price_high for row in self.rows], np.float64),
        )
        self.usd = np.array([np.nan if row.notional is None else row.notional for row in self.rows], np.float64)

    def pairs(self, columns: RuleColumns, is_kept: BoolArray | None = None) -> tuple[Int64Array, Int64Array]:
        """(R,) rule and cluster of every pair of a rule and a cluster it is about, by coin, rule and cluster; is_kept
        (C,): of these clusters."""
        spans = self.spans
        kept = np.arange(len(self.rows)) if is_kept is None else np.flatnonzero(is_kept)
        kept = kept[np.argsort(spans.market[kept], kind="stable")]
        market = spans.market[kept]
        begin = np.where(columns.market == EVERY, 0, np.searchsorted(market, columns.market))
        end = np.where(columns.market == EVERY, len(kept), np.searchsorted(market, columns.market, "right"))
        count = end - begin
        rule = np.arange(len(columns)).repeat(count)
        cluster = kept[(begin - count.cumsum() + count).repeat(count) + np.arange(len(rule))]
        side, usd = columns.side[rule], columns.min_usd[rule]
        fits = (side == 0) | (side == spans.side[cluster])
        fits &= (usd <= 0.0) | (self.usd[cluster] >= usd)
        fits &= self._is_named(columns, rule, cluster)
        rule, cluster = rule[fits], cluster[fits]
        order = np.lexsort((cluster, rule, spans.market[cluster]))
        return rule[order], cluster[order]

    def _is_named(self, columns: RuleColumns, rule: Int64Array, cluster: Int64Array) -> BoolArray:
        """(R,) whether a rule names no cluster, or this one."""
        names = {name: place for place, name in enumerate(dict.fromkeys(columns.cluster_ids)) if name is not None}
        found: BoolArray = np.ones(len(rule), np.bool_)
        if names:
            wanted = np.array([names.get(name, -1) if name is not None else -1 for name in columns.cluster_ids])
            own = np.array([names.get(subject, -2) for subject in self.spans.subjects])
            found = (wanted[rule] < 0) | (wanted[rule] == own[cluster])
        return found


class NearClusters:
    """Rules near clusters, paired anew where clusters or marks have moved."""

    def __init__(self, columns: RuleColumns, memory: RowMemory) -> None:
        self.columns = columns
        self._memory = memory
        self._standing = StandingClusters({}, {})
        self._rows: SpanRows | None = None
        self._paired_at: Float64Array = np.empty(0)

    def stand(self, standing: StandingClusters) -> None:
        """Clusters as of a newer minute."""
        self._standing, self._rows = standing, None

    def see(self, time_ms: int, mark: Float64Array) -> list[tuple[int, int, Passing]]:
        """(rule, cluster, passing) of each pair that fires at these marks."""
        if not len(self.columns) or not self._standing.rows:
            return []
        if self._rows is None or self._has_moved(mark):
            self._rows = self._pair(time_ms, mark)
        rows = self._rows
        return [
            (int(rows.gate.rule[each.row]), int(rows.gate.subject[each.row]), each) for each in rows.see(time_ms, mark)
        ]

    def cluster(self, place: int) -> ClusterRow:
        """A cluster that a pair names."""
        return self._standing.rows[place]

    def _has_moved(self, mark: Float64Array) -> bool:
        return bool((np.abs(mark / self._paired_at - 1.0) > SLACK / 200.0).any()) or bool(
            (np.isnan(self._paired_at) & ~np.isnan(mark)).any()
        )

    def _pair(self, time_ms: int, mark: Float64Array) -> SpanRows:
        spans, columns = self._standing.spans, self.columns
        self._paired_at = mark.copy()
        away = distance_percent(mark[spans.market], spans.low, spans.high)
        limit = columns.percent + columns.hysteresis
        widest = float(limit.max())
        rule, cluster = self._standing.pairs(columns, ~(away > widest + SLACK))
        is_near = ~(away[cluster] > limit[rule] + SLACK)
        rule, cluster = rule[is_near], cluster[is_near]
        self._arm_others(time_ms, rule, cluster, away)
        return SpanRows(columns, spans, rule, cluster, self._memory)

    def _arm_others(self, time_ms: int, rule: Int64Array, cluster: Int64Array, away: Float64Array) -> None:
        """What fired and is far away now is armed again; of clusters that stand no more nothing is to be kept."""
        rules = self.columns.place_of_rule
        fired = [key for key, state in self._memory.items() if not state.is_armed and key[0] in rules]
        if not fired:
            return
        places = {subject: place for place, subject in enumerate(self._standing.spans.subjects)}
        own = [key for key in fired if key[1] in places]
        of_rule = np.array([rules[key[0]] for key in own], np.int64)
        of_cluster = np.array([places[key[1]] for key in own], np.int64)
        width = len(places)
        is_paired = np.isin(of_rule * width + of_cluster, rule * width + cluster)
        for each in np.flatnonzero(~is_paired & (away[of_cluster] > 0.0)).tolist():
            self._memory[own[each]] = RowState(True, time_ms)


class GrownClusters:
    """Rules about clusters that grow, and the sizes they are held against."""

    def __init__(self, columns: RuleColumns, memory: RowMemory) -> None:
        self.columns = columns
        self._memory = memory
        self._sizes: list[tuple[int, dict[str, float]]] = []
        self._standing = StandingClusters({}, {})

    def see(self, time_ms: int, standing: StandingClusters) -> list[tuple[int, int, Passing, float]]:
        """(rule, cluster, passing, growth in percent) of each pair that fires at a minute."""
        if not len(self.columns):
            return []
        self._standing = standing
        now = {row.cluster_id: row.size for row in standing.rows if row.is_known}
        oldest_ms = oldest_needed_ms(time_ms, self.columns.minutes)
        self._sizes = [each for each in self._sizes if oldest_ms <= each[0] < time_ms]
        self._sizes.append((time_ms, now))
        growth = {minutes: self._growth(time_ms, minutes) for minutes in np.unique(self.columns.minutes).tolist()}
        rule, cluster = standing.pairs(self.columns)
        percent = np.full(len(rule), np.nan)
        for minutes, values in growth.items():
            own = np.flatnonzero(self.columns.minutes[rule] == minutes)
            percent[own] = values[cluster[own]]
        gate = Gate(
            rule,
            cluster,
            self.columns.hysteresis[rule],
            self.columns.rule_ids,
            standing.spans.subjects,
            self._memory,
        )
        fired = gate.step(time_ms, percent - self.columns.percent[rule])
        return [(int(rule[each.row]), int(cluster[each.row]), each, float(percent[each.row])) for each in fired]

    def cluster(self, place: int) -> ClusterRow:
        """A cluster that a pair names."""
        return self._standing.rows[place]

    def take_over(self, before: GrownClusters | None) -> None:
        """Go on with the sizes that another held."""
        if before is not None:
            self._sizes = list(before._sizes)

    def _growth(self, time_ms: int, minutes: float) -> Float64Array:
        """(C,) percent against so many minutes ago."""
        before = known_at(self._sizes, time_ms - int(minutes * MINUTE_MS)) or {}
        found = [
            100.0 * (row.size / before[row.cluster_id] - 1.0)
            if row.is_known and before.get(row.cluster_id, 0.0) > 0.0
            else np.nan
            for row in self._standing.rows
        ]
        return np.array(found, np.float64)
