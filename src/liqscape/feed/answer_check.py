"""HTTP 200 is not yet an answer: the body must be JSON, and no report of an error.

Shapes of such reports as public clients have met them: {"status": "err", "response": ...}, {"error": ...}, and a bare
string where the answer should be a record.
"""

from __future__ import annotations

from typing import Any

import msgspec

from liqscape.errors import RequestFailed
from liqscape.wire.info.request import InfoRequest

MAX_SHOWN = 200


class _Report(msgspec.Struct, frozen=True):
    status: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw = msgspec.Raw()


_ANY = msgspec.json.Decoder(msgspec.Raw)
_REPORT = msgspec.json.Decoder(_Report)
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])


def check_answer(content: bytes, request: type[InfoRequest[Any]] | None, name: str) -> None:
    """Raises RequestFailed for a body that is no answer. request: None for a listing."""
    source = name if request is None else f"{name} {request.kind()}"
    first = content.lstrip()[:1]
    try:
        if first == b"{":
            report = _REPORT.decode(content)
            is_error = bytes(report.error) not in (b"", b"null") or bytes(report.status) == b'"err"'
        else:
            _ANY.decode(content)
            is_error = first == b'"' and (request is None or request.answer_type() is not str)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestFailed(f"{source}: not JSON: {error}", url=name, status=200) from None
    if is_error:
        shown = " ".join(content[:MAX_SHOWN].decode("utf-8", "replace").split())
        raise RequestFailed(f"{source}: answered with an error: {shown}", url=name, status=200)


def count_items(content: bytes, request: type[InfoRequest[Any]]) -> int:
    """Items of an answer that weighs by them; 0 for the others and for what is no list."""
    if not request.items_per_weight:
        return 0
    try:
        return len(_ITEMS.decode(content))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0
