"""All requests of POST /info by their `type`: whatever module of this package defines one, it is found here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from liqscape.errors import RemoteWireError
from liqscape.wire.decode import wrong_shape
from liqscape.wire.info.request import InfoRequest
from liqscape.wire.modules import load_modules, subclasses_of

_found: dict[str, type[InfoRequest[Any]]] = {}


def request_types() -> dict[str, type[InfoRequest[Any]]]:
    """Records of every request that is known, by type. Raises TypeError where two have the same type."""
    _load()
    found: dict[str, type[InfoRequest[Any]]] = {}
    for each in subclasses_of(InfoRequest):
        if found.setdefault(each.kind(), each) is not each:
            raise TypeError(f"{each.__name__} and {found[each.kind()].__name__} are both {each.kind()}")
    return dict(sorted(found.items()))


def find_request(kind: str) -> type[InfoRequest[Any]] | None:
    """Record of the requests of this type; None where there is none."""
    if kind not in _found:
        _found.update(request_types())
    return _found.get(kind)


def read_request(body: Mapping[str, object], source: str) -> InfoRequest[Any]:
    """A request as it came. Raises RemoteWireError for a type that is not known, or fields of another shape."""
    kind = body.get("type")
    record = find_request(kind) if isinstance(kind, str) else None
    if record is None:
        raise RemoteWireError(f"{source}: type: {kind!r} is no request", source=source, field="type")
    try:
        request: InfoRequest[Any] = msgspec.convert(body, type=record)
    except (msgspec.ValidationError, RecursionError) as error:
        raise wrong_shape(error, source, value=body) from None
    return request


@cache
def _load() -> None:
    load_modules("liqscape.wire.info")
