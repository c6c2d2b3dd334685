"""The outbox for Prometheus, a series a destination, by its name."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from liqscape.service.alerting.delivery import Deliverer

LABELS = ("destination",)


class DeliveryCollector(Collector):
    """Figures of one outbox, read when asked."""

    def __init__(self, deliverer: Deliverer) -> None:
        self._deliverer = deliverer

    def collect(self) -> Iterator[Metric]:
        """Families of the moment."""
        waiting = GaugeMetricFamily("liqscape_alerts_waiting", "Alerts that wait for a destination.", labels=LABELS)
        delivered = CounterMetricFamily("liqscape_alerts_delivered", "Alerts delivered.", labels=LABELS)
        failed = CounterMetricFamily("liqscape_alerts_failed", "Alerts given up.", labels=LABELS)
        oldest = GaugeMetricFamily(
            "liqscape_alerts_oldest_waiting_seconds", "Age of the oldest alert that waits.", labels=LABELS
        )
        now_ms = self._deliverer.now_ms()
        for each in self._deliverer.queues():
            key, age_ms = (each.destination,), each.oldest_age_ms(now_ms)
            waiting.add_metric(key, each.waiting)
            delivered.add_metric(key, each.delivered)
            failed.add_metric(key, each.failed)
            if age_ms is not None:
                oldest.add_metric(key, age_ms / 1_000.0)
        yield from (waiting, delivered, failed, oldest)
        is_stored = self._deliverer.outbox.not_stored_since_ms is None
        yield GaugeMetricFamily(
            "liqscape_alerts_stored", "1 while alerts are on disk before they are sent.", value=float(is_stored)
        )
