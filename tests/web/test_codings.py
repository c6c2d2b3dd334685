"""The rule of Accept-Encoding, row by row."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient

from liqscape.web.codings import choose_coding
from liqscape.web.problems import EXCEPTION_HANDLERS
from liqscape.web.routes.page import PageFile, page_routes

GZIP, PLAIN, NONE, BROTLI = "gzip", "identity", None, "br"


@pytest.mark.parametrize(
    ("accepted", "with_gzip", "without"),
    [
        (None, PLAIN, PLAIN),
        ("", PLAIN, PLAIN),
        ("gzip", GZIP, PLAIN),
        ("GZIP", GZIP, PLAIN),
        ("x-gzip", GZIP, PLAIN),
        ("gzip, deflate, br, zstd", GZIP, PLAIN),
        ("br", PLAIN, PLAIN),
        ("gzip;q=0", PLAIN, PLAIN),
        ("gzip; q=0.000", PLAIN, PLAIN),
        ("gzip ;Q=0", PLAIN, PLAIN),
        ("gzip;q=0.001", GZIP, PLAIN),
        ("gzipped", PLAIN, PLAIN),
        ("*", GZIP, PLAIN),
        ("*;q=0", NONE, NONE),
        ("gzip, *;q=0", GZIP, NONE),
        ("identity, *;q=0", PLAIN, PLAIN),
        ("gzip;q=0, *", PLAIN, PLAIN),
        ("identity;q=0", NONE, NONE),
        ("identity;q=0, gzip", GZIP, NONE),
        ("identity;q=0, *", GZIP, NONE),
        ("identity;q=0, gzip;q=0", NONE, NONE),
        ("identity;q=0.5, gzip;q=0.4", PLAIN, PLAIN),
        ("identity;q=0.4, gzip;q=0.5", GZIP, PLAIN),
        ("identity, gzip", GZIP, PLAIN),
        ("gzip;q=0, gzip", PLAIN, PLAIN),
        ("gzip;q=x", PLAIN, PLAIN),
        ("gzip;q=-1", PLAIN, PLAIN),
        ("gzip;q=nan", PLAIN, PLAIN),
        ("gzip;q=1e9", PLAIN, PLAIN),
        ("gzip;level=9;q=0", PLAIN, PLAIN),
        (",,;;q=,=", PLAIN, PLAIN),
    ],
)
def test_coding_is_the_one_the_reader_weighs_most(accepted: str | None, with_gzip: str | None, without: str) -> None:
    assert choose_coding(accepted, packed=(GZIP,)) == with_gzip
    assert choose_coding(accepted, packed=()) == without


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("gzip, deflate, br, zstd", BROTLI),
        ("br", BROTLI),
        ("*", BROTLI),
        ("gzip", GZIP),
        ("br;q=0, *", GZIP),
        ("br;q=0.5, gzip", GZIP),
        ("br, gzip;q=0.5", BROTLI),
        ("br;q=0, gzip;q=0", PLAIN),
        ("br;q=0.4, gzip;q=0.3, identity;q=0.5", PLAIN),
        ("br, *;q=0", BROTLI),
        ("identity;q=0, gzip;q=0, br;q=0", NONE),
        (None, PLAIN),
    ],
)
def test_brotli_is_sent_where_the_reader_likes_it_as_much_as_gzip(accepted: str | None, expected: str | None) -> None:
    assert choose_coding(accepted, packed=(BROTLI, GZIP)) == expected


@given(st.text(st.sampled_from("gzip*identy;,q=01. \xb2\xff"), max_size=40))
def test_no_header_breaks_the_rule(accepted: str) -> None:
    assert choose_coding(accepted, packed=(BROTLI, GZIP)) in (BROTLI, GZIP, PLAIN, NONE)
    assert choose_coding(accepted, packed=()) in (PLAIN, NONE)


def test_page_follows_the_rule() -> None:
    body = b"let figures = 1;\n" * 100
    assets = {"app.js": PageFile("text/javascript", body, {"gzip": gzip.compress(body)})}
    app = Litestar(page_routes(assets), exception_handlers=EXCEPTION_HANDLERS, openapi_config=None)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        for accepted, coding in (("gzip;q=0", None), ("gzip;q=0.1", "gzip"), ("identity;q=0, gzip", "gzip")):
            answer = client.get("/assets/app.js", headers={"accept-encoding": accepted})
            assert (answer.status_code, answer.headers.get("content-encoding")) == (200, coding)
            assert answer.content == body
            assert answer.headers["vary"] == "Accept-Encoding"
        refused = client.get("/assets/app.js", headers={"accept-encoding": "*;q=0"})
        assert (refused.status_code, refused.json()["type"]) == (406, "urn:liqscape:problem:no-such-coding")
