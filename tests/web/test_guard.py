"""What every response carries, and who is refused."""

from __future__ import annotations

import pytest
from litestar.exceptions import WebSocketDisconnect
from litestar.testing import TestClient

from liqscape.errors import SettingsError
from liqscape.service.hub import Hub
from liqscape.service.view import MapView
from liqscape.web.app import create_app
from liqscape.web.guard import SECURITY_HEADERS, framing_policy, host_name


@pytest.mark.parametrize("path", ["/", "/api/v1/status", "/api/v1/coins/NOPE/frame", "/nothing", "/assets/x"])
def test_security_headers_are_on_every_response(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    for name, value in SECURITY_HEADERS.items():
        assert headers[name] == value
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_page_may_be_framed_by_named_origins_and_its_answers_by_nobody(view: MapView) -> None:
    app = create_app(view, Hub(view), frames=["https://Example.org/", "http://[::1]:8000"])
    with TestClient(app, base_url="http://127.0.0.1:8417") as client:
        page = client.get("/").headers
        assert page["content-security-policy"] == (
            "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; "
            "frame-ancestors https://example.org http://[::1]:8000"
        )
        assert "x-frame-options" not in page
        assert {name: page[name] for name in SECURITY_HEADERS if name[0] not in "CX"} == {
            name: value for name, value in SECURITY_HEADERS.items() if name[0] not in "CX"
        }
        for path in ("/api/v1/status", "/assets/x", "/metrics"):
            other = client.get(path).headers
            assert "frame-ancestors 'none'" in other["content-security-policy"]
            assert other["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "https://*.example.org",
        "example.org",
        "https://example.org/map",
        "https://a.org; script-src *",
        "data:",
        "",
    ],
)
def test_only_an_origin_may_be_allowed_to_frame(origin: str) -> None:
    with pytest.raises(SettingsError, match=r"--allow-frame .* is not an origin"):
        framing_policy([origin])


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8417", "[::2]:80", "0.0.0.0:8417", ""])
def test_other_hosts_are_refused(client: TestClient, host: str) -> None:
    response = client.get("/api/v1/status", headers={"host": host})
    assert response.status_code == 421
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("host", ["127.0.0.1:8417", "localhost:9", "localhost", "[::1]:8417"])
def test_loopback_hosts_are_served(client: TestClient, host: str) -> None:
    assert client.get("/api/v1/status", headers={"host": host}).status_code == 200


def test_host_name_is_without_the_port() -> None:
    assert [host_name(host) for host in ("a:1", "a", "[::1]:5", "[::1]")] == ["a", "a", "[::1]", "[::1]"]


def test_stream_refuses_a_page_of_another_origin(client: TestClient) -> None:
    for origin in ("http://evil.example", "null", "http://127.0.0.1:9999"):
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect("/api/v1/stream", headers={"origin": origin}) as socket,
        ):
            socket.receive_text()


def test_stream_serves_its_own_page_and_programs(client: TestClient) -> None:
    for headers in ({}, {"origin": "http://127.0.0.1:8417"}):
        with client.websocket_connect("/api/v1/stream", headers=headers) as socket:
            assert '"type":"snapshot"' in socket.receive_text()


@pytest.mark.parametrize("path", ["/", "/api/v1/coins", "/api/v1/coins/BTC/heatmap?width=10&height=10"])
@pytest.mark.parametrize("named", ["{}", "W/{}", '"other", W/{}', "*", " * "])
def test_known_answer_is_named_weakly_or_by_a_star(client: TestClient, path: str, named: str) -> None:
    tag = client.get(path).headers["etag"]
    again = client.get(path, headers={"if-none-match": named.format(tag)})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


def test_known_answer_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/api/v1/coins/BTC/heatmap?width=10&height=10")
    tag = first.headers["etag"]
    assert "no-cache" in first.headers["cache-control"]
    again = client.get("/api/v1/coins/BTC/heatmap?width=10&height=10", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    other = client.get("/api/v1/coins/ETH/heatmap?width=10&height=10", headers={"if-none-match": tag})
    assert other.status_code == 200
    assert other.headers["etag"] != tag


def test_errors_carry_no_entity_tag(client: TestClient) -> None:
    assert "etag" not in client.get("/api/v1/coins/NOPE/frame").headers


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/api/v1/coins/NOPE/frame", 404, "unknown-coin"),
        ("GET", "/nothing", 404, "no-route"),
        ("POST", "/api/v1/status", 405, "method-not-allowed"),
        ("GET", "/api/v1/joint?btc_percent=x", 400, "bad-parameter"),
        ("GET", "/api/v1/status?x=" + "y" * 5_000, 414, "too-long"),
        ("GET", "/api/v1/accounts/" + "y" * 5_000, 414, "too-long"),
    ],
)
def test_every_refusal_is_a_problem_document(
    client: TestClient, method: str, path: str, status: int, name: str
) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert set(problem) == {"type", "title", "status", "detail"}
    assert (problem["type"], problem["status"]) == (f"urn:liqscape:problem:{name}", status)


@pytest.mark.parametrize("announced", ["1001", "9" * 30, "x"])
def test_announced_body_that_no_route_reads_is_refused_unread(client: TestClient, announced: str) -> None:
    response = client.get("/api/v1/status", headers={"content-length": announced})
    assert response.status_code == 413


def test_a_rule_may_be_longer_than_other_bodies_and_has_its_bound(client: TestClient) -> None:
    assert client.post("/api/v1/alerts", content=b" " * 8_000).status_code == 400
    assert client.post("/api/v1/alerts", content=b" " * 8_001).status_code == 413
    assert client.get("/api/v1/alerts", headers={"content-length": "1001"}).status_code == 413
    assert client.post("/api/v1/alerts/test", content=b" " * 1_001).status_code == 413


def test_refused_method_names_the_one_that_is_served(client: TestClient) -> None:
    assert "GET" in client.delete("/api/v1/status").headers["allow"]
