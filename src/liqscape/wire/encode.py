"""Records to JSON as the exchange writes it: decimals as text, absent fields left out.

The same records that read the exchange's answers (decode.py) write the sandbox's. A float is a decimal and becomes its
shortest text ("66375.0", "0.0000125"), which is exact where it came from at most fifteen digits; fields a record names
in `plain_numbers` are numbers on the wire too. A field that is UNSET is left out; so is one that is None where its
record says omit_defaults and None is its default; other Nones are null.
"""

from __future__ import annotations

import math
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from liqscape.errors import LocalWireError


def encode_record(value: object) -> bytes:
    """JSON of a record, or of lists and dicts of records. Raises LocalWireError for NaN and infinity."""
    return msgspec.json.encode(to_wire(value))


def to_wire(value: object) -> Any:
    """A record as plain lists, dicts, text and numbers."""
    kind = type(value)
    if kind is float:
        return print_decimal(value)  # type: ignore[arg-type]
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if isinstance(value, msgspec.Struct):
        return {
            name: _plain(inner) if is_plain else to_wire(inner)
            for field, name, is_omitted, is_plain in _plan(type(value))
            if (inner := getattr(value, field)) is not msgspec.UNSET and not (is_omitted and inner is None)
        }
    if isinstance(value, tuple | list):
        return [to_wire(inner) for inner in value]
    if isinstance(value, dict):
        return {name: to_wire(inner) for name, inner in value.items()}
    raise LocalWireError(f"a {kind.__name__} has no place on the wire")


def print_decimal(value: float) -> str:
    """Shortest text that reads as this number, never with an exponent: 5.0 -> "5.0", 1.25e-05 -> "0.0000125"."""
    if not math.isfinite(value):
        raise LocalWireError(f"{value} has no place on the wire")
    text = repr(value + 0.0)
    if "e" in text:
        text = format(Decimal(text), "f")
    return text if "." in text else f"{text}.0"


@cache
def _plan(kind: type[msgspec.Struct]) -> tuple[tuple[str, str, bool, bool], ...]:
    """Of each field: its name here and on the wire, whether None leaves it out, whether it is a number there."""
    config = kind.__struct_config__
    plain = getattr(kind, "plain_numbers", ())
    return tuple(
        (field.name, field.encode_name, config.omit_defaults and field.default is None, field.name in plain)
        for field in msgspec.structs.fields(kind)
    )


def _plain(value: Any) -> Any:
    """A JSON number, whole where it can be."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
