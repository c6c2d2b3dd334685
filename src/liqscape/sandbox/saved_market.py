"""The checkpoint of a sandbox market, as bytes: read here without the exchange, whose kernels take a second to load."""

from __future__ import annotations

import msgspec

from liqscape.errors import InputError


class SavedMarket(msgspec.Struct, frozen=True):
    """A checkpoint: the world, the time of the last step, and (N,) int64 when each account last changed."""

    step_time_ms: int
    step_ms: int
    changed_ms: bytes
    world: bytes


def read_saved(content: bytes) -> SavedMarket:
    """What the bytes say; the world in them is not looked at. Raises InputError for bytes that are none."""
    try:
        return msgspec.msgpack.decode(content, type=SavedMarket)
    except msgspec.MsgspecError as error:
        raise InputError(f"sandbox checkpoint cannot be used: {error}") from None
