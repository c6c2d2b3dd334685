"""The page: built files with their types, compressed once; a plain word where it is not built."""

from __future__ import annotations

import gzip
from html.parser import HTMLParser

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from liqscape.web.problems import EXCEPTION_HANDLERS
from liqscape.web.routes.login import PAGE
from liqscape.web.routes.page import PageFile, page_routes, read_page


def pages(assets: dict[str, PageFile]) -> TestClient:
    app = Litestar(page_routes(assets), exception_handlers=EXCEPTION_HANDLERS, openapi_config=None)
    return TestClient(app, base_url="http://127.0.0.1")


BODY = b"let figures = 1;\n" * 100
MADE_UP = b"in another coding"
BUILT = {
    "index.html": PageFile("text/html", b"<!doctype html><title>liqscape</title>", {}),
    "app.js": PageFile("text/javascript", BODY, {"br": MADE_UP, "gzip": gzip.compress(BODY)}),
}


def test_page_and_assets_have_their_media_types() -> None:
    with pages(BUILT) as client:
        assert client.get("/").headers["content-type"] == "text/html; charset=utf-8"
        assert client.get("/").content == BUILT["index.html"].body
        assert client.get("/assets/app.js").headers["content-type"] == "text/javascript; charset=utf-8"


def test_assets_are_compressed_where_the_reader_accepts_it() -> None:
    with pages(BUILT) as client:
        plain = client.get("/assets/app.js", headers={"accept-encoding": "identity"})
        packed = client.get("/assets/app.js", headers={"accept-encoding": "gzip"})
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["vary"] == "Accept-Encoding"
        assert plain.content == packed.content == BODY
        assert int(packed.headers["content-length"]) < len(BODY) / 10


def test_brotli_of_the_build_is_sent_as_it_is() -> None:
    with pages(BUILT) as client, client.stream("GET", "/assets/app.js", headers={"accept-encoding": "gzip, br"}) as got:
        assert (got.headers["content-encoding"], got.headers["vary"]) == ("br", "Accept-Encoding")
        assert b"".join(got.iter_raw()) == MADE_UP


def test_files_outside_the_page_are_not_there() -> None:
    with pages(BUILT) as client:
        for path in ("/assets/../app.py", "/assets/%2e%2e/app.py", "/assets//etc/passwd", "/assets/", "/index.php"):
            assert client.get(path).status_code == 404


def test_page_that_is_not_built_says_how_to_build_it() -> None:
    with pages({}) as client:
        response = client.get("/")
        assert response.status_code == 200
        assert "make page" in response.text
        assert client.get("/favicon.ico").status_code == 204


def test_what_is_built_is_read_whole() -> None:
    assets = read_page()
    for name, asset in assets.items():
        assert not name.endswith(".br")
        assert asset.packed.get("gzip") is None or gzip.decompress(asset.packed["gzip"]) == asset.body
        assert all(len(packed) < len(asset.body) for packed in asset.packed.values())
    assert not assets or "index.html" in assets


class _Inline(HTMLParser):
    """What the content policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self.found += [f"{tag} {name}" for name in names if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(tag)
        if tag in ("script", "link", "img", "iframe") and "//" in (names.get("src") or names.get("href") or ""):
            self.found.append(f"{tag} of another origin")


@pytest.mark.parametrize("page", ["login", "map"])
def test_pages_hold_no_inline_script_or_style_and_nothing_of_another_origin(page: str) -> None:
    text = PAGE if page == "login" else read_page().get("index.html", PageFile("", b"", {})).body.decode()
    inline = _Inline()
    inline.feed(text)
    assert inline.found == []
