"""docs/api.md and the OpenAPI description name every route, parameter and field there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from api_paths import PATHS, REQUESTS, operations
from litestar.testing import TestClient
from made_alerts import made_alerts
from made_up_sources import made_up_replica
from prometheus_client.parser import text_string_to_metric_families

from liqscape.service.alerting.delivery import Deliverer
from liqscape.service.alerting.delivery_metrics import DeliveryCollector
from liqscape.service.alerting.outbox import Outbox
from liqscape.service.answers.heatmap import MAGIC
from liqscape.service.hub import MAX_CLIENTS, MAX_QUEUED
from liqscape.service.metrics import LiveMetrics
from liqscape.service.questions import MAX_COLUMNS, MAX_ROWS

DOCS = Path(__file__).parents[2] / "docs"
DOCUMENT = (DOCS / "api.md").read_text(encoding="utf-8")
SHAPES = (DOCS / "compat.md").read_text(encoding="utf-8")
"""Of answers in the shape of another service."""
COMPAT = "/compat/coinglass"


@pytest.fixture(scope="module")
def schema(client: TestClient) -> dict:
    response = client.get("/schema/openapi.json")
    assert response.status_code == 200
    return response.json()


def test_openapi_lists_every_route_and_no_other(schema: dict) -> None:
    found = {(method, path) for method, path, _ in operations(schema) if not path.startswith(COMPAT)}
    assert found == {("GET", path) for path in PATHS} | REQUESTS


def test_document_has_a_section_for_every_route_and_the_stream() -> None:
    found = set(re.findall(r"^### ([A-Z]+) (\S+)$", DOCUMENT, re.MULTILINE))
    assert found == {("GET", path) for path in PATHS} | REQUESTS
    assert "## The stream: WS /api/v1/stream" in DOCUMENT


def test_every_route_in_another_shape_is_described(schema: dict) -> None:
    theirs = [path.removeprefix(COMPAT) for _, path, _ in operations(schema) if path.startswith(COMPAT)]
    assert len(theirs) == 9
    for path in theirs:
        assert f"`{path.replace('{model}', 'model1')}`" in SHAPES, path


def test_every_route_says_what_it_answers_and_every_parameter_what_it_means(schema: dict) -> None:
    for _, path, operation in operations(schema):
        assert operation["summary"]
        assert operation["description"], path
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (path, parameter["name"])


def test_bounds_of_the_window_are_in_the_description(schema: dict) -> None:
    parameters = schema["paths"]["/api/v1/coins/{coin}/heatmap"]["get"]["parameters"]
    limits = {p["name"]: (p["schema"].get("minimum"), p["schema"].get("maximum")) for p in parameters}
    assert limits["width"] == (1, MAX_COLUMNS)
    assert limits["height"] == (1, MAX_ROWS)


def test_document_names_every_field_and_parameter(schema: dict) -> None:
    missing = [
        f"{name}.{field}"
        for name, component in schema["components"]["schemas"].items()
        for field, described in component.get("properties", {}).items()
        if not described.get("deprecated")  # those are in docs/glossary.md
        and not re.search(rf"\b{field}\b", DOCUMENT + SHAPES)
    ]
    assert missing == []
    text = DOCUMENT + SHAPES.replace("model1", "{model}")
    for _, _, operation in operations(schema):
        for parameter in operation.get("parameters", []):
            if parameter.get("deprecated"):
                continue
            assert f"`{parameter['name']}`" in text or f"{{{parameter['name']}}}" in text


def test_document_states_the_limits_in_force() -> None:
    assert f"1 to {MAX_COLUMNS}" in DOCUMENT
    assert f"1 to {MAX_ROWS}" in DOCUMENT
    assert f"{MAX_QUEUED} messages behind" in DOCUMENT
    assert f"{MAX_CLIENTS:,} clients" in DOCUMENT
    assert f"`{MAGIC.decode()}`" in DOCUMENT


def test_document_names_every_metric_and_no_other(tmp_path: Path) -> None:
    metrics = LiveMetrics()
    metrics.count_record("tick")
    outbox = Outbox(tmp_path, lambda: 0)
    outbox.put(made_alerts("a"))
    metrics.follow(DeliveryCollector(Deliverer(outbox, tmp_path / "alerts.toml", lambda: 1_000)))
    text = metrics.render(made_up_replica(0)).decode()
    served = {family.name for family in text_string_to_metric_families(text)}
    reported = {name.removesuffix("_total") for name in re.findall(r"`((?:liqscape|process)_\w+)", DOCUMENT)}
    assert reported == {name for name in served if not name.endswith("_created")}


def test_description_shows_nothing_of_other_origins(client: TestClient) -> None:
    text = client.get("/schema/openapi.json").text
    assert "http://" not in text.replace("http://127.0.0.1", "")
    assert "cdn" not in text
