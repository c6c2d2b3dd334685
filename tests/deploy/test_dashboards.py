"""The dashboards as code: written as they stand, of metrics a served map exposes and of fields its API answers."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from grafana import FOLDER, INFINITY, PROMETHEUS, dashboards
from litestar.testing import TestClient
from made_alerts import made_alerts
from made_up_sources import made_up_replica
from made_up_study import MemoryStudies, made_up_state
from memory_history import MemoryHistory
from prometheus_client.parser import text_string_to_metric_families
from small_market import small_market

from liqscape.service.alerting.delivery import Deliverer
from liqscape.service.alerting.delivery_metrics import DeliveryCollector
from liqscape.service.alerting.outbox import Outbox
from liqscape.service.hub import Hub
from liqscape.service.metrics import LiveMetrics
from liqscape.service.view import MapView
from liqscape.web.app import create_app

NAMES = re.compile(r"\b(?:liqscape|process)_[a-z_]+\b")
GRAFANA_WORDS = {"le"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A served map that follows sources, delivers alerts and was asked something."""
    folder = tmp_path_factory.mktemp("alerts")
    outbox = Outbox(folder, lambda: 0)
    outbox.put(made_alerts("a"))
    metrics = LiveMetrics()
    metrics.count_record("tick")
    metrics.follow(DeliveryCollector(Deliverer(outbox, folder / "alerts.toml", lambda: 1_000)))
    view = MapView(MemoryHistory(small_market()), study=made_up_state(), studies=MemoryStudies())
    app = create_app(view, Hub(view), sources=lambda: made_up_replica(1_770_000_000_000), metrics=metrics)
    client = TestClient(app, base_url="http://127.0.0.1:8417")
    assert client.get("/api/v1/status").status_code == 200
    return client


@pytest.fixture(scope="module")
def labels(served: TestClient) -> dict[str, set[str]]:
    """Every series of /metrics with the labels it has."""
    found: dict[str, set[str]] = defaultdict(set)
    for family in text_string_to_metric_families(served.get("/metrics").text):
        for sample in family.samples:
            found[sample.name] |= set(sample.labels)
    return found


def questions(name: str) -> list[dict[str, Any]]:
    return [target for panel in dashboards()[name]["panels"] for target in panel.get("targets", [])]


def test_the_files_are_what_the_tool_writes() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == set(dashboards())
    for name, dashboard in dashboards().items():
        is_same = json.loads((FOLDER / name).read_text()) == dashboard
        assert is_same, f"run python tools/grafana.py: {name} is not what it writes"


def test_every_metric_and_label_that_is_drawn_is_exposed_by_a_served_map(labels: dict[str, set[str]]) -> None:
    for target in questions("liqscape.json"):
        expression = target["expr"]
        named = set(NAMES.findall(expression))
        assert named, expression
        assert named <= labels.keys(), expression
        used = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        used |= {name for part in re.findall(r"by \(([^)]*)\)", expression) for name in part.split(", ")}
        used |= set(re.findall(r"(\w+)=~?\"", expression))
        assert used <= set().union(*(labels[name] for name in named)), expression


def test_every_figure_of_the_map_itself_is_drawn_somewhere(labels: dict[str, set[str]]) -> None:
    """So that a metric that comes is not forgotten; what is left out is named here."""
    drawn = {name for target in questions("liqscape.json") for name in NAMES.findall(target["expr"])}
    drawn |= {name.rpartition("_")[0] for name in drawn if name.endswith("_bucket")}
    left_out = {
        "liqscape_info", "liqscape_time_held", "liqscape_frames_total",
        "liqscape_states_partial_total", "liqscape_requests_total", "liqscape_requests_refused_total",
        "liqscape_source_state", "liqscape_source_messages_total", "liqscape_accounts_unsure",
        "liqscape_accounts_unsearched", "liqscape_addresses", "liqscape_reconciled_total",
        "liqscape_reconcile_size_error_ratio", "liqscape_history_first_seconds", "liqscape_history_excess_bytes",
        "liqscape_history_growth_bytes_per_day", "liqscape_alerts_delivered_total", "liqscape_alerts_stored",
        "liqscape_alerts_oldest_waiting_seconds", "liqscape_replica_stored_lag_seconds",
        "liqscape_replica_keyframes_total", "liqscape_replica_received_bytes_total",
        "process_virtual_memory_bytes", "process_start_time_seconds",
    }  # fmt: skip
    parts = ("_created", "_bucket", "_sum", "_count")
    whole = {name for name in labels if not name.endswith(parts) and "state_streams" not in name}
    assert whole - drawn == left_out


def test_every_field_of_a_table_is_in_the_answer_it_is_asked_of(served: TestClient) -> None:
    schema = served.get("/schema/openapi.json").json()

    def follow(node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            node = schema["components"]["schemas"][node["$ref"].rpartition("/")[2]]
        return node

    for target in questions("liqscape-map.json"):
        assert target["datasource"] == INFINITY
        url = target["url"].replace("${coin}", "BTC")
        answer = served.get(url)
        assert answer.status_code == 200, url
        assert isinstance(answer.json()[target["root_selector"]], list)
        path = target["url"].partition("?")[0].replace("${coin}", "{coin}")
        content = schema["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        rows = follow(content)["properties"][target["root_selector"]]
        fields = follow(rows["items"])["properties"]
        assert {column["selector"] for column in target["columns"]} <= fields.keys(), url


def test_panels_stand_beside_each_other_and_ask_the_source_that_is_provisioned() -> None:
    provisioned = (FOLDER.parent / "provisioning" / "datasources" / "liqscape.yaml").read_text()
    assert f"uid: {PROMETHEUS['uid']}\n" in provisioned
    for dashboard in dashboards().values():
        cells: set[tuple[int, int]] = set()
        for panel in dashboard["panels"]:
            place = panel["gridPos"]
            taken = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not taken & cells, panel["title"]
            assert max(x for x, _ in taken) < 24
            cells |= taken
        assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
        assert Path(dashboard["uid"]).name == dashboard["uid"]
