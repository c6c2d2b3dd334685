"""HEAD, and how a large body leaves."""

from __future__ import annotations

import asyncio

import pytest
from asgi_calls import HOST, call
from litestar import Response, get
from litestar.params import FromPath
from litestar.testing import TestClient

from liqscape.web.delivery import PIECE_BYTES, Application
from liqscape.web.guard import EntityTag

BODIES = {"empty": b"", "small": b"x", "full": b"x" * PIECE_BYTES, "large": bytes(range(256)) * 5_000}
PATHS = ("/", "/api/v1/status", "/api/v1/coins/BTC/heatmap?width=5&height=5", "/schema/openapi.json", "/metrics")


@get("/{name:str}", sync_to_thread=False)
def body_of(name: FromPath[str]) -> Response[bytes]:
    return Response(BODIES[name], media_type="application/octet-stream")


@pytest.mark.parametrize("name", BODIES)
def test_body_comes_whole_and_no_piece_is_larger_than_said(name: str) -> None:
    heard = asyncio.run(call(Application([body_of], openapi_config=None), f"/{name}"))
    pieces = heard.messages[1:]
    assert heard.body == BODIES[name]
    assert heard.headers["content-length"] == str(len(BODIES[name]))
    assert max(len(piece["body"]) for piece in pieces) <= PIECE_BYTES
    assert [piece["more_body"] for piece in pieces] == [True] * (len(pieces) - 1) + [False]


@pytest.mark.parametrize("path", PATHS)
def test_head_says_what_get_says_without_the_body(client: TestClient, path: str) -> None:
    asked, whole = client.head(path), client.get(path)
    assert (asked.status_code, asked.content) == (whole.status_code, b"") == (200, b"")
    for name in ("content-type", "cache-control", "content-security-policy"):
        assert asked.headers.get(name) == whole.headers.get(name)
    if path != "/metrics":  # its figures move between the two
        for name in ("content-length", "etag"):
            assert asked.headers[name] == whole.headers[name]


def test_head_is_refused_like_get(client: TestClient) -> None:
    assert client.head("/api/v1/coins/NOPE/frame").status_code == 404
    assert client.head("/api/v1/status", headers={"host": "evil.example"}).status_code == 421
    known = client.get("/api/v1/coins").headers["etag"]
    assert client.head("/api/v1/coins", headers={"if-none-match": known}).status_code == 304


def test_head_of_a_simulation_ends_with_its_head(client: TestClient) -> None:
    asked = client.head("/api/v1/cascade?coin=BTC&price=50000&minutes=1")
    assert (asked.status_code, asked.content) == (200, b"")


def test_methods_that_are_served_are_named_with_head(client: TestClient) -> None:
    assert client.post("/api/v1/status").headers["allow"].split(", ") == ["GET", "HEAD", "OPTIONS"]


def test_answer_that_brings_its_tag_keeps_it() -> None:
    @get("/", sync_to_thread=False)
    def tagged() -> Response[bytes]:
        return Response(b"x", headers={"ETag": '"its-own"'})

    app = Application([tagged], middleware=[EntityTag()], openapi_config=None)
    assert asyncio.run(call(app, "/")).headers["etag"] == '"its-own"'
    again = asyncio.run(call(app, "/", [HOST, (b"if-none-match", b'"its-own"')]))
    assert (again.status, again.body) == (304, b"")
