"""An answer about accounts read once: whether it can be used, who may hold something, and the states to hand on."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from liqscape.errors import RemoteWireError
from liqscape.feed.reconcile.account_answer import read_account_answer
from liqscape.wire.info.batch_clearinghouse_states import BatchClearinghouseStatesRequest
from liqscape.wire.info.clearinghouse_state import ClearinghouseState, ClearinghouseStateRequest, PartialState
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseStateRequest

ALICE, BOB, CAROL = "0x" + "aA" * 20, "0x" + "bb" * 20, "0x" + "cc" * 20
NOW_MS = 1_790_000_000_000
BATCH = BatchClearinghouseStatesRequest((ALICE, BOB, CAROL), "xyz")


def state(size: str | None = None, time_ms: int = NOW_MS) -> dict[str, Any]:
    """An account with 100 USD, and a position worth 10 USD where a size is given; "0.0" is a closed leg."""
    notional = 0.0 if size in (None, "0.0") else 10.0
    summary = {"accountValue": "100", "totalNtlPos": str(notional), "totalRawUsd": str(100 - notional)}
    position = {
        "coin": "xyz:A",
        "szi": size,
        "leverage": {"type": "cross", "value": 10},
        "positionValue": str(notional),
        "liquidationPx": None,
    }
    return {
        "marginSummary": summary,
        "crossMarginSummary": summary,
        "crossMaintenanceMarginUsed": str(notional / 20),
        "assetPositions": [] if size is None else [{"position": position}],
        "time": time_ms,
    }


def body(*rows: object) -> bytes:
    return msgspec.json.encode(list(rows))


def test_states_come_with_whom_and_where_they_are_of() -> None:
    answer = read_account_answer(BATCH, body(state("1.0"), None, state()))
    assert answer.states is not None
    reported = [(address, dex) for address, dex, _ in answer.states]
    assert reported == [(ALICE.lower(), "xyz"), (BOB, "xyz"), (CAROL, "xyz")]
    first, second, third = (each.state for each in answer.states)
    assert isinstance(first, ClearinghouseState)
    assert first.assetPositions[0].position.szi == 1.0
    assert second is None
    assert isinstance(third, ClearinghouseState)
    assert answer.fault is None


@pytest.mark.parametrize(
    ("row", "may_hold"),
    [
        (state("1.0"), True),
        (state(), False),
        (None, False),
        (state("0.0"), True),
        (state("much"), True),
        ({"assetPositions": 7}, True),
    ],
    ids=["held", "nothing", "null", "closed", "row not readable", "state not readable"],
)
def test_who_may_hold_something_is_told_and_what_cannot_be_read_is_not_nothing(row: object, may_hold: bool) -> None:
    assert read_account_answer(BATCH, body(row, None, None)).holds == (may_hold, False, False)


def test_one_state_is_read_as_a_batch_of_one() -> None:
    answer = read_account_answer(ClearinghouseStateRequest(ALICE), msgspec.json.encode(state("1.0")))
    assert answer.states is not None
    assert [(address, dex) for address, dex, _ in answer.states] == [(ALICE.lower(), "")]
    assert answer.holds == (True,)


def test_rows_that_cannot_be_read_are_handed_on_as_such() -> None:
    timeless = state("1.0")
    del timeless["time"]
    answer = read_account_answer(BATCH, body(timeless, state("much"), state()))
    assert answer.states is not None
    assert [type(each.state) for each in answer.states] == [RemoteWireError, PartialState, ClearinghouseState]
    assert answer.fault is None, "something of it can be used"


def test_an_answer_of_which_nothing_can_be_used_says_why() -> None:
    def believes(time_ms: int) -> bool:
        return time_ms <= NOW_MS

    early = state(time_ms=NOW_MS + 1)
    assert read_account_answer(BATCH, body(early, early, early), believes).fault == (
        f"a state of {NOW_MS + 1}, which is not now"
    )
    assert read_account_answer(BATCH, body(early, {}, {}), believes).fault is not None
    assert read_account_answer(BATCH, body(early, state(), {}), believes).fault is None


@pytest.mark.parametrize("asked", [BATCH, ClearinghouseStateRequest(ALICE)], ids=["batch", "single"])
def test_what_is_no_answer_at_all_is_a_fault(asked: Any) -> None:
    answer = read_account_answer(asked, b'{"reason": "busy"}')
    assert answer.states is None
    assert answer.fault is not None
    assert answer.fault.startswith(asked.kind())


@pytest.mark.parametrize("count", [0, 2, 4])
def test_a_batch_of_the_wrong_length_is_no_fault_and_tells_its_length(count: int) -> None:
    """The planner learns from it that the server knows no batches."""
    answer = read_account_answer(BATCH, body(*[None] * count))
    assert (answer.states, answer.fault, len(answer.holds)) == (None, None, count)


def test_what_is_not_about_positions_is_left_unread() -> None:
    answer = read_account_answer(SpotClearinghouseStateRequest(ALICE), b"anything")
    assert (answer.content, answer.states, answer.holds, answer.fault) == (b"anything", None, (), None)
