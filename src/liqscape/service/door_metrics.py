"""Figures of the doors of one server for Prometheus: HTTP requests, readers of the stream, and the process itself.

Every label has few values, whatever is asked: routes by their template, methods that exist, statuses of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from liqscape.service.streaming.figures import SentFigures

DURATION_BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD = "other"
UNMATCHED = "unmatched"
"""Route of what no route answers: addresses are made up by whoever asks, and are no label."""
GONE = "gone"
"""Status of a request whose reader left before there was one."""


class DoorMetrics:
    """Counts what goes through the doors. HTTP is counted on the event loop, and so is the stream."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "liqscape_http_requests",
            "HTTP requests answered, by route template, method and status.",
            labelnames=("route", "method", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "liqscape_http_request_seconds",
            "From the head of a request to the last byte of its answer being handed on, by route template.",
            labelnames=("route",),
            buckets=DURATION_BUCKETS_S,
            registry=registry,
        )
        self._stream = SentFigures()
        registry.register(_StreamCollector(lambda: self._stream))
        ProcessCollector(registry=registry)

    def count_request(self, route: str | None, method: str, status: int | None, seconds: float) -> None:
        """One request that is over. route None: no route answers it; status None: its reader left before."""
        template = route or UNMATCHED
        word = method if method in METHODS else OTHER_METHOD
        self._requests.labels(template, word, GONE if status is None else str(status)).inc()
        self._seconds.labels(template).observe(seconds)

    def follow_stream(self, figures: SentFigures) -> None:
        """Where the stream counts what it sends."""
        self._stream = figures


class _StreamCollector(Collector):
    def __init__(self, figures: Callable[[], SentFigures]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        now = self._figures()
        for name, text, value in (
            ("liqscape_stream_clients", "Readers of the stream connected now.", now.clients),
            ("liqscape_stream_views", "Different views they look at: a message is made once for each.", now.views),
        ):
            yield GaugeMetricFamily(name, text, value=value)
        for name, text, value in (
            ("liqscape_stream_messages", "Messages handed to readers of the stream.", now.messages),
            ("liqscape_stream_bytes", "Bytes of these messages.", now.bytes),
            ("liqscape_stream_behind", "Times a reader fell behind and was sent everything anew.", now.behind),
        ):
            yield CounterMetricFamily(name, text, value=value)
