"""One request as it came, and what can be read from it; whatever cannot be read is one error, as on the exchange."""

from __future__ import annotations

import re
from collections.abc import Mapping

from liqscape.sandbox.answers.bad_request import UNREADABLE, BadRequest
from liqscape.sandbox.state import SandboxState

_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
NULL = "null"
"""Body with which the exchange answers, status 500, where a coin is not listed."""


class Question:
    """A decoded request body with the sandbox it is asked of."""

    def __init__(self, body: Mapping[str, object], sandbox: SandboxState) -> None:
        self.body = body
        self.sandbox = sandbox

    def part(self, name: str) -> Question:
        """An object inside."""
        inner = self.body.get(name)
        if not isinstance(inner, Mapping):
            raise BadRequest(422, UNREADABLE)
        return Question(inner, self.sandbox)

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self.body.get(name)
        if not isinstance(value, str):
            raise BadRequest(422, UNREADABLE)
        return value

    def address(self, name: str = "user") -> str:
        """Lower-case address."""
        return read_address(self.body.get(name))

    def addresses(self, name: str) -> list[str]:
        """A list of addresses."""
        value = self.body.get(name)
        if not isinstance(value, list):
            raise BadRequest(422, UNREADABLE)
        return [read_address(item) for item in value]

    def account(self, name: str = "user") -> int | None:
        """Row of the account at an address; None where it never came here."""
        return self.sandbox.exchange.account_row(self.address(name))

    def number(self, name: str) -> int:
        """A whole number >= 0 that must be there."""
        value = self.optional_number(name)
        if value is None:
            raise BadRequest(422, UNREADABLE)
        return value

    def optional_number(self, name: str) -> int | None:
        """A whole number >= 0, None where absent or null."""
        value = self.body.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
            raise BadRequest(422, UNREADABLE)
        return value

    def flag(self, name: str) -> bool:
        """True only where it is said."""
        value = self.body.get(name)
        if value is not None and not isinstance(value, bool):
            raise BadRequest(422, UNREADABLE)
        return bool(value)

    def dex(self) -> str:
        """Name of a dex; the first one where nothing is said. Raises BadRequest (500) for one that is not there."""
        value = self.body.get("dex")
        if value is None:
            return ""
        if not isinstance(value, str):
            raise BadRequest(422, UNREADABLE)
        if value and value not in {market.dex for market in self.sandbox.exchange.markets.rows}:
            raise BadRequest(500, NULL)
        return value

    def market(self, name: str = "coin") -> int:
        """Row of a coin. Raises BadRequest (500) for one that is not listed."""
        row = self.sandbox.exchange.markets.find(self.text(name))
        if row is None:
            raise BadRequest(500, NULL)
        return row


def read_address(value: object) -> str:
    """Lower-case address. Raises BadRequest (422) for anything else."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value.lower()):
        raise BadRequest(422, UNREADABLE)
    return value.lower()
