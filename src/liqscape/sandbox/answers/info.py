"""POST /info: a request as it came, and what its function makes of it."""

from __future__ import annotations

from collections.abc import Mapping

from liqscape.errors import RemoteWireError
from liqscape.sandbox.answers.bad_request import UNREADABLE, BadRequest
from liqscape.sandbox.answers.handlers import HANDLERS, load_handlers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.state import SandboxState
from liqscape.wire.encode import to_wire
from liqscape.wire.info.registry import read_request

REQUESTS: frozenset[str] = frozenset(each.kind() for each in load_handlers())
"""Request types that are answered."""


def answer_info(request: Mapping[str, object], sandbox: SandboxState) -> object:
    """The answer to one decoded request body, ready for a JSON encoder.

    Raises BadRequest: status 422 for a body of another shape or an unknown type, 500 where the exchange fails on a
    coin it does not list.
    """
    if not isinstance(request, Mapping):
        raise BadRequest(422, UNREADABLE)
    try:
        record = read_request(request, "request")
    except RemoteWireError:
        raise BadRequest(422, UNREADABLE) from None
    handler = HANDLERS.get(type(record))
    if handler is None:
        raise BadRequest(422, UNREADABLE)
    return to_wire(handler(Question(record, sandbox)))
