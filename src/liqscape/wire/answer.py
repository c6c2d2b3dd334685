"""Any answer or message to its record, with every decimal in it checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import chain
from operator import attrgetter
from types import NoneType, UnionType
from typing import Annotated, Literal, TypeVar, Union, cast, get_args, get_origin

import msgspec

from liqscape.wire.decode import LARGEST_NUMBER, convert_record, decode_record, finite, join_path

Record = TypeVar("Record")

PLAIN = (str, int, bool, NoneType, msgspec.UnsetType)
"""Types without a decimal inside."""


def parse_answer(content: bytes, kind: type[Record], source: str) -> Record:
    """One record, or a list of them, from JSON bytes. Raises RemoteWireError naming source, field path and rule."""
    record = decode_record(content, kind, source)
    check_finite(record, source)
    return record


def convert_answer(value: object, kind: type[Record], source: str, path: str = "") -> Record:
    """One record, or a list of them, from decoded JSON."""
    record = convert_record(value, kind, source, path)
    check_finite(record, source, path)
    return record


def check_finite(value: object, source: str, path: str = "") -> None:
    """Raises RemoteWireError where a decimal is NaN, infinite or beyond LARGEST_NUMBER: a lenient decoder allows it."""
    if not _are_finite((value,)):
        _find_bad(value, source, path)


def _are_finite(values: Iterable[object]) -> bool:
    """Whether every decimal inside is fine; looks only at fields that may hold one. One call a record, none a number:
    a message with marks holds thousands."""
    for value in values:
        kind = type(value)
        if kind is float:
            if not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:  # type: ignore[operator]
                return False
        elif value is None or kind is str or kind is int:
            continue
        elif kind is tuple or kind is list:
            if not _are_all_finite(value):  # type: ignore[arg-type]
                return False
        elif kind is dict:
            if not _are_finite(value.values()):  # type: ignore[attr-defined]
                return False
        elif isinstance(value, msgspec.Struct):
            read = _decimals_of(value.__class__)
            if read is not None and not _are_finite(read(value)):
                return False
    return True


def _are_all_finite(values: Sequence[object]) -> bool:
    """As `_are_finite`; of records of one kind all decimals are looked at together, without a step of Python each."""
    kinds = set(map(type, values))
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind is None or not issubclass(kind, msgspec.Struct):
        return _are_finite(values)
    read = _decimals_of(kind)
    if read is None:
        return True
    found = [*filter(None, chain.from_iterable(map(read, values)))]  # neither None nor 0 is too large
    if set(map(type, found)) <= {float}:
        decimals = cast("list[float]", found)
    else:
        decimals = [each for each in found if isinstance(each, float)]
        if not _are_finite(each for each in found if not isinstance(each, float)):
            return False
    # A comparison with NaN may go either way, but a sum with one is NaN.
    largest, smallest = max(decimals, default=0.0), min(decimals, default=0.0)
    return smallest >= -LARGEST_NUMBER and largest <= LARGEST_NUMBER and not math.isnan(sum(decimals))


@cache
def _decimals_of(kind: type) -> Callable[[object], tuple[object, ...]] | None:
    """Reads the fields of a record that are not plain text, whole numbers or flags; None: it has none."""
    names = [field.name for field in msgspec.structs.fields(kind) if not _is_plain(field.type)]
    if not names:
        return None
    return attrgetter(*names, names[-1])  # of one name alone it would give no tuple


def _is_plain(annotation: object) -> bool:
    """Text, whole numbers, flags, and unions of them."""
    parts = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _is_plain(parts[0])
    if get_origin(annotation) in (Union, UnionType):
        return all(_is_plain(part) for part in parts)
    return annotation in PLAIN or get_origin(annotation) is Literal


def _find_bad(value: object, source: str, path: str) -> None:
    if isinstance(value, float):
        finite(value, source, path or "document")
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            inner = getattr(value, field)
            if inner is not None and type(inner) is not str and type(inner) is not int:
                _find_bad(inner, source, join_path(path, field))
    elif isinstance(value, tuple | list):
        for row, inner in enumerate(value):
            _find_bad(inner, source, f"{path}[{row}]")
    elif isinstance(value, dict):
        for name, inner in value.items():
            _find_bad(inner, source, join_path(path, str(name)))
