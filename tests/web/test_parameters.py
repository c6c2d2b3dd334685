"""A query parameter that a route does not know is refused, never ignored, on every route of the API."""

from __future__ import annotations

import pytest
from api_paths import COMPAT, PATHS, REQUESTS
from litestar.exceptions import WebSocketDisconnect
from litestar.testing import TestClient
from small_market import START_MS, address

from liqscape.service.hub import Hub
from liqscape.service.view import MapView
from liqscape.web.app import API_PREFIX, create_app

UNKNOWN = "wholly_unknown"


def api_paths(client: TestClient) -> list[str]:
    """Every address of the API, coins and accounts filled in."""
    paths = client.get("/schema/openapi.json").json()["paths"]
    return [path.replace("{coin}", "BTC").replace("{address}", address(5)) for path in paths]


def test_every_route_refuses_a_parameter_it_does_not_know(client: TestClient) -> None:
    paths = [*api_paths(client), "/metrics"]
    assert sum(path.startswith(API_PREFIX) for path in paths) >= 13
    others = {path for _, path in REQUESTS} - PATHS
    for method, path in [*(("GET", path) for path in paths if path not in others), *sorted(REQUESTS)]:
        response = client.request(method, path, params={UNKNOWN: "1"})
        assert response.status_code == 400, path
        is_foreign = path.startswith(COMPAT)
        assert response.headers["content-type"] == f"application/{'json' if is_foreign else 'problem+json'}"
        assert f"unknown parameter {UNKNOWN!r}" in response.json()["msg" if is_foreign else "detail"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/coins/BTC/frame?att=2026-02-05T12:00:00Z", "unknown parameter 'att'; did you mean at?"),
        ("/coins/BTC/heatmap?startms=3", "unknown parameter 'startms'; did you mean start?"),
        ("/coins/BTC/positions?WITHIN_percent=3", "unknown parameter 'WITHIN_percent'; did you mean within_percent?"),
        ("/coins/BTC/positions?price_hi=3&price_low=1", "unknown parameter 'price_hi'; did you mean price_high?"),
        ("/cascade?coin=BTC&price=1&minute=3", "unknown parameter 'minute'; did you mean minutes?"),
        ("/coins/BTC/asymmetry?q=3", "unknown parameter 'q'; this address takes at"),
        ("/status?at_ms=3", "unknown parameter 'at_ms'; this address takes none"),
        (f"/status?{'x' * 70}=3", f"unknown parameter '{'x' * 60}...'; this address takes none"),
    ],
)
def test_the_nearest_known_parameter_is_named(client: TestClient, path: str, said: str) -> None:
    response = client.get(API_PREFIX + path)
    assert response.status_code == 400
    assert response.json()["detail"] == said


def test_known_parameters_are_answered(client: TestClient) -> None:
    assert client.get(f"{API_PREFIX}/coins/BTC/frame", params={"at": START_MS, "level": 2}).status_code == 200


def test_the_stream_refuses_one_too(view: MapView) -> None:
    with (
        TestClient(create_app(view, Hub(view)), base_url="http://127.0.0.1:8417") as client,
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(f"{API_PREFIX}/stream?coinz=BTC"),
    ):
        pass
