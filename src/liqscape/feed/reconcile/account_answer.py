"""Parse an answer about accounts once: check it, report it to the planner, and pass it on to make events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from liqscape.errors import RemoteWireError
from liqscape.wire.info.batch_clearinghouse_states import BatchClearinghouseStatesRequest
from liqscape.wire.info.clearinghouse_state import ClearinghouseStateRequest, PartialState
from liqscape.wire.info.read_states import ReadState, StateRow, name_states, read_state_rows
from liqscape.wire.info.request import InfoRequest


@dataclass(frozen=True)
class StateAnswer:
    """The body of an answer, and what was read in it.

    states  with whom they are of; None where the answer is about something else, cannot be read at all, or does not
            list as many as were asked about.
    holds   of each row it lists, whether a position may be held there: so too where not all of it can be read.
    fault   why nothing in it can be used, though it came with HTTP 200; None: something can.
    """

    content: bytes
    states: tuple[ReadState, ...] | None = None
    holds: tuple[bool, ...] = ()
    fault: str | None = None


def read_account_answer(
    request: InfoRequest[Any], content: bytes, believes: Callable[[int], bool] = lambda _: True
) -> StateAnswer:
    """Read and judge an answer with HTTP 200.

    believes  whether a time in ms may be the exchange's now.
    """
    if not isinstance(request, BatchClearinghouseStatesRequest | ClearinghouseStateRequest):
        return StateAnswer(content)
    try:
        rows = read_state_rows(request, content)
    except RemoteWireError as error:
        return StateAnswer(content, fault=str(error))
    fault = None
    for row in rows:
        reason = _why_unusable(row, believes)
        if reason is None:
            fault = None
            break
        fault = fault or reason
    holds = tuple(_may_hold(row) for row in rows)
    try:
        return StateAnswer(content, name_states(request, rows), holds, fault)
    except RemoteWireError:
        return StateAnswer(content, None, holds, fault)


def _why_unusable(row: StateRow, believes: Callable[[int], bool]) -> str | None:
    if isinstance(row, RemoteWireError):
        return str(row)
    return None if row is None or believes(row.time) else f"a state of {row.time}, which is not now"


def _may_hold(row: StateRow) -> bool:
    """Whoever closed a position is looked for where he had it, as is he whose state cannot be read whole."""
    if row is None:
        return False
    return isinstance(row, RemoteWireError | PartialState) or bool(row.assetPositions)
