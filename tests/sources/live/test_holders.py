"""States that wait for their spot state."""

from __future__ import annotations

from small_sandbox import eventful_sandbox, name

from liqscape.sandbox.answers import answer_info
from liqscape.sources.live.holders import MAX_WAIT_TICKS, HolderQueue
from liqscape.states.accounts import Holder
from liqscape.wire.info.read_state import parse_clearinghouse_state


def test_states_that_come_often_do_not_wait_for_ever() -> None:
    """An account near its level is read every few seconds; its spot state may never come."""
    from msgspec.json import encode

    request = {"type": "clearinghouseState", "user": name(3)}
    state = parse_clearinghouse_state(encode(answer_info(request, eventful_sandbox().state)), "state")
    holder_queue, released = HolderQueue(), 0
    for _ in range(2 * (MAX_WAIT_TICKS + 1)):
        holder_queue.hold([Holder(name(3), (("", state),))])
        released += len(holder_queue.released())
    assert released == 2
