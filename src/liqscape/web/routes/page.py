"""GET / and /assets/*: the built page, kept in memory; in gzip from the start on, in brotli from its build on."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from litestar import Request, Response, get
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from liqscape.web.codings import BROTLI, GZIP, choose_coding
from liqscape.web.guard import CONTENT_POLICY

MEDIA_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain",
}
NOT_BUILT = """liqscape: the page is not built.

The API is here: /api/v1/status, described in /schema/openapi.json.
To build the page, run `make page` in the source folder (it needs Node 20 or later) and start again.
A wheel made with `pip install .` has the page inside.
"""


@dataclass(frozen=True)
class PageFile:
    """One file of the page; `packed` holds it by coding, best first, where that is smaller."""

    media_type: str
    body: bytes
    packed: dict[str, bytes]


def read_page() -> dict[str, PageFile]:
    """Every file of liqscape/web/static by its path there; empty where the page is not built."""
    folder = files("liqscape.web") / "static"
    if not (folder / "index.html").is_file():
        return {}
    return dict(_walk(folder, ""))


def page_routes(assets: dict[str, PageFile], policy: str = CONTENT_POLICY) -> list[HTTPRouteHandler]:
    """Handlers over the files of the page; policy is the content policy of the page itself."""

    @get("/", include_in_schema=False, sync_to_thread=False)
    def get_page(request: Request) -> Response[bytes]:  # type: ignore[type-arg]
        if "index.html" not in assets:
            return Response(NOT_BUILT.encode(), media_type=MEDIA_TYPES[".txt"])
        response = _respond(request, assets["index.html"])
        response.headers["Content-Security-Policy"] = policy
        return response

    @get("/assets/{path:path}", include_in_schema=False, sync_to_thread=False)
    def get_asset(request: Request, path: FromPath[str]) -> Response[bytes]:  # type: ignore[type-arg]
        name = path.lstrip("/")
        asset = assets.get(name) or assets.get(f"assets/{name}")
        if asset is None:
            raise NotFoundException
        return _respond(request, asset)

    @get("/favicon.ico", include_in_schema=False, sync_to_thread=False)
    def get_icon(request: Request) -> Response[bytes]:  # type: ignore[type-arg]
        asset = assets.get("favicon.ico") or assets.get("favicon.svg")
        return Response(b"", status_code=204) if asset is None else _respond(request, asset)

    return [get_page, get_asset, get_icon]


def _respond(request: Request, asset: PageFile) -> Response[bytes]:  # type: ignore[type-arg]
    headers = {"Vary": "Accept-Encoding"}
    wanted = request.headers.getall("accept-encoding", [])
    coding = choose_coding(",".join(wanted) if wanted else None, packed=tuple(asset.packed))
    if coding is None:
        raise HTTPException(
            detail="accept-encoding leaves none of br, gzip and identity", status_code=406, headers=headers
        )
    if coding in asset.packed:
        headers["Content-Encoding"] = coding
    return Response(asset.packed.get(coding, asset.body), media_type=asset.media_type, headers=headers)


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, PageFile]]:
    found = []
    for entry in folder.iterdir():
        name = f"{prefix}{entry.name}"
        if entry.is_dir():
            found += _walk(entry, f"{name}/")
            continue
        suffix = "." + entry.name.rpartition(".")[2]
        if suffix in MEDIA_TYPES:
            body = entry.read_bytes()
            # Python packs no brotli by itself: the build of the page leaves it beside each file.
            brotli = folder / f"{entry.name}.br"
            packed = {BROTLI: brotli.read_bytes()} if brotli.is_file() else {}
            packed[GZIP] = gzip.compress(body, 9, mtime=0)
            smaller = {coding: small for coding, small in packed.items() if len(small) < len(body)}
            found.append((name, PageFile(MEDIA_TYPES[suffix], body, smaller)))
    return found
