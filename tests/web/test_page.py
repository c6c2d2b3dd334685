"""The page: built files with their types, compressed once; a plain word where it is not built."""

from __future__ import annotations

import gzip

from litestar import Litestar
from litestar.testing import TestClient

from liqscape.web.problems import EXCEPTION_HANDLERS
from liqscape.web.routes.page import Asset, page_routes, read_page


def pages(assets: dict[str, Asset]) -> TestClient:
    app = Litestar(page_routes(assets), exception_handlers=EXCEPTION_HANDLERS, openapi_config=None)
    return TestClient(app, base_url="http://127.0.0.1")


BODY = b"let figures = 1;\n" * 100
BUILT = {
    "index.html": Asset("text/html", b"<!doctype html><title>liqscape</title>", None),
    "app.js": Asset("text/javascript", BODY, gzip.compress(BODY)),
}


def test_page_and_assets_have_their_media_types() -> None:
    with pages(BUILT) as client:
        assert client.get("/").headers["content-type"] == "text/html; charset=utf-8"
        assert client.get("/").content == BUILT["index.html"].body
        assert client.get("/assets/app.js").headers["content-type"] == "text/javascript; charset=utf-8"


def test_assets_are_compressed_where_the_reader_accepts_it() -> None:
    with pages(BUILT) as client:
        plain = client.get("/assets/app.js", headers={"accept-encoding": "identity"})
        packed = client.get("/assets/app.js", headers={"accept-encoding": "gzip, br"})
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["vary"] == "Accept-Encoding"
        assert plain.content == packed.content == BODY
        assert int(packed.headers["content-length"]) < len(BODY) / 10


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
    for asset in assets.values():
        assert asset.compressed is None or gzip.decompress(asset.compressed) == asset.body
    assert not assets or "index.html" in assets
