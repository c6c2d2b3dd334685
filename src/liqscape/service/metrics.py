"""Figures for Prometheus: what is counted as it happens, and the gauges of a SourcesAnswer when asked.

One registry an instance, nothing global. Times are told in seconds there, as that system's convention wants.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from liqscape import __version__
from liqscape.service.answers.disk import HistoryRoom
from liqscape.service.answers.replica import ReplicaAnswer
from liqscape.service.answers.sources import LatencyAnswer, NearCoverage, SourceRow, SourcesAnswer
from liqscape.service.door_metrics import DoorMetrics
from liqscape.service.loop_lag import LoopLag

LATENCY_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)
RECENT_LATENCIES = 1_000
"""Quantiles are of so many newest frames: some 50 minutes."""
MAX_COINS = 20
"""Series by coin, largest first: a series a coin for several hundred would drown the rest."""
REPLICA_STATES = ("following", "catching_up", "silent", "unconnected")
STATES = ("connected", "reconnecting", "stale", "off")
_IS_PLACE = re.compile(r"[a-z]+://|/|\.")
"""An address of the network, or a folder."""
_NUMBERED = re.compile(r"(.+) \((\d+)\)")


class LiveMetrics:
    """Counters of one live map. `render` may be called from another thread."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._latency = Histogram(
            "liqscape_latency_seconds",
            "From the last byte of a message to the frame made of it being handed to every reader.",
            buckets=LATENCY_BUCKETS_S,
            registry=self._registry,
        )
        self._records = Counter(
            "liqscape_records", "Records received, by kind.", labelnames=("kind",), registry=self._registry
        )
        self._costly = Gauge("liqscape_costly_questions", "Costly questions under way.", registry=self._registry)
        self._refused = Counter(
            "liqscape_costly_refused", "Costly questions that were answered 503.", registry=self._registry
        )
        self.loop = LoopLag(self._registry)
        self.doors = DoorMetrics(self._registry)
        self._recent: deque[float] = deque(maxlen=RECENT_LATENCIES)
        self._count = 0

    def follow(self, collector: Collector) -> None:
        """Figures that another part reads when asked."""
        self._registry.register(collector)

    def observe_latency(self, ms: float) -> None:
        """One frame handed out, so many milliseconds after its last bytes came in."""
        self._latency.observe(ms / 1_000.0)
        self._recent.append(ms)
        self._count += 1

    def count_record(self, kind: str) -> None:
        """One record of a kind."""
        self._records.labels(kind).inc()

    def follow_costly(self, count: Callable[[], int]) -> None:
        """Where the number of costly questions under way is asked."""
        self._costly.set_function(count)

    def count_refused(self) -> None:
        """One costly question for which there was no room."""
        self._refused.inc()

    def latency(self) -> LatencyAnswer:
        """Median and 99th percentile (nearest rank) of the newest frames."""
        recent = sorted(self._recent.copy())
        if not recent:
            return LatencyAnswer()
        last = len(recent) - 1
        return LatencyAnswer(self._count, recent[round(0.5 * last)], recent[round(0.99 * last)])

    def render(self, answer: SourcesAnswer | None) -> bytes:
        """The text of /metrics; without an answer, only what was counted here."""
        registry = CollectorRegistry()
        registry.register(_AnswerCollector(answer))
        return generate_latest(self._registry) + generate_latest(registry)


class _AnswerCollector(Collector):
    """One answer as metric families."""

    def __init__(self, answer: SourcesAnswer | None) -> None:
        self._answer = answer

    def collect(self) -> Iterator[Metric]:
        yield _labelled("liqscape_info", "Version of liqscape.", "version", [(__version__, 1.0)])
        if self._answer is None:
            return
        yield from _feed(self._answer)
        yield from _requests(self._answer)
        yield from _sources(self._answer)
        yield from _map(self._answer)
        yield from _coverage(self._answer)
        yield from _reconcile(self._answer)
        if self._answer.replica is not None:
            yield from _replica(self._answer.replica)


def _feed(answer: SourcesAnswer) -> Iterator[Metric]:
    yield _gauge("liqscape_up", "1 while the feed is live.", float(answer.state == "live"))
    yield _gauge("liqscape_data_age_seconds", "Since the newest data came in.", _seconds(answer.age_ms))
    yield _gauge("liqscape_time_held", "1 while the exchange tells no time.", float(answer.is_time_held))
    yield _counter("liqscape_frames", "Frames cut.", answer.frames)
    yield _counter("liqscape_liquidations", "Liquidations seen.", answer.liquidations)
    yield _counter("liqscape_records_unusable", "Records that could not be read.", answer.unusable_records)
    yield _gauge("liqscape_coins_in_doubt", "Coins whose figures are in doubt.", float(answer.doubt_count))
    doubts = [(row.coin, 1.0) for row in answer.doubts]
    yield _labelled("liqscape_coin_in_doubt", "1 while figures of the coin are in doubt.", "coin", doubts)
    yield _counter("liqscape_readings_flagged", "Readings of a market that were not taken.", answer.flagged_readings)
    yield _counter(
        "liqscape_states_partial", "Account states with a row that could not be read.", answer.partial_states
    )


def _requests(answer: SourcesAnswer) -> Iterator[Metric]:
    requests = CounterMetricFamily("liqscape_requests", "Requests by outcome.", labels=("outcome",))
    for row in answer.requests:
        requests.add_metric((row.outcome,), row.count)
    yield requests
    if answer.limits is not None:
        limits = answer.limits
        yield _gauge("liqscape_weight_used", "Request weight of the last minute.", limits.weight_used)
        yield _gauge("liqscape_weight_limit", "Request weight a minute allowed now.", limits.weight_limit)
        yield _gauge("liqscape_requests_waiting", "Requests that wait for weight.", limits.waiting)
        yield _counter("liqscape_requests_refused", "Answers 429.", limits.refused)
    if answer.state_streams is not None:
        streams = answer.state_streams
        yield _gauge("liqscape_state_streams_allowed", "Accounts subscribed to at once at most now.", streams.allowed)
        yield _gauge("liqscape_state_streams_followed", "Accounts followed.", streams.followed)
        yield _gauge(
            "liqscape_state_streams_followed_near_usd", "Their notional near the mark.", streams.followed_near_usd
        )
        yield _counter("liqscape_state_streams_turn_states", "Accounts read in turns.", streams.turn_states)
        yield _counter("liqscape_state_streams_refused", "Subscriptions of accounts refused.", streams.refused)
    if answer.triggers is not None:
        triggers = answer.triggers
        yield _gauge("liqscape_trigger_orders", "Trigger orders that stand.", triggers.orders)
        yield _gauge("liqscape_trigger_accounts", "Accounts whose trigger orders are known.", triggers.known_accounts)
        yield _gauge("liqscape_trigger_weight_used", "Request weight of them a minute.", triggers.weight_used)
        yield _counter("liqscape_trigger_questions_failed", "Without an answer.", triggers.failed)
        left_out = CounterMetricFamily("liqscape_trigger_orders_left_out", "Not usable.", labels=("reason",))
        for each in triggers.left_out:
            left_out.add_metric((each.reason.replace(" ", "_"),), each.count)
        yield left_out


def _sources(answer: SourcesAnswer) -> Iterator[Metric]:
    """Rows of one kind, address and connection are one series each."""
    labels = ("kind", "address", "connection")
    states = GaugeMetricFamily("liqscape_source_state", "1 at the present state.", labels=(*labels, "state"))
    lag = GaugeMetricFamily("liqscape_source_lag_seconds", "Receipt minus venue time.", labels=labels)
    messages = CounterMetricFamily("liqscape_source_messages", "Messages, answers or lines.", labels=labels)
    reconnects = CounterMetricFamily("liqscape_source_reconnects", "Connections made again.", labels=labels)
    gaps = CounterMetricFamily("liqscape_source_gaps", "Times data was missed.", labels=labels)
    rows = {_source_labels(row): row for row in answer.sources}
    for key, row in rows.items():
        for state in STATES:
            states.add_metric((*key, state), float(row.state == state))
        if row.lag_ms is not None:
            lag.add_metric(key, row.lag_ms / 1_000.0)
        messages.add_metric(key, row.messages)
        reconnects.add_metric(key, row.reconnects)
        gaps.add_metric(key, row.gaps)
    yield from (states, lag, messages, reconnects, gaps)


def _source_labels(row: SourceRow) -> tuple[str, str, str]:
    """What a row is of, in words that stay: of an address of several connections the number stands apart, and what
    only describes (the dex that is slowest now, how many coins) is no label."""
    if not _IS_PLACE.match(row.address):
        return row.kind, "", ""
    numbered = _NUMBERED.fullmatch(row.address)
    return (row.kind, row.address, "") if numbered is None else (row.kind, numbered[1], numbered[2])


def _map(answer: SourcesAnswer) -> Iterator[Metric]:
    yield _gauge("liqscape_accounts", "Accounts held.", answer.ledger.accounts)
    yield _gauge("liqscape_positions", "Positions held.", answer.ledger.positions)
    yield _gauge("liqscape_accounts_unsure", "Accounts to be read again.", answer.ledger.unsure)
    yield _gauge(
        "liqscape_accounts_unsearched", "Accounts not yet looked for in every further dex.", answer.ledger.unsearched
    )
    ages = [("0.5", _seconds(answer.ages.median_ms)), ("1", _seconds(answer.ages.oldest_ms))]
    yield _labelled("liqscape_state_age_seconds", "Age of the account states.", "quantile", ages)
    register = [(row.source, float(row.addresses)) for row in answer.register]
    yield _labelled("liqscape_addresses", "Addresses known, by where they were found.", "source", register)
    queues = [(row.queue.replace(" ", "_"), float(row.depth)) for row in answer.queues]
    yield _labelled("liqscape_queue_depth", "Work that waits.", "queue", queues)
    disk = [(row.part, float(row.bytes)) for row in answer.disk.parts]
    yield _labelled("liqscape_disk_bytes", "Room taken, by part.", "part", disk)
    yield _gauge("liqscape_disk_free_bytes", "Room left.", answer.disk.free_bytes)
    if answer.disk.history is not None:
        yield from _history(answer.disk.history)


def _history(room: HistoryRoom) -> Iterator[Metric]:
    yield _gauge("liqscape_history_bytes", "Room the history takes.", room.bytes)
    yield _gauge("liqscape_history_growth_bytes_per_day", "Room a day of every frame takes.", room.bytes_a_day)
    yield _gauge("liqscape_history_first_seconds", "Time of the first frame kept.", _seconds(room.first_ms))
    yield _gauge("liqscape_history_max_bytes", "Room it may take.", room.max_bytes)
    yield _gauge("liqscape_history_excess_bytes", "Above that, and nothing may go.", room.excess_bytes)
    yield _gauge("liqscape_disk_days_left", "Days until the disk is full at this rate.", room.days_until_full)


def _coverage(answer: SourcesAnswer) -> Iterator[Metric]:
    yield _gauge("liqscape_coverage_all_ratio", "Share of open interest, all coins.", answer.coverage_share)
    coins = answer.coverage[:MAX_COINS]
    shares = [(row.coin, row.share) for row in coins]
    yield _labelled("liqscape_coverage_ratio", "Share of open interest, by coin.", "coin", shares)
    near = GaugeMetricFamily(
        "liqscape_near_coverage_ratio",
        "Estimated share of the notional near the mark, with its interval; coin is empty for all coins.",
        labels=("coin", "within_percent", "bound"),
    )
    for coin, rows in [("", answer.near), *((row.coin, row.near) for row in coins)]:
        for row in rows:
            for bound, value in _bounds(row):
                if value is not None:
                    near.add_metric((coin, f"{row.within_percent:g}", bound), value)
    yield near


def _reconcile(answer: SourcesAnswer) -> Iterator[Metric]:
    rows = answer.reconcile[:MAX_COINS]
    compared = CounterMetricFamily("liqscape_reconciled", "Tracked positions compared.", labels=("coin",))
    for row in rows:
        compared.add_metric((row.coin,), row.count)
    yield compared
    exact = [(row.coin, row.exact_share) for row in rows]
    yield _labelled("liqscape_reconcile_exact_ratio", "Share that agreed exactly.", "coin", exact)
    error = [(row.coin, row.size_error_share) for row in rows]
    yield _labelled("liqscape_reconcile_size_error_ratio", "Sum of differences by sum of sizes.", "coin", error)


def _replica(replica: ReplicaAnswer) -> Iterator[Metric]:
    yield _gauge("liqscape_replica_lag_seconds", "Behind the collector.", _seconds(replica.lag_ms))
    yield _gauge("liqscape_replica_stored_lag_seconds", "The same of stored frames.", _seconds(replica.stored_lag_ms))
    yield _gauge("liqscape_replica_silent_seconds", "Since the collector was heard.", _seconds(replica.silent_ms))
    states = [(state, float(replica.state == state)) for state in REPLICA_STATES]
    yield _labelled("liqscape_replica_state", "1 at the present state.", "state", states)
    yield _counter("liqscape_replica_keyframes", "Frames that held everybody.", replica.keyframes)
    yield _counter("liqscape_replica_received_bytes", "Bytes of messages.", replica.received_bytes)
    yield _counter("liqscape_replica_unreadable", "Messages that were passed over.", replica.unreadable)
    yield _gauge("liqscape_replica_bytes_to_fetch", "Bytes of files to come.", float(replica.bytes_to_fetch))


def _bounds(row: NearCoverage) -> tuple[tuple[str, float | None], ...]:
    return ("low", row.low), ("estimate", row.share), ("high", row.high)


def _labelled(name: str, text: str, label: str, rows: Sequence[tuple[str, float | None]]) -> Metric:
    """One gauge a row; a row whose value is unknown has none."""
    family = GaugeMetricFamily(name, text, labels=(label,))
    for key, value in rows:
        if value is not None:
            family.add_metric((key,), value)
    return family


def _gauge(name: str, text: str, value: float | None) -> Metric:
    family = GaugeMetricFamily(name, text)
    if value is not None:
        family.add_metric((), value)
    return family


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(name, text, value=value)


def _seconds(ms: float | None) -> float | None:
    return None if ms is None else ms / 1_000.0
