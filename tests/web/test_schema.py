"""Questions made up from the OpenAPI description: no failure of ours, and every answer is as described."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
import schemathesis
from amounts import examples
from api_paths import COMPAT, PATHS, QUESTIONS, REQUESTS, SIMULATED
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from made_up_sources import made_up_sources
from made_up_study import OLD, SHORT, MemoryStudies, made_up_state
from memory_history import MemoryHistory
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from small_market import START_MS, address, small_market

from liqscape.service.hub import Hub
from liqscape.service.view import MapView
from liqscape.web.app import create_app

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PATIENCE_S = 120
"""For the schema on a busy machine: ten seconds are the tool's own patience."""
QUESTION_COUNT = 60
"""A route; the whole file stays below a minute."""


@pytest.fixture(scope="module")
def app() -> Litestar:
    view = MapView(MemoryHistory(small_market()), study=made_up_state(), studies=MemoryStudies())
    return create_app(view, Hub(view), sources=lambda: made_up_sources(1_770_000_000_000), hosts=["testserver"])


@pytest.fixture(scope="module")
def api_schema(app: Litestar) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_asgi("/schema/openapi.json", app, timeout=PATIENCE_S)


def test_every_route_is_asked_or_named_as_left_out(api_schema: schemathesis.BaseSchema) -> None:
    assert {path for path in api_schema if not path.startswith(COMPAT)} == PATHS | {path for _, path in REQUESTS}


KNOWN = {
    "min_notional": [0.0],
    "coin": ["BTC", "ETH", "kPEPE", "DARK", "GONE"],
    "address": [address(0), address(3)],
    "cluster_id": [OLD, SHORT],
    "held_for": ["1h", "1d", "60000"],
    "at": ["2026-02-01T12:00", str(START_MS), str(START_MS + 61_000)],
    "start": [str(START_MS)],
    "end": [str(START_MS + 300_000)],
    "at_ms": [START_MS, START_MS + 61_000],
    "start_ms": [START_MS],
    "end_ms": [START_MS + 300_000],
    "price_low": [1e-3, 1_000.0, 60_000.0],
    "price_high": [0.1, 80_000.0, 90_000.0],
    "low_price": [60_000.0],
    "high_price": [80_000.0],
    "entry": [70_000.0],
    "stop": [49_000.0],
    "risk": [5_000.0],
    "account": [address(0), address(3)],
}
"""What is in this map: of values made up by a machine, hardly any is."""


@pytest.mark.parametrize("path", QUESTIONS)
def test_made_up_questions_are_answered_as_described(api_schema: schemathesis.BaseSchema, path: str) -> None:
    @given(case=api_schema[path]["GET"].as_strategy(), data=st.data())
    @settings(
        max_examples=examples(QUESTION_COUNT), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    def ask(case: schemathesis.Case, data: st.DataObject) -> None:
        for asked in (case.path_parameters, case.query):
            for name in sorted(set(asked or ()) & set(KNOWN)):
                asked[name] = data.draw(st.sampled_from([asked[name], *KNOWN[name]]))
        case.call_and_validate(checks=CHECKS)

    ask()


@pytest.mark.parametrize("path", SIMULATED)
def test_the_shortest_simulation_is_answered_as_described(api_schema: schemathesis.BaseSchema, path: str) -> None:
    query = dict(parse_qsl(SIMULATED[path].removeprefix("?")))
    case = api_schema[path]["GET"].Case(path_parameters={"coin": "BTC"}, query=query)
    case.call_and_validate(checks=CHECKS, timeout=PATIENCE_S)
