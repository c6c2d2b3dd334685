"""Find whom an unreadable line or event of a node concerns: they are in doubt, and nobody else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from liqscape.errors import RemoteWireError
from liqscape.wire.decode import decode_json

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


class LooseBlock(msgspec.Struct, frozen=True):
    """A block of which only the frame is read."""

    block_time: str
    block_number: int
    events: tuple[msgspec.Raw, ...]


@dataclass(frozen=True)
class Concerned:
    """addresses, where they are known; else whoever holds one of the markets; else everybody.

    markets  rows, None: any.
    """

    addresses: tuple[str, ...] | None = None
    markets: tuple[int, ...] | None = None

    @property
    def rows(self) -> np.ndarray[tuple[int], np.dtype[np.int32]] | None:
        """The markets as a gap names them."""
        return None if self.markets is None else np.array(self.markets, np.int32)


EVERYBODY = Concerned()


def concerned_by_bytes(content: bytes, market_of: Mapping[str, int]) -> Concerned | None:
    """The same of bytes, which may be no JSON."""
    try:
        return concerned_by(decode_json(content, "line"), market_of)
    except RemoteWireError:
        return EVERYBODY


def concerned_by(event: object, market_of: Mapping[str, int]) -> Concerned | None:
    """Of a fill, trade or misc event as decoded JSON; None where it is known not to matter (spot, outcomes, others)."""
    match event:
        case [user, {"coin": coin, **_rest}]:
            return _of_trade([user], coin, market_of)
        case [user, dict()]:
            return _of_trade([user], None, market_of)
        case {"coin": coin, **rest}:
            return _of_trade(_users_of(rest.get("side_info")), coin, market_of)
        case {"inner": dict(inner)}:
            if "Funding" not in inner and "LedgerUpdate" not in inner:
                return None
            return _of_addresses(_named(inner.get("Funding")) + _named(inner.get("LedgerUpdate")))
        case _:
            return EVERYBODY


def _of_trade(users: list[object], coin: object, market_of: Mapping[str, int]) -> Concerned | None:
    if isinstance(coin, str) and coin not in market_of:
        return None
    named = [user.lower() for user in users if isinstance(user, str) and _ADDRESS.fullmatch(user)]
    markets = (market_of[coin],) if isinstance(coin, str) else None
    return Concerned(tuple(named) if len(named) == len(users) else None, markets)


def _of_addresses(addresses: list[str]) -> Concerned:
    return Concerned(tuple(dict.fromkeys(addresses))) if addresses else EVERYBODY


def _named(value: object) -> list[str]:
    """Every address in a piece of JSON."""
    if isinstance(value, str):
        return [value.lower()] if _ADDRESS.fullmatch(value) else []
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [address for each in inner for address in _named(each)]


def _users_of(sides: object) -> list[object]:
    if not isinstance(sides, list | tuple) or len(sides) != 2:
        return [None]
    return [side.get("user") if isinstance(side, dict) else None for side in sides]
