"""All requests of POST /info by their `type`: whatever module of this package defines one, it is found here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liqscape.wire.info.request import InfoRequest
from liqscape.wire.modules import read_by_kind, types_by_kind

_found: dict[str, type[InfoRequest[Any]]] = {}


def request_types() -> dict[str, type[InfoRequest[Any]]]:
    """Records of every request that is known, by type. Raises TypeError where two have the same type."""
    return types_by_kind("liqscape.wire.info", InfoRequest)


def find_request(kind: str) -> type[InfoRequest[Any]] | None:
    """Record of the requests of this type; None where there is none."""
    if kind not in _found:
        _found.update(request_types())
    return _found.get(kind)


def read_request(body: Mapping[str, object], source: str) -> InfoRequest[Any]:
    """A request as it came. Raises RemoteWireError for a type that is not known, or fields of another shape."""
    return read_by_kind(body, find_request, source, "request")
