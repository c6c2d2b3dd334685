"""Every address of the application has the guards: a route that is added is asked here without being named."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.exceptions import WebSocketDisconnect
from litestar.routes import HTTPRoute, WebSocketRoute
from litestar.testing import TestClient

from liqscape.service.hub import Hub
from liqscape.service.view import MapView
from liqscape.web.access import COMPAT_PATHS, OPEN_PATHS
from liqscape.web.app import create_app

BASE = "http://127.0.0.1:8417"
TOKEN = "correct-horse-battery-staple"
BEARER = {"authorization": f"Bearer {TOKEN}"}
THEIR_KEY = {"CG-API-KEY": TOKEN}
ELSEWHERE = {"origin": "https://elsewhere.example"}
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})

ASKED = {"/api/v1/alerts/test": "?destination=BTC"}
"""What is missed before it is looked at who asks."""


@pytest.fixture(scope="module")
def guarded(view: MapView) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(view, Hub(view), token=TOKEN), base_url=BASE) as client:
        yield client


def questions(app: Litestar) -> list[tuple[str, str]]:
    """Method and address of everything that is served over HTTP, with a word for each part that is asked about."""
    routes = [each for each in app.routes if isinstance(each, HTTPRoute)]
    return [(method, _filled(each.path)) for each in routes for method in sorted(each.methods & METHODS)]


def streams(app: Litestar) -> list[str]:
    return [_filled(each.path) for each in app.routes if isinstance(each, WebSocketRoute)]


def test_the_walk_sees_every_door(guarded: TestClient[Litestar]) -> None:
    seen = questions(guarded.app)
    paths = {path for _, path in seen}
    assert {"/", "/docs", "/asyncapi.json", "/metrics", "/api/v1/alerts/fired", "/schema/openapi.json"} <= paths
    assert any(path.startswith(COMPAT_PATHS) for path in paths)
    assert {("POST", "/api/v1/alerts"), ("DELETE", "/api/v1/alerts/BTC"), ("POST", "/api/v1/alerts/test")} <= set(seen)
    assert streams(guarded.app) == ["/api/v1/stream"]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong-horse-battery-staple"}])
def test_nothing_is_served_without_the_token(guarded: TestClient[Litestar], headers: dict[str, str]) -> None:
    answers = {(*each, guarded.request(*each, headers=headers).status_code) for each in questions(guarded.app)}
    assert {path for _, path, status in answers if status != 401} == OPEN_PATHS
    for path in streams(guarded.app):
        with pytest.raises(WebSocketDisconnect), guarded.websocket_connect(path, headers=headers):
            pass


def test_the_key_of_another_service_opens_its_own_paths_alone(guarded: TestClient[Litestar]) -> None:
    others = [each for each in questions(guarded.app) if not each[1].startswith(COMPAT_PATHS)]
    answers = {(*each, guarded.request(*each, headers=THEIR_KEY).status_code) for each in others}
    assert {path for _, path, status in answers if status != 401} == OPEN_PATHS
    for path in streams(guarded.app):
        with pytest.raises(WebSocketDisconnect), guarded.websocket_connect(path, headers=THEIR_KEY):
            pass


@pytest.mark.parametrize("path", ["../../../api/v1/status", "%2e%2e/%2e%2e/api/v1/status", "..%2f..%2fapi/v1/status"])
def test_no_path_leads_out_of_those_of_the_other_service(guarded: TestClient[Litestar], path: str) -> None:
    assert guarded.get(f"{COMPAT_PATHS}{path}", headers=THEIR_KEY).status_code in (401, 404)


def test_nothing_but_health_is_served_under_another_name(client: TestClient[Litestar]) -> None:
    named = {(path, client.request(method, path, headers={"host": "a.example"}).status_code)
             for method, path in questions(client.app)}  # fmt: skip
    assert {path for path, status in named if status != 421} == {"/healthz", "/readyz"}


def test_a_page_of_another_origin_changes_and_reads_nothing(client: TestClient[Litestar]) -> None:
    changing = [each for each in questions(client.app) if each[0] not in ("GET", "HEAD")]
    assert changing
    for method, path in changing:
        answer = client.request(method, path + ASKED.get(path, ""), headers=ELSEWHERE, content=b"{}")
        assert answer.status_code == 403, (method, path)
    for method, path in questions(client.app):
        if method == "GET":
            answer = client.get(path, headers=ELSEWHERE)
            assert not any(name.startswith("access-control") for name in answer.headers), path
            assert answer.headers["cross-origin-resource-policy"] == "same-origin", path


def _filled(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "BTC", path)
