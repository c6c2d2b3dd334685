"""Channels that carry account states, read as far as they can be: one account a message.

clearinghouseState          user, dex and its state          webData2    user, the first dex's state, spot state
allDexsClearinghouseState   user, [dex, state] pairs         spotState   user, spot state
"""

from __future__ import annotations

from typing import NamedTuple

from liqscape.errors import RemoteWireError
from liqscape.wire.decode import convert_record, decode_loosely, refuse
from liqscape.wire.info.clearinghouse_state import ClearinghouseState
from liqscape.wire.info.read_state import read_state_value
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseState, read_spot_value

ACCOUNT_CHANNELS = frozenset({"clearinghouseState", "allDexsClearinghouseState", "spotState", "webData2"})

DexState = tuple[str, ClearinghouseState | RemoteWireError]
"""A dex with the account's state there, or why nothing of it can be read."""


class AccountMessage(NamedTuple):
    """What a message says of its account; lower-case address."""

    user: str
    states: tuple[DexState, ...]
    spot: SpotClearinghouseState | RemoteWireError | None = None


def read_account_message(data: bytes, source: str) -> AccountMessage:
    """Data of a message of one of ACCOUNT_CHANNELS. Raises RemoteWireError where it does not say whose states it has.

    A dex whose name cannot be read is refused too: its state might be any dex's.
    """
    value = decode_loosely(data, source)
    if not isinstance(value, dict) or "user" not in value:
        raise refuse(source, "user", type(value).__name__, "is missing: the message names no account")
    user = convert_record(value["user"], str, source, "user").lower()
    states: list[DexState] = []
    if "clearinghouseState" in value:
        dex = convert_record(value.get("dex", ""), str, source, "dex")
        states.append((dex, _state(value["clearinghouseState"], source, "clearinghouseState")))
    if "clearinghouseStates" in value:
        pairs = convert_record(value["clearinghouseStates"], list[tuple[str, object]], source, "clearinghouseStates")
        for number, (dex, state) in enumerate(pairs):
            states.append((dex, _state(state, source, f"clearinghouseStates[{number}][1]")))
    spot: SpotClearinghouseState | RemoteWireError | None = None
    if "spotState" in value:
        try:
            spot = read_spot_value(value["spotState"], source, "spotState")
        except RemoteWireError as error:
            spot = error
    if not states and spot is None:
        raise refuse(source, "document", ", ".join(sorted(value)), "holds no state")
    return AccountMessage(user, tuple(states), spot)


def _state(value: object, source: str, path: str) -> ClearinghouseState | RemoteWireError:
    try:
        return read_state_value(value, source, path)
    except RemoteWireError as error:
        return error
