"""Bytes to records, with one error for everything that can be wrong with them.

Records are msgspec Structs decoded with strict=False: the venue writes decimals as strings and adds fields at will.
A missing field, another type or a number out of range is an error that names source, field path and rule; so is NaN
or infinity, which a lenient decoder would let through (`finite`).
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, TypeVar

import msgspec

from liqscape.errors import RemoteWireError

Record = TypeVar("Record")

LARGEST_NUMBER = 1e18
"""USD or coins; no figure of the venue comes near, and squares of it stay finite."""

LARGEST_LITERAL = 1e300
"""A JSON number from here on is refused before its field is known."""

_decoders: dict[object, msgspec.json.Decoder[Any]] = {}
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_PATH = re.compile(r" - at `\$?(?P<path>[^`]*)`$")


def decode_json(content: bytes, source: str) -> Any:
    """Untyped JSON, for files whose shape has to be found out first."""
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_json(content, error, source) from None


def decode_loosely(content: bytes, source: str) -> Any:
    """Untyped JSON with numbers out of range (1e400, NaN) kept as text, which no number is read from.

    For answers that are read row by row, so that one such number costs its own row only.
    """
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        try:
            return _loads_loosely(content)
        except (ValueError, RecursionError):
            raise _not_json(content, error, source) from None


def decode_record(content: bytes, kind: type[Record], source: str) -> Record:
    """One record from JSON bytes."""
    try:
        found: Record = _decoder(kind).decode(content)
        return found
    except msgspec.ValidationError as error:
        raise wrong_shape(error, source, value=decode_json(content, source)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_json(content, error, source) from None


def try_decode(content: bytes, kind: type[Record]) -> Record | None:
    """One record from JSON bytes; None where it cannot be read, without naming what is wrong."""
    try:
        found: Record = _decoder(kind).decode(content)
        return found
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _decoder(kind: object) -> msgspec.json.Decoder[Any]:
    """Made once a kind: there are as many as the code names."""
    found = _decoders.get(kind)
    if found is None:
        found = _decoders[kind] = msgspec.json.Decoder(kind, strict=False)
    return found


def convert_record(value: object, kind: type[Record], source: str, path: str = "") -> Record:
    """One record from already decoded JSON; `path` says where in the file it stands."""
    try:
        return msgspec.convert(value, type=kind, strict=False)
    except (msgspec.ValidationError, RecursionError) as error:
        raise wrong_shape(error, source, path, value) from None


def wrong_shape(error: Exception, source: str, path: str = "", value: object = None) -> RemoteWireError:
    """The venue's field path, the value found in `value` and the broken rule out of a decoder's message."""
    message = str(error)
    found = _PATH.search(message)
    inner = found["path"] if found else ""
    where = join_path(path, inner)
    rule = message[: found.start()] if found else message
    at_fault = _value_at(value, inner)
    shown = f" ({_shown(at_fault)})" if isinstance(at_fault, str | int | float) else ""
    return RemoteWireError(f"{source}: {where or 'document'}: {rule}{shown}", source=source, field=where)


def refuse(source: str, path: str, value: object, rule: str) -> RemoteWireError:
    """The RemoteWireError for a value that has the right type and breaks a rule."""
    return RemoteWireError(f"{source}: {path}: {_shown(value)} {rule}", source=source, field=path)


def finite(value: float, source: str, path: str, *, least: float = -LARGEST_NUMBER) -> float:
    """The number itself. Raises RemoteWireError for NaN, infinity, below `least` or beyond LARGEST_NUMBER."""
    if not math.isfinite(value):
        raise refuse(source, path, value, "is not a finite number")
    if abs(value) > LARGEST_NUMBER:
        raise refuse(source, path, value, f"is beyond {LARGEST_NUMBER:g}")
    if value < least:
        raise refuse(source, path, value, f"is below {least:g}")
    return value


def join_path(path: str, rest: str) -> str:
    """`a.b` and `[0].c` to `a.b[0].c`."""
    rest = rest.removeprefix(".")
    if not path or not rest or rest.startswith("["):
        return path + rest
    return f"{path}.{rest}"


class _Unreadable(str):
    """A number literal of JSON that no float64 or int64 holds: 1e400, NaN, Infinity, a thousand nines."""

    def __repr__(self) -> str:
        return str(self)


def _not_json(content: bytes, error: Exception, source: str) -> RemoteWireError:
    """Names the field where the only trouble is a number out of range; else says where the text stops being JSON."""
    try:
        document = _loads_loosely(content)
    except (ValueError, RecursionError):
        document = None
    found = _find_unreadable(document, "")
    if found is None:
        return RemoteWireError(f"{source}: not JSON: {_reason(error)}", source=source)
    return refuse(source, found[0] or "document", found[1], "is not a finite number in range")


def _loads_loosely(content: bytes) -> Any:
    return json.loads(content, parse_float=_read_number, parse_int=_read_number, parse_constant=_Unreadable)


def _read_number(text: str) -> float | _Unreadable:
    number = float(text)
    return number if abs(number) < LARGEST_LITERAL else _Unreadable(text)


def _find_unreadable(value: object, path: str) -> tuple[str, _Unreadable] | None:
    """The first one in reading order with its path. As deep as the parser went, which has a limit of its own."""
    if isinstance(value, _Unreadable):
        return path, value
    inner: list[tuple[str, object]] = []
    if isinstance(value, dict):
        inner = [(join_path(path, str(name)), item) for name, item in value.items()]
    elif isinstance(value, list):
        inner = [(f"{path}[{row}]", item) for row, item in enumerate(value)]
    return next((found for place, item in inner if (found := _find_unreadable(item, place))), None)


def _value_at(value: object, path: str) -> object:
    """What stands at a decoder's path; None where it cannot be found (a key of a map, a missing field)."""
    for name, row in _STEP.findall(path):
        if name and isinstance(value, dict):
            value = value.get(name)
        elif row and isinstance(value, list) and int(row) < len(value):
            value = value[int(row)]
        else:
            return None
    return value


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def _reason(error: Exception) -> str:
    return str(error).removeprefix("JSON is malformed: ") or type(error).__name__
