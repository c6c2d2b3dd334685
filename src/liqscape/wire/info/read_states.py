"""Answers of batchClearinghouseStates as records: the whole list at once, or row by row where one is broken."""

from __future__ import annotations

import msgspec

from liqscape.errors import RemoteWireError
from liqscape.wire.decode import decode_record
from liqscape.wire.info.clearinghouse_state import ClearinghouseState
from liqscape.wire.info.read_state import read_clearinghouse_state, without_closed_legs

_BATCH = msgspec.json.Decoder(list[ClearinghouseState | None], strict=False)


def parse_states(content: bytes, source: str) -> list[ClearinghouseState | RemoteWireError | None]:
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


def _parse_row(content: bytes, source: str) -> ClearinghouseState | RemoteWireError | None:
    try:
        return None if content == b"null" else read_clearinghouse_state(content, source)
    except RemoteWireError as error:
        return error
