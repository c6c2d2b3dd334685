"""Answers about account states as records: a batch as a whole list at once, or row by row where one is broken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from liqscape.errors import RemoteWireError
from liqscape.wire.decode import decode_record
from liqscape.wire.info.batch_clearinghouse_states import BatchClearinghouseStatesRequest
from liqscape.wire.info.clearinghouse_state import ClearinghouseState, ClearinghouseStateRequest
from liqscape.wire.info.read_state import read_clearinghouse_state, without_closed_legs

_BATCH = msgspec.json.Decoder(list[ClearinghouseState | None], strict=False)

StateRow = ClearinghouseState | RemoteWireError | None
"""A state, why it cannot be read, or None where the exchange answers null."""


class ReadState(NamedTuple):
    """One account state as it was read, with its address (lower case) and dex ("" the first)."""

    address: str
    dex: str
    state: StateRow


def read_state_rows(
    request: BatchClearinghouseStatesRequest | ClearinghouseStateRequest, content: bytes
) -> Sequence[StateRow]:
    """Rows of an answer in its own order: of a batch as many as it lists, else one.

    Raises RemoteWireError for a batch that is no list, and for a single state that cannot be read.
    """
    if isinstance(request, BatchClearinghouseStatesRequest):
        return parse_states(content, request.kind())
    return (read_clearinghouse_state(content, f"{request.kind()} {request.user.lower()}"),)


def name_states(
    request: BatchClearinghouseStatesRequest | ClearinghouseStateRequest, rows: Sequence[StateRow]
) -> tuple[ReadState, ...]:
    """Rows with the addresses they answer. Raises RemoteWireError where they are not as many."""
    users = request.users if isinstance(request, BatchClearinghouseStatesRequest) else (request.user,)
    if len(rows) != len(users):
        raise RemoteWireError(f"{request.kind()}: {len(rows)} states for {len(users)} users")
    dex = request.dex or ""
    return tuple(ReadState(user.lower(), dex, row) for user, row in zip(users, rows, strict=True))


def parse_states(content: bytes, source: str) -> list[StateRow]:
    """Records of one batch; their figures are judged by whoever makes accounts of them (states/accounts.py).

    A state of which rows cannot be read is what is left of it, one without its frame is its error, null is None.
    Raises RemoteWireError where the answer is no list.
    """
    try:
        return [None if state is None else without_closed_legs(state) for state in _BATCH.decode(content)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Once more row by row, by the road that says what is wrong.
        rows = decode_record(content, list[msgspec.Raw], source)
        return [_parse_row(bytes(row), f"{source} [{number}]") for number, row in enumerate(rows)]


def _parse_row(content: bytes, source: str) -> StateRow:
    try:
        return None if content == b"null" else read_clearinghouse_state(content, source)
    except RemoteWireError as error:
        return error
