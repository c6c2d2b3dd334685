"""Bytes to records, with one error for everything that can be wrong with them.

Records are msgspec Structs decoded with strict=False: the venue writes decimals as strings and adds fields at will.
A missing field, another type or a number out of range is an error that names source, field path and rule; so is NaN
or infinity, which a lenient decoder would let through (`finite`).
"""

from __future__ import annotations

import math
import re
from typing import Any, TypeVar

import msgspec

from liqscape.errors import RemoteWireError

Record = TypeVar("Record")

LARGEST_NUMBER = 1e18
"""USD or coins; no figure of the venue comes near, and squares of it stay finite."""

_PATH = re.compile(r" - at `\$?(?P<path>[^`]*)`$")


def decode_json(content: bytes, source: str) -> Any:
    """Untyped JSON, for files whose shape has to be found out first."""
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteWireError(f"{source}: not JSON: {_reason(error)}", source=source) from None


def decode_record(content: bytes, kind: type[Record], source: str) -> Record:
    """One record from JSON bytes."""
    try:
        return msgspec.json.decode(content, type=kind, strict=False)
    except msgspec.ValidationError as error:
        raise wrong_shape(error, source) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteWireError(f"{source}: not JSON: {_reason(error)}", source=source) from None


def convert_record(value: object, kind: type[Record], source: str, path: str = "") -> Record:
    """One record from already decoded JSON; `path` says where in the file it stands."""
    try:
        return msgspec.convert(value, type=kind, strict=False)
    except (msgspec.ValidationError, RecursionError) as error:
        raise wrong_shape(error, source, path) from None


def wrong_shape(error: Exception, source: str, path: str = "") -> RemoteWireError:
    """The venue's field path and the broken rule out of a decoder's message."""
    message = str(error)
    found = _PATH.search(message)
    where = join_path(path, found["path"] if found else "")
    rule = message[: found.start()] if found else message
    return RemoteWireError(f"{source}: {where or 'document'}: {rule}", source=source, field=where)


def refuse(source: str, path: str, value: object, rule: str) -> RemoteWireError:
    """A value that has the right type and breaks a rule."""
    shown = repr(value)
    if len(shown) > 60:
        shown = shown[:57] + "..."
    return RemoteWireError(f"{source}: {path}: {shown} {rule}", source=source, field=path)


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


def _reason(error: Exception) -> str:
    return str(error).removeprefix("JSON is malformed: ") or type(error).__name__
