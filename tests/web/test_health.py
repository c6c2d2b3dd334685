"""/healthz and /readyz: tiny, to anybody, and nothing of the map in them; 503 with the reason where there is no map."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from litestar.testing import TestClient

from liqscape.service.hub import Hub
from liqscape.service.live import LiveState
from liqscape.service.standing import Standing, standing_of_feed
from liqscape.service.view import MapView
from liqscape.web.app import create_app
from liqscape.web.routes.health import not_ready

BASE = "http://127.0.0.1:8417"


@pytest.fixture
def empty() -> MapView:
    return MapView(None, LiveState())


@pytest.fixture
def guarded(view: MapView) -> Iterator[TestClient]:
    with TestClient(create_app(view, Hub(view), token="correct-horse-battery-staple"), base_url=BASE) as client:
        yield client


@pytest.mark.parametrize(("path", "said"), [("/healthz", "ok\n"), ("/readyz", "ready\n")])
def test_anybody_is_answered_in_a_word_without_token_and_under_any_name(
    path: str, said: str, guarded: TestClient
) -> None:
    for host in ("127.0.0.1:8417", "10.1.2.3:8417", "liqscape.default.svc"):
        answer = guarded.get(path, headers={"host": host})
        assert (answer.status_code, answer.text) == (200, said)
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
    assert guarded.head(path).status_code == 200


def test_everything_else_still_asks_for_the_token_and_the_name(guarded: TestClient) -> None:
    assert guarded.get("/api/v1/status").status_code == 401
    assert guarded.get("/metrics").status_code == 401
    assert guarded.get("/metrics", headers={"host": "10.1.2.3"}).status_code == 421
    assert guarded.post("/healthz").status_code == 405


def test_two_host_headers_are_refused_here_too(guarded: TestClient) -> None:
    hosts = [("host", "127.0.0.1"), ("host", "127.0.0.1")]
    assert guarded.get("/healthz", headers=hosts).status_code == 400


def test_a_map_without_a_frame_is_alive_and_not_ready(empty: MapView) -> None:
    # Without its lifespan: a hub without a frame has nothing to send.
    client = TestClient(create_app(empty, Hub(empty)), base_url=BASE)
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "the map has no frame yet"
    assert answer.json()["type"] == "urn:liqscape:problem:not-ready"
    assert answer.json()["title"] == "Not ready"


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (Standing(is_live=True, feed="live"), None),
        (standing_of_feed("stale"), "the map is not live: stale"),
        (standing_of_feed("reconnecting"), "the map is not live: reconnecting"),
        (Standing(is_live=False), "the map is not live: nothing is followed"),
    ],
)
def test_who_asks_for_a_live_map_hears_why_it_is_not(
    standing: Standing, reason: str | None, view: MapView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MapView, "standing", property(lambda _: standing))
    assert not_ready(view, live=True) == reason
    assert not_ready(view) is None


def test_parameters_there_are_not_are_refused(guarded: TestClient) -> None:
    assert guarded.get("/readyz?liev=true").status_code == 400
    assert guarded.get("/healthz?live=true").status_code == 400
