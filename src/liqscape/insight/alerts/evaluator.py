"""Rules held against what comes: one object, fed in the order of time, live and over stored minutes alike.

    evaluator = AlertEvaluator(RuleMemory(state))
    evaluator.take_rules(rules, now_ms)
    alerts = evaluator.see_frame(facts) + evaluator.see_marks(batch) + ...

Nothing here reads a clock or a file. Until the first frame is seen nothing fires: a message could not say where it is
from. What has fired is in `memory`, whose state is kept by who feeds this.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from liqscape.heatmap.asymmetry import imbalance_of
from liqscape.insight.alerts import messages
from liqscape.insight.alerts.cluster_rows import GrownClusters, NearClusters, StandingClusters
from liqscape.insight.alerts.columns import EVERY, RuleColumns
from liqscape.insight.alerts.events import (
    Happened,
    born_of,
    cascade_of,
    cash_of,
    dissolved_of,
    liquidation_of,
    swept_of,
)
from liqscape.insight.alerts.gate import Passing
from liqscape.insight.alerts.gauges import AsymmetryRows, GaugePassing, InterestRows, LimitRows, SilenceRows
from liqscape.insight.alerts.inputs import (
    AccountLevel,
    CashReceived,
    FrameFacts,
    KnownStops,
    LiquidationSeen,
    MarkBatch,
)
from liqscape.insight.alerts.kinds import DISTANCES
from liqscape.insight.alerts.mark_rows import SpanRows, Spans, TouchRows, spans_of_rules
from liqscape.insight.alerts.messages import AlertMessage
from liqscape.insight.alerts.records import Alert, AlertKind, Rule
from liqscape.insight.alerts.state import RuleMemory
from liqscape.insight.alerts.stop_rows import NearStops
from liqscape.insight.alerts.telling import Firing, tell
from liqscape.insight.study_rows import CascadeRow, ClusterRow, StudiedAsymmetry, SweepRow
from liqscape.units import SIDE_NUMBERS

NO_LEVELS: tuple[AccountLevel, ...] = ()
OF_ACCOUNTS = frozenset({AlertKind.ACCOUNT_NEAR, AlertKind.MARGIN_ADDED})


class AlertEvaluator:
    """One thread at a time feeds it.

    late_before_ms     what happened before then is told as late.
    kinds              of the rules that are held against what comes: those that are on.
    watched_addresses  accounts whose levels or cash one of them asks for.
    watched_stops      coins whose stops one of them asks for; None: those of every coin.
    """

    def __init__(self, memory: RuleMemory | None = None) -> None:
        self.memory = RuleMemory() if memory is None else memory
        self.late_before_ms = 0
        self.kinds: frozenset[AlertKind] = frozenset()
        self.watched_addresses: frozenset[str] = frozenset()
        self.watched_stops: frozenset[str] | None = frozenset()
        self._rules: list[Rule] = []
        self._facts: FrameFacts | None = None
        self._coins: dict[str, int] = {}
        self._standing = StandingClusters({}, {})
        self._clusters: Mapping[str, Sequence[ClusterRow]] = {}
        self._clusters_ms = 0
        self._levels: Sequence[AccountLevel] = NO_LEVELS
        self._stops: Sequence[KnownStops] = ()
        self._compile(())

    def take_rules(self, rules: Iterable[Rule], now_ms: int) -> None:
        """Hold these rules from now on; what an unchanged one remembers stays."""
        given = list(rules)
        self.memory.take_rules(given, now_ms)
        self._rules = [rule for rule in given if rule.on]
        self.kinds = frozenset(rule.kind for rule in self._rules)
        self.watched_addresses = frozenset(
            rule.address for rule in self._rules if rule.kind in OF_ACCOUNTS and rule.address is not None
        )
        stops = {rule.coin for rule in self._rules if rule.kind is AlertKind.NEAR_STOPS}
        self.watched_stops = None if None in stops else frozenset(coin for coin in stops if coin is not None)
        self._compile(tuple(self._coins))

    # What comes

    def see_frame(self, facts: FrameFacts) -> list[Alert]:
        """A frame: its marks, and funding, open interest and coverage at it."""
        is_first = self._facts is None
        self._facts = facts
        if tuple(self._coins) != facts.coins:
            self._compile(facts.coins)
        if is_first:
            self._touched.begin(facts.mark)
        fired = self._of_marks(facts.time_ms, facts.mark)
        whole = np.append(facts.coverage, facts.coverage_all)
        funding = np.append(facts.funding_8h, np.nan)
        for each in self._funding.see(facts.time_ms, funding):
            fired.append(self._gauge(self._funding.columns, each, facts.time_ms, messages.funding))
        for each in self._coverage.see(facts.time_ms, whole):
            rule = self._coverage.columns.rules[each.rule]
            message = messages.coverage(rule, each.coin, each.figure)
            fired.append(self._passed(rule, each.coin, each.passing, facts.time_ms, message))
        for each in self._interest.see(facts):
            assert each.coin is not None
            rule = self._interest.columns.rules[each.rule]
            held = float(facts.open_interest[self._coins[each.coin]])
            message = messages.open_interest(rule, each.coin, each.figure, held)
            fired.append(self._passed(rule, each.coin, each.passing, facts.time_ms, message))
        return self._tell(fired)

    def look_again(self) -> list[Alert]:
        """The newest frame once more: a new rule whose figure is past its limit already says so at once."""
        return [] if self._facts is None else self.see_frame(self._facts)

    def see_marks(self, batch: MarkBatch) -> list[Alert]:
        """Marks between two frames."""
        facts = self._facts
        if facts is None:
            return []
        mark = batch.mark
        if batch.coins != facts.coins:
            places = {coin: place for place, coin in enumerate(batch.coins)}
            mark = np.array([batch.mark[places[coin]] if coin in places else np.nan for coin in facts.coins])
        return self._tell(self._of_marks(batch.time_ms, mark))

    def see_clusters(self, time_ms: int, clusters: Mapping[str, Sequence[ClusterRow]]) -> list[Alert]:
        """Clusters of all coins that stand at a studied minute."""
        self._clusters, self._clusters_ms = clusters, time_ms
        self._standing = StandingClusters(clusters, self._coins)
        self._near.stand(self._standing)
        fired = []
        for place, cluster, passing, growth in self._grown.see(time_ms, self._standing):
            rule, row = self._grown.columns.rules[place], self._grown.cluster(cluster)
            assert rule.minutes is not None
            message = messages.cluster_grown(row, growth, rule.minutes)
            fired.append(self._passed(rule, row.coin, passing, time_ms, message, subject=row.cluster_id))
        return self._tell(fired)

    def see_asymmetry(self, time_ms: int, rows: Iterable[StudiedAsymmetry]) -> list[Alert]:
        """Asymmetry of coins at a studied minute."""
        if not len(self._asymmetry.columns):
            return []
        usd = np.full((2, len(self._coins), len(DISTANCES)), np.nan)
        for row in rows:
            market = self._coins.get(row.coin)
            if market is not None and row.long_usd is not None and row.short_usd is not None:
                usd[:, market, DISTANCES.index(row.percent)] = row.long_usd, row.short_usd
        found = self._asymmetry.see(time_ms, imbalance_of(usd[0], usd[1]))
        return self._tell([self._gauge(self._asymmetry.columns, each, time_ms, messages.asymmetry) for each in found])

    def see_cluster_rows(self, rows: Iterable[ClusterRow]) -> list[Alert]:
        """Births and ends of clusters."""
        fired = []
        for row in rows:
            for columns, find, say in (
                (self._born, born_of, messages.cluster_born),
                (self._dissolved, dissolved_of, messages.cluster_dissolved),
            ):
                for each in find(columns, row, self._coins):
                    fired += self._happened(columns, each, row.coin, row.known_at_ms, say(row))
        return self._tell(fired)

    def see_sweeps(self, rows: Iterable[SweepRow]) -> list[Alert]:
        """Sweeps, those that are not over too."""
        fired = []
        for row in rows:
            for each in swept_of(self._swept, row, self._coins):
                assert row.ended_ms is not None
                fired += self._happened(self._swept, each, row.coin, row.ended_ms, messages.cluster_swept(row))
        return self._tell(fired)

    def see_cascades(self, rows: Iterable[CascadeRow]) -> list[Alert]:
        """New states of cascades."""
        fired = []
        for row in rows:
            for each in cascade_of(self._cascade, row, self._coins):
                fired += self._happened(self._cascade, each, row.coin, row.time_ms, messages.cascade_state(row))
        return self._tell(fired)

    def see_liquidations(self, events: Iterable[LiquidationSeen]) -> list[Alert]:
        """Liquidations, each perhaps more than once: inferred, then confirmed."""
        fired = []
        for event in events:
            for each in liquidation_of(self._liquidation, event, self._coins):
                message = messages.liquidation(event)
                fired += self._happened(self._liquidation, each, event.coin, event.first_ms, message)
        return self._tell(fired)

    def see_levels(self, levels: Sequence[AccountLevel]) -> list[Alert]:
        """Levels of the watched accounts as of a frame; they fire with the next marks, so nothing does here."""
        if levels != self._levels:
            self._levels = levels
            self._account = self._account_rows()
        return []

    def see_stops(self, known: Sequence[KnownStops]) -> list[Alert]:
        """Known stops as of a frame, of the watched coins; those of all others are unknown. They fire with the next
        marks, as levels do."""
        self._stops = known
        self._near_stops.stand(known)
        return []

    def see_cash(self, moved: Iterable[CashReceived]) -> list[Alert]:
        """Cash that watched accounts received."""
        fired = []
        for each in moved:
            for found in cash_of(self._margin, each):
                fired += self._happened(self._margin, found, each.coin, each.time_ms, messages.margin_added(each))
        return self._tell(fired)

    def see_silence(self, now_ms: int, silent_ms: int) -> list[Alert]:
        """How long nothing new has come, from time to time."""
        fired = []
        for each in self._silence.see(now_ms, silent_ms):
            rule = self._silence.columns.rules[each.rule]
            fired.append(self._passed(rule, None, each.passing, now_ms, messages.stale(each.figure), subject="map"))
        return self._tell(fired)

    # Inside

    def _compile(self, coins: tuple[str, ...]) -> None:
        before = self._coins
        self._coins = {coin: place for place, coin in enumerate(coins)}
        rows = self.memory.rows

        def of(kind: AlertKind) -> RuleColumns:
            return RuleColumns(self._rules, kind, self._coins)

        self._born, self._dissolved = of(AlertKind.CLUSTER_BORN), of(AlertKind.CLUSTER_DISSOLVED)
        self._swept, self._cascade = of(AlertKind.CLUSTER_SWEPT), of(AlertKind.CASCADE_STATE)
        self._liquidation, self._margin = of(AlertKind.LIQUIDATION), of(AlertKind.MARGIN_ADDED)
        levels = of(AlertKind.NEAR_LEVEL)
        spans, rule = spans_of_rules(levels, len(coins))
        self._level = SpanRows(levels, spans, rule, np.arange(len(rule)), rows)
        self._touched = TouchRows(of(AlertKind.LEVEL_TOUCHED), len(coins), rows)
        if self._facts is not None and self._facts.coins == coins:
            self._touched.begin(self._facts.mark)
        self._near = NearClusters(of(AlertKind.NEAR_CLUSTER), rows)
        grown = GrownClusters(of(AlertKind.CLUSTER_GROWN), rows)
        grown.take_over(getattr(self, "_grown", None))
        self._grown = grown
        self._standing = StandingClusters(self._clusters, self._coins)
        self._near.stand(self._standing)
        self._of_accounts = of(AlertKind.ACCOUNT_NEAR)
        self._account = self._account_rows()
        self._near_stops = NearStops(of(AlertKind.NEAR_STOPS), coins, rows)
        self._near_stops.stand(self._stops)
        self._asymmetry = AsymmetryRows(of(AlertKind.ASYMMETRY), coins, rows)
        self._funding = LimitRows(of(AlertKind.FUNDING), coins, rows)
        self._coverage = LimitRows(of(AlertKind.COVERAGE), coins, rows, has_whole=True)
        interest = InterestRows(of(AlertKind.OPEN_INTEREST), coins, rows)
        interest.take_over(
            getattr(self, "_interest", None),
            {before[coin]: place for coin, place in self._coins.items() if coin in before},
        )
        self._interest = interest
        self._silence = SilenceRows(of(AlertKind.STALE), rows)

    def _account_rows(self) -> SpanRows:
        columns = self._of_accounts
        own = [each for each in self._levels if each.coin in self._coins]
        price = np.array([each.price for each in own], np.float64)
        market = np.array([self._coins[each.coin] for each in own], np.int64)
        side = np.array([SIDE_NUMBERS[each.side] for each in own], np.int64)
        subjects = [f"{each.address}:{each.coin}:{each.side}" for each in own]
        by_address: dict[str | None, list[int]] = defaultdict(list)
        for place, each in enumerate(own):
            by_address[each.address].append(place)
        pairs = [
            (row, place)
            for row, asked in enumerate(columns.rules)
            for place in by_address.get(asked.address, ())
            if columns.market[row] in (EVERY, market[place])
        ]
        rule, level = np.array(pairs, np.int64).reshape(-1, 2).T
        self._own_levels = own
        return SpanRows(columns, Spans(subjects, market, side, price, price), rule, level, self.memory.rows)

    def _of_marks(self, time_ms: int, mark: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[Firing]:
        fired = []
        for passing in self._level.see(time_ms, mark):
            place = self._level.span_of(passing.row)
            rule = self._level.columns.rules[int(self._level.gate.rule[passing.row])]
            now = float(mark[self._level.spans.market[place]])
            message, subject = messages.near_level(rule, now), self._level.spans.subjects[place]
            fired.append(self._passed(rule, rule.coin, passing, time_ms, message, subject=subject))
        for passing in self._touched.see(time_ms, mark):
            rule = self._touched.columns.rules[int(self._touched.gate.rule[passing.row])]
            assert rule.coin is not None
            message = messages.level_touched(rule, float(mark[self._coins[rule.coin]]))
            subject = self._touched.gate.key(passing.row)[1]
            fired.append(self._passed(rule, rule.coin, passing, time_ms, message, subject=subject))
        for rule_place, cluster, passing in self._near.see(time_ms, mark):
            row = self._near.cluster(cluster)
            message = messages.near_cluster(row, float(mark[self._coins[row.coin]]))
            rule = self._near.columns.rules[rule_place]
            firing = self._passed(
                rule, row.coin, passing, time_ms, message, subject=row.cluster_id, born_ms=row.born_ms
            )
            fired.append(firing._replace(as_of_ms=row.time_ms))
        for passing in self._account.see(time_ms, mark):
            place = self._account.span_of(passing.row)
            level = self._own_levels[place]
            rule = self._account.columns.rules[int(self._account.gate.rule[passing.row])]
            message = messages.account_near(level, float(mark[self._coins[level.coin]]))
            subject = self._account.spans.subjects[place]
            firing = self._passed(rule, level.coin, passing, time_ms, message, subject=subject)
            fired.append(firing._replace(as_of_ms=level.time_ms))
        for near in self._near_stops.see(time_ms, mark):
            rule, coin = self._near_stops.columns.rules[near.rule], near.known.coin
            message = messages.near_stops(near.known, near.cluster, float(mark[self._coins[coin]]))
            firing = self._passed(rule, coin, near.passing, time_ms, message, subject=near.subject)
            fired.append(firing._replace(as_of_ms=near.known.time_ms))
        return fired

    def _gauge(
        self, columns: RuleColumns, each: GaugePassing, time_ms: int, say: Callable[[Rule, str, float], AlertMessage]
    ) -> Firing:
        assert each.coin is not None
        rule = columns.rules[each.rule]
        return self._passed(rule, each.coin, each.passing, time_ms, say(rule, each.coin, each.figure))

    def _passed(
        self,
        rule: Rule,
        coin: str | None,
        passing: Passing,
        time_ms: int,
        message: AlertMessage,
        *,
        subject: str | None = None,
        born_ms: int = 0,
    ) -> Firing:
        """Of a row that passed its limit. Its event is known by since when it was armed, which a restart knows too."""
        since_ms = passing.since_ms
        if since_ms is None:
            since_ms = max(born_ms, self.memory.rules[rule.rule_id].since_ms)
        return Firing(rule, coin, f"{subject or coin or 'all'}:{since_ms}", time_ms, time_ms, message)

    def _happened(
        self, columns: RuleColumns, happened: Happened, coin: str | None, at_ms: int, message: AlertMessage
    ) -> list[Firing]:
        """Of an event; nothing where it was told before, or the rule came later."""
        rule = columns.rules[happened.rule]
        event = f"{rule.rule_id}:{happened.event_id}"
        if event in self.memory.reported or at_ms < self.memory.rules[rule.rule_id].since_ms:
            return []
        self.memory.reported[event] = at_ms
        self.memory.note_change()
        return [Firing(rule, coin, happened.event_id, at_ms, at_ms, message)]

    def _tell(self, fired: list[Firing]) -> list[Alert]:
        if not fired or self._facts is None:
            return []
        return tell(self.memory, fired, self._facts, self.late_before_ms)
