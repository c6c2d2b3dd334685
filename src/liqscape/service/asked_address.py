"""Addresses as they are asked for on every door."""

from __future__ import annotations

import re

from liqscape.errors import QuestionError

ADDRESS = re.compile(r"0x[0-9a-f]{40}")


def checked_address(address: str) -> str:
    """The address in lower case. Raises QuestionError unless it is 0x and 40 hex digits."""
    wanted = address.lower()
    if not ADDRESS.fullmatch(wanted):
        raise QuestionError(f"address {address!r} is not 0x and 40 hex digits")
    return wanted
