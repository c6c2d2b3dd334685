"""Headers that no browser sends: every route answers them with what it says or a refusal, never with a failure."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from amounts import examples
from api_paths import COMPAT, PATHS, REQUESTS, asked
from asgi_calls import HOST, Headers, call, connect_stream
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.datastructures import Headers as Fields
from litestar.testing import TestClient

from liqscape.service.hub import Hub
from liqscape.service.view import MapView
from liqscape.web.app import create_app
from liqscape.web.guard import is_same_origin

TOKEN = "correct-horse-battery-staple"
NAMES = (
    b"origin", b"host", b"accept", b"accept-encoding", b"accept-language", b"authorization", b"connection",
    b"content-encoding", b"content-length", b"content-type", b"cookie", b"expect", b"forwarded", b"if-modified-since",
    b"if-none-match", b"if-range", b"range", b"referer", b"sec-fetch-site", b"te", b"transfer-encoding", b"upgrade",
    b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-http-method-override",
)  # fmt: skip
ODD_VALUES = (
    b"", b" ", b"http://[", b"http://]", b"http://[::1", b"://", b"[", b"]", b"null", b"http://127.0.0.1:99999999",
    b"http://127.0.0.1:x", b"https://%zz", b"http://\xff\xfe", b"\xb2", b"\xd9\xa3", b"-1", b"1e9", b"9" * 400, b";=,",
    b'"', b'W/"', b"*", b"gzip;q=", b"bytes=0-", b"bytes=9-1", b"Bearer \xff", b"Bearer", b"liqscape_session=\xff.\xff",
    b"liqscape_session=9.", b"a=b; =;;", b"multipart/form-data", b"multipart/form-data; boundary=",
    b"application/x-www-form-urlencoded; charset=nonsense", b"application/json; charset=\xff", b"text/html;q=\xff",
    b"chunked",
)  # fmt: skip
ADDRESSES = (
    "/", "/assets/app.js", "/favicon.ico", "/login", "/login.css", "/metrics", "/schema/openapi.json",
    "/healthz", "/readyz",
    *sorted(asked(path) for path in PATHS), "/api/v1/joint?btc_percent=-5", "/nothing",
)  # fmt: skip


@pytest.fixture(scope="module", params=[None, TOKEN], ids=["open", "token"])
def served(request: pytest.FixtureRequest, view: MapView) -> Iterator[TestClient]:
    with TestClient(create_app(view, Hub(view), token=request.param)) as served:
        yield served


def status_of(served: TestClient, path: str, headers: Headers, method: str = "GET") -> int:
    """Status of an HTTP answer, asked on the application's own loop."""
    body = b"token=x" if method == "POST" else b""
    return served.blocking_portal.call(lambda: call(served.app, path, headers, method=method, body=body)).status


def stream_status(served: TestClient, headers: Headers) -> int:
    """101 where a stream is accepted, else 403."""
    return served.blocking_portal.call(connect_stream, served.app, headers).status


def test_every_route_is_asked(client: TestClient) -> None:
    paths = client.get("/schema/openapi.json").json()["paths"]
    assert {path for path in paths if not path.startswith(COMPAT)} == PATHS | {path for _, path in REQUESTS}


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_header_makes_a_route_fail(
    served: TestClient, caplog: pytest.LogCaptureFixture, data: st.DataObject
) -> None:
    values = st.sampled_from(ODD_VALUES) | st.binary(max_size=40).map(lambda value: value.translate(None, b"\r\n\0"))
    odd = data.draw(st.lists(st.tuples(st.sampled_from(NAMES), values), min_size=1, max_size=4))
    path = data.draw(st.sampled_from(ADDRESSES))
    method = data.draw(st.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "TRACE", "BREW"]))
    is_known = data.draw(st.booleans())
    headers = [*odd, HOST, (b"authorization", f"Bearer {TOKEN}".encode())] if is_known else odd
    caplog.clear()
    with caplog.at_level(logging.ERROR):
        assert status_of(served, path, headers, method) < 500
        assert stream_status(served, headers) in (101, 403)
    assert caplog.records == []


@pytest.mark.parametrize(
    ("origin", "is_ours"),
    [
        ("http://127.0.0.1:8417", True),
        ("https://127.0.0.1:8417", True),
        ("http://127.0.0.1", False),
        ("http://evil.example", False),
        ("http://127.0.0.1:8417.evil.example", False),
        ("http://evil@127.0.0.1:8417", False),
        ("ftp://127.0.0.1:8417", False),
        ("127.0.0.1:8417", False),
        ("null", False),
        ("", False),
        ("http://[", False),
        ("http://127.0.0.1:8417/", False),
    ],
)
def test_origin_is_compared_whole(origin: str, is_ours: bool) -> None:
    assert is_same_origin(Fields({"host": "127.0.0.1:8417", "origin": origin})) is is_ours


def test_two_origins_are_another_s() -> None:
    ours = (b"origin", b"http://127.0.0.1:8417")
    assert not is_same_origin(Fields.from_scope({"headers": [HOST, ours, ours]}))  # type: ignore[arg-type]


def test_odd_origin_is_refused_where_it_matters(served: TestClient) -> None:
    headers = [HOST, (b"authorization", f"Bearer {TOKEN}".encode()), (b"origin", b"http://[")]
    assert status_of(served, "/api/v1/cascade?coin=BTC&price=1", headers) == 403
    assert stream_status(served, headers) == 403
    assert status_of(served, "/api/v1/status", headers) == 200


def test_two_hosts_are_refused(served: TestClient) -> None:
    headers = [HOST, (b"host", b"evil.example")]
    assert status_of(served, "/api/v1/status", headers) == 400
    assert stream_status(served, headers) == 403
