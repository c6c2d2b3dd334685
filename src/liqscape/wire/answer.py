"""Any answer or message to its record, with every decimal in it checked."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from liqscape.wire.decode import convert_record, decode_record, finite, join_path

Record = TypeVar("Record")


def parse_answer(content: bytes, kind: type[Record], source: str) -> Record:
    """One record, or a list of them, from JSON bytes. Raises RemoteWireError naming source, field path and rule."""
    record = decode_record(content, kind, source)
    check_finite(record, source)
    return record


def convert_answer(value: object, kind: type[Record], source: str, path: str = "") -> Record:
    """The same out of decoded JSON."""
    record = convert_record(value, kind, source, path)
    check_finite(record, source, path)
    return record


def check_finite(value: object, source: str, path: str = "") -> None:
    """Raises RemoteWireError where a decimal is NaN, infinite or beyond LARGEST_NUMBER: a lenient decoder allows it."""
    if isinstance(value, float):
        finite(value, source, path or "document")
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            inner = getattr(value, field)
            if inner is not None and type(inner) is not str and type(inner) is not int:
                check_finite(inner, source, join_path(path, field))
    elif isinstance(value, tuple | list):
        for row, inner in enumerate(value):
            check_finite(inner, source, f"{path}[{row}]")
    elif isinstance(value, dict):
        for name, inner in value.items():
            check_finite(inner, source, join_path(path, str(name)))
