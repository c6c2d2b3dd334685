"""GET /asyncapi.json: the stream described for programs, as /schema/openapi.json describes the routes."""

from __future__ import annotations

from functools import cache

import msgspec
from litestar import Response, get

from liqscape.web.asyncapi import asyncapi
from liqscape.web.parameters import refuse_unknown_parameters
from liqscape.web.routes.stream import stream

ASYNCAPI_PATH = "/asyncapi.json"


@get(ASYNCAPI_PATH, include_in_schema=False, guards=[refuse_unknown_parameters], sync_to_thread=True)
def get_asyncapi() -> Response[bytes]:
    """The AsyncAPI 3 document of the stream."""
    return Response(asyncapi_bytes(), media_type="application/json")


@cache
def asyncapi_bytes() -> bytes:
    """The document as it is served and as it stands in docs/asyncapi.json; it does not change while a server runs."""
    return msgspec.json.format(msgspec.json.encode(asyncapi(stream)), indent=1) + b"\n"
