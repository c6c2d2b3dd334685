"""A document with one field broken at a time: absent, null, of another type, absurd."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

Path = tuple[str | int, ...]


class Broken(NamedTuple):
    """How it was broken, where, and the document."""

    how: str
    path: Path
    document: Any

    @property
    def field(self) -> str:
        """Names on the way without the numbers of rows."""
        return ".".join(step for step in self.path if isinstance(step, str))


def break_each_field(document: Any, keep: frozenset[str] = frozenset()) -> Iterator[Broken]:
    """Every field of every distinct shape of row once in each way; fields named in `keep` are left alone."""
    for path in _paths(document):
        if path and path[-1] in keep:
            continue
        value = _at(document, path)
        ways: dict[str, Any] = {"null": None, "wrong type": [["much"]] if not isinstance(value, list) else "much"}
        if isinstance(value, bool):
            ways["absurd"] = "perhaps"
        elif isinstance(value, int | float) or _is_decimal(value):
            ways |= {"absurd": "-1e30", "not a number": "NaN", "text": "12.x"}
        elif isinstance(value, str):
            ways["absurd"] = "\x00" * 50
        for how, other in ways.items():
            if value != other:
                yield Broken(how, path, _with(document, path, other))
        if path and isinstance(path[-1], str):
            yield Broken("absent", path, _without(document, path))


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, (*path, name))
    elif isinstance(value, list):
        shapes: set[Any] = set()
        for row, inner in enumerate(value):
            shape = _shape(inner)
            if shape not in shapes or not isinstance(inner, dict | list):
                shapes.add(shape)
                yield from _paths(inner, (*path, row))


def _shape(value: Any) -> Any:
    """Names and types, with the word of a short text that tells kinds apart."""
    if isinstance(value, dict):
        return tuple((name, _shape(inner)) for name, inner in sorted(value.items()))
    if isinstance(value, list):
        return tuple(sorted({repr(_shape(inner)) for inner in value}))
    return value if value in ("cross", "isolated") else type(value).__name__


def _is_decimal(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def _with(document: Any, path: Path, value: Any) -> Any:
    changed = copy.deepcopy(document)
    _at(changed, path[:-1])[path[-1]] = value
    return changed


def _without(document: Any, path: Path) -> Any:
    changed = copy.deepcopy(document)
    del _at(changed, path[:-1])[path[-1]]
    return changed
