"""Records that are found instead of listed: every module of a package is imported, and the subclasses are listed."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Protocol, TypeVar

import msgspec

from liqscape.errors import RemoteWireError
from liqscape.wire.decode import wrong_shape


class Tagged(Protocol):
    """A record that is known by its `type` on the wire."""

    @classmethod
    def kind(cls) -> str:
        """`type` on the wire."""


Record = TypeVar("Record", bound=Tagged)


def types_by_kind(package: str, base: type[Record]) -> dict[str, type[Record]]:
    """Every subclass of a record that a module of the package defines, by type.

    Raises TypeError where two have the same type.
    """
    load_modules(package)
    found: dict[str, type[Record]] = {}
    for each in subclasses_of(base):
        if found.setdefault(each.kind(), each) is not each:
            raise TypeError(f"{each.__name__} and {found[each.kind()].__name__} are both {each.kind()}")
    return dict(sorted(found.items()))


def read_by_kind(
    body: Mapping[str, object], find: Callable[[str], type[Record] | None], source: str, what: str
) -> Record:
    """The record that a body's `type` names. Raises RemoteWireError for another type or shape."""
    kind = body.get("type")
    record = find(kind) if isinstance(kind, str) else None
    if record is None:
        raise RemoteWireError(f"{source}: type: {kind!r} is no {what}", source=source, field="type")
    try:
        return msgspec.convert(body, type=record)
    except (msgspec.ValidationError, RecursionError) as error:
        raise wrong_shape(error, source, value=body) from None


@cache
def load_modules(package: str) -> None:
    """Import every module of the package of this name."""
    for module in pkgutil.iter_modules(import_module(package).__path__, f"{package}."):
        import_module(module.name)


def subclasses_of(base: type[Any]) -> Iterator[type[Any]]:
    """All subclasses of a class, at any depth."""
    for each in base.__subclasses__():
        yield each
        yield from subclasses_of(each)
