"""The one error of the answers: what the server has to say, with its HTTP status."""

from __future__ import annotations

from liqscape.errors import LiqscapeError

UNREADABLE = "Failed to deserialize the JSON body into the target type"
"""What the exchange says, with status 422, to any request it cannot read (seen by public clients)."""


class BadRequest(LiqscapeError):
    """A request that cannot be answered. `message` is the body of the answer, `status` its HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
