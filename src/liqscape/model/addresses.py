"""Where an address is known from."""

from __future__ import annotations

import re
from enum import IntFlag

_ADDRESS = re.compile(r"0x[0-9a-f]{40}")


def is_address(text: str) -> bool:
    """Whether it is 0x and 40 hex digits in lower case."""
    return _ADDRESS.fullmatch(text) is not None


class AddressSource(IntFlag):
    """Discoveries that found an address; one byte, joined by `|`."""

    TRADES = 1
    """Seen in a public print."""
    LEADERBOARD = 2
    """Listed on the exchange's leaderboard."""
    VAULT = 4
    """A vault, a child of one, or named in one's details."""
    GIVEN = 8
    """Named by the user."""
    NODE = 16
    """Read from the files or the state of an own node."""
    HISTORY = 32
    """Holds an account in the stored history and was missing from the register."""
