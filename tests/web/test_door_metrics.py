"""/metrics of the doors: requests by route template and status, durations, readers of the stream, the process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from litestar.testing import TestClient
from prometheus_client.parser import text_string_to_metric_families

from liqscape.service.hub import Hub
from liqscape.service.view import MapView
from liqscape.web.app import create_app

BASE = "http://127.0.0.1:8417"
FRAME = "/api/v1/coins/{coin}/frame"


@pytest.fixture
def own(view: MapView) -> Iterator[TestClient]:
    """A server whose counters nobody else moves."""
    with TestClient(create_app(view, Hub(view)), base_url=BASE) as client:
        yield client


def figures(client: TestClient, name: str) -> dict[tuple[str, ...], float]:
    """Samples of a name by the values of their labels, sorted by label."""
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
        if sample.name == name
    }


def test_requests_are_counted_by_template_method_and_status(own: TestClient) -> None:
    for coin in ("BTC", "ETH", "NOPE"):
        own.get(f"/api/v1/coins/{coin}/frame")
    own.head("/api/v1/status")
    own.get("/api/v1/status", headers={"host": "evil.example"})
    own.post("/api/v1/status")
    counts = figures(own, "liqscape_http_requests_total")
    assert counts == {
        ("GET", FRAME, "200"): 2.0,
        ("GET", FRAME, "404"): 1.0,
        ("HEAD", "/api/v1/status", "200"): 1.0,
        ("GET", "/api/v1/status", "421"): 1.0,
        ("POST", "unmatched", "405"): 1.0,
    }
    assert figures(own, "liqscape_http_request_seconds_count")[(FRAME,)] == 3.0
    assert figures(own, "liqscape_http_requests_total")[("GET", "/metrics", "200")] == 2.0


def test_made_up_addresses_and_methods_make_no_series(own: TestClient) -> None:
    for number in range(20):
        assert own.get(f"/nothing/{number}").status_code == 404
        own.request(f"ODD{number}", "/api/v1/status")
        own.get(f"/assets/{number}.js")
    counts = figures(own, "liqscape_http_requests_total")
    assert {route for _, route, _ in counts} <= {"unmatched", "/assets/{path}"}
    assert {method for method, _, _ in counts} <= {"GET", "other"}
    assert sum(counts.values()) == 60.0


def test_readers_of_the_stream_their_messages_and_bytes_are_counted(own: TestClient) -> None:
    def one(name: str) -> float:
        return figures(own, f"liqscape_stream_{name}")[()]

    assert (one("clients"), one("views"), one("messages_total"), one("bytes_total")) == (0.0, 0.0, 0.0, 0.0)
    with own.websocket_connect("/api/v1/stream?coin=BTC&level=2") as first:
        text = first.receive_text()
        with own.websocket_connect("/api/v1/stream?coin=BTC&level=2") as second:
            second.receive_text()
            assert (one("clients"), one("views")) == (2.0, 1.0)
    assert (one("clients"), one("views"), one("messages_total")) == (0.0, 0.0, 2.0)
    assert one("bytes_total") == 2.0 * len(text.encode())


def test_the_process_says_its_memory_time_and_files(own: TestClient) -> None:
    for name in ("resident_memory_bytes", "cpu_seconds_total", "open_fds", "max_fds", "start_time_seconds"):
        assert figures(own, f"process_{name}")[()] > 0.0
