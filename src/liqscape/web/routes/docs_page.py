"""GET /docs: the routes and the stream of this server, drawn from its own two documents by a page without a network."""

from __future__ import annotations

from importlib.resources import files

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from liqscape.web.parameters import refuse_unknown_parameters

DOCS_PATH = "/docs"
FILES = {"docs.css": "text/css", "docs.js": "text/javascript"}


def docs_routes() -> list[HTTPRouteHandler]:
    """Handlers of the page and the two files it needs, kept in memory."""
    folder = files("liqscape.web") / "docs_page"
    page = (folder / "index.html").read_bytes()
    contents = {name: (folder / name).read_bytes() for name in FILES}

    @get(DOCS_PATH, include_in_schema=False, guards=[refuse_unknown_parameters], sync_to_thread=False)
    def get_docs() -> Response[bytes]:
        return Response(page, media_type="text/html")

    @get(f"{DOCS_PATH}/docs.css", include_in_schema=False, sync_to_thread=False)
    def get_docs_style() -> Response[bytes]:
        return Response(contents["docs.css"], media_type=FILES["docs.css"])

    @get(f"{DOCS_PATH}/docs.js", include_in_schema=False, sync_to_thread=False)
    def get_docs_script() -> Response[bytes]:
        return Response(contents["docs.js"], media_type=FILES["docs.js"])

    return [get_docs, get_docs_style, get_docs_script]
