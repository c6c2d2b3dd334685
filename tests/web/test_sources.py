"""/api/v1/sources and /metrics: what the live service says, as JSON and as Prometheus reads it."""

from __future__ import annotations

import pytest
from litestar.testing import TestClient
from made_up_sources import made_up_sources
from prometheus_client.parser import text_string_to_metric_families

from liqscape.service.answers.sources import SourceRow, SourcesAnswer, no_sources
from liqscape.service.hub import Hub
from liqscape.service.metrics import RECENT_LATENCIES, LiveMetrics
from liqscape.service.view import MapView
from liqscape.web.app import create_app

BASE = "http://127.0.0.1:8417"
NOW_MS = 1_770_000_000_000


def series(text: str) -> dict[str, float]:
    """Every sample by name and labels; the text must be well formed, no series twice."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = sample.name + "".join(f" {key}={value}" for key, value in sorted(sample.labels.items()))
            assert name not in found
            found[name] = sample.value
    return found


def test_map_that_follows_nothing_says_so(client: TestClient) -> None:
    answer = client.get("/api/v1/sources").json()
    assert (answer["state"], answer["sources"]) == ("none", [])
    assert answer["as_of_ms"] == client.get("/api/v1/status").json()["as_of_ms"]


def test_live_answer_is_passed_on_and_its_figures_are_metrics(view: MapView) -> None:
    metrics = LiveMetrics()
    metrics.observe_latency(62.0)
    metrics.count_record("message")
    app = create_app(view, Hub(view), sources=lambda: made_up_sources(NOW_MS), metrics=metrics)
    with TestClient(app, base_url=BASE) as client:
        answer = client.get("/api/v1/sources").json()
        assert answer["near"][2] == {"within_percent": 5.0, "share": 0.62, "low": 0.55, "high": 0.7}
        assert answer["coverage"][2]["share"] is None
        response = client.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = series(response.text)
    for name, value in {
        "liqscape_up": 1.0,
        "liqscape_time_held": 0.0,
        "liqscape_latency_seconds_count": 1.0,
        "liqscape_latency_seconds_sum": 0.062,
        "liqscape_records_total kind=message": 1.0,
        "liqscape_frames_total": 943.0,
        "liqscape_requests_total outcome=failed": 2.0,
        "liqscape_weight_used": 843.0,
        "liqscape_weight_limit": 1_200.0,
        "liqscape_state_streams_followed": 8.0,
        "liqscape_trigger_orders": 412.0,
        "liqscape_trigger_orders_left_out_total reason=unknown_type": 3.0,
        "liqscape_state_streams_turn_states_total": 640.0,
        "liqscape_source_state address=wss://api.example/ws connection=1 kind=socket state=connected": 1.0,
        "liqscape_source_reconnects_total address=wss://api.example/ws connection=1 kind=socket": 2.0,
        "liqscape_source_gaps_total address=wss://api.example/ws connection=1 kind=socket": 1.0,
        "liqscape_source_lag_seconds address=wss://api.example/ws connection=1 kind=socket": 0.085,
        "liqscape_queue_depth queue=records_to_disk": 12.0,
        "liqscape_accounts": 64_321.0,
        "liqscape_positions": 120_007.0,
        "liqscape_coverage_ratio coin=BTC": 0.61,
        "liqscape_near_coverage_ratio bound=low coin=BTC within_percent=5": 0.55,
        "liqscape_state_age_seconds quantile=0.5": 45.0,
        "liqscape_disk_bytes part=raw_log": 812_000.0,
        "liqscape_disk_free_bytes": 51e9,
        "liqscape_history_growth_bytes_per_day": 460e6,
        "liqscape_history_max_bytes": 60e9,
        "liqscape_history_excess_bytes": 7e6,
        "liqscape_disk_days_left": 2.5,
        "liqscape_reconcile_exact_ratio coin=BTC": 0.998,
        "liqscape_addresses source=trades": 81_234.0,
    }.items():
        assert found[name] == pytest.approx(value), name
    assert "liqscape_coverage_ratio coin=DARK" not in found  # unknown is no series, never 0


@pytest.mark.parametrize("answer", [None, no_sources(NOW_MS)])
def test_metrics_without_a_feed_hold_no_made_up_figure(answer: SourcesAnswer | None) -> None:
    found = series(LiveMetrics().render(answer).decode())
    assert "liqscape_weight_used" not in found
    assert "liqscape_disk_free_bytes" not in found
    assert "liqscape_disk_days_left" not in found
    assert found.get("liqscape_up", 0.0) == 0.0


def test_same_connection_twice_is_one_series() -> None:
    answer = made_up_sources(NOW_MS)
    doubled = SourcesAnswer(state="live", as_of_ms=NOW_MS, sources=[*answer.sources, *answer.sources])
    assert series(LiveMetrics().render(doubled).decode())


def test_latency_quantiles_are_of_the_newest_frames() -> None:
    metrics = LiveMetrics()
    assert metrics.latency().p50_ms is None
    for _ in range(RECENT_LATENCIES):
        metrics.observe_latency(9_000.0)
    for ms in range(RECENT_LATENCIES):
        metrics.observe_latency(float(ms))
    latency = metrics.latency()
    assert (latency.count, latency.p50_ms, latency.p99_ms) == (2 * RECENT_LATENCIES, 500.0, 989.0)


def test_two_maps_in_one_process_count_apart() -> None:
    first, second = LiveMetrics(), LiveMetrics()
    first.count_record("tick")
    assert "liqscape_records_total kind=tick" in series(first.render(None).decode())
    assert "liqscape_records_total kind=tick" not in series(second.render(None).decode())


def test_no_label_holds_words_that_come_and_go() -> None:
    rows = [
        SourceRow(kind=kind, address=address, state="connected", messages=5)
        for kind, address in (("marks", "dex xyz"), ("prints", "all coins"), ("books", "20 coins"), ("folder", "/map"))
    ]
    found = series(LiveMetrics().render(SourcesAnswer(state="live", as_of_ms=NOW_MS, sources=rows)).decode())
    messages = {name.removeprefix("liqscape_source_messages_total ") for name in found if "source_messages" in name}
    assert messages == {f"address= connection= kind={kind}" for kind in ("marks", "prints", "books")} | {
        "address=/map connection= kind=folder"
    }
