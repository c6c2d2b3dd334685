"""One request with the sandbox it is asked of; what its words cannot mean is one error, as on the exchange."""

from __future__ import annotations

import re
from typing import Any, Generic, TypeVar

from liqscape.sandbox.answers.bad_request import UNREADABLE, BadRequest
from liqscape.sandbox.state import SandboxState
from liqscape.wire.info.request import InfoRequest
from liqscape.wire.ws.subscription import Subscription

_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
NULL = "null"
"""Body with which the exchange answers, status 500, where a coin is not listed."""

Asked_co = TypeVar("Asked_co", bound=InfoRequest[Any] | Subscription[Any], covariant=True)


class Question(Generic[Asked_co]):
    """A request or a subscription, and the sandbox it is asked of. Each verb reads the field of its name."""

    def __init__(self, request: Asked_co, sandbox: SandboxState) -> None:
        self.request = request
        self.sandbox = sandbox

    def address(self, name: str = "user") -> str:
        """Lower-case address."""
        return read_address(getattr(self.request, name))

    def account(self) -> int | None:
        """Row of the user's account; None where it never came here."""
        return self.sandbox.exchange.account_row(self.address())

    def dex(self) -> str:
        """Name of a dex; the first one where nothing is said. Raises BadRequest (500) for one that is not there."""
        name: str = getattr(self.request, "dex") or ""  # noqa: B009, which field a request has its record says
        if name and name not in {market.dex for market in self.sandbox.exchange.markets.rows}:
            raise BadRequest(500, NULL)
        return name

    def market(self) -> int:
        """Row of a coin. Raises BadRequest (500) for one that is not listed."""
        return find_market(self.sandbox, getattr(self.request, "coin"))  # noqa: B009


def find_market(sandbox: SandboxState, coin: str) -> int:
    """Row of a coin. Raises BadRequest (500) for one that is not listed."""
    row = sandbox.exchange.markets.find(coin)
    if row is None:
        raise BadRequest(500, NULL)
    return row


def read_address(value: str) -> str:
    """Lower-case address. Raises BadRequest (422) for any other text."""
    if not _ADDRESS.fullmatch(value.lower()):
        raise BadRequest(422, UNREADABLE)
    return value.lower()
