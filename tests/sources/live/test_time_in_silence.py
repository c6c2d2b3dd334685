"""Where the time of frames comes from while nobody trades, and what happens where it cannot be had."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from assembled_market import ALICE, BOB, NOW_MS, Market, contexts, state, sure_market

from liqscape.errors import RemoteWireError
from liqscape.feed.records import RecordKind
from liqscape.model.events import Event, FrameDue
from liqscape.sources.live.clock import MAX_STRETCH_MS

DAY_MS = 86_400_000
MINUTES = 5


@pytest.fixture
def market() -> Market:
    return sure_market()


def nothing(_: Market) -> None:
    """The exchange tells no time."""


def status(market: Market) -> None:
    market.answer({"time": market.now_ms}, type="exchangeStatus")


def states(market: Market) -> None:
    market.answer([state("QUIET", 10.0, 10.0, 1_000.0, market.now_ms)], type="batchClearinghouseStates", users=[ALICE])


def streamed(market: Market) -> None:
    data = {"user": ALICE, "clearinghouseStates": [["", state("QUIET", 10.0, 10.0, 1_000.0, market.now_ms)]]}
    message = {"channel": "allDexsClearinghouseState", "data": data}
    market.feed(RecordKind.MESSAGE, "1", msgspec.json.encode(message))


def quiet(market: Market, tell: Callable[[Market], None], minutes: int = MINUTES) -> list[FrameDue]:
    """Frames of so many minutes without a print; marks come each second and stand, `tell` is called each five."""
    events: list[Event] = []
    for second in range(60 * minutes):
        if second % 5 == 0:
            tell(market)
        market.now_ms += 1_000
        events += market.reported(["", contexts("10", "10")], ["x", contexts("10")])
    return [event for event in events if isinstance(event, FrameDue)]


@pytest.mark.parametrize("tell", [status, states, streamed])
def test_without_prints_time_goes_on_and_every_minute_is_stored(market: Market, tell: Callable[[Market], None]) -> None:
    frames = quiet(market, tell)
    assert sum(frame.is_stored for frame in frames) >= MINUTES - 1
    assert abs(frames[-1].time_ms - market.now_ms) < 5_000
    assert not market.assembler.clock.is_held(market.now_ms * 1_000_000)
    assert not market.unsure


def test_where_nothing_tells_the_time_it_stands_and_that_is_said(market: Market) -> None:
    told_ms = market.assembler.clock.stamp_ms
    frames = quiet(market, nothing)
    assert frames[-1].time_ms == told_ms + MAX_STRETCH_MS
    assert sum(frame.is_stored for frame in frames) <= 1
    assert market.assembler.clock.is_held(market.now_ms * 1_000_000)
    status(market)
    assert not market.assembler.clock.is_held(market.now_ms * 1_000_000)
    assert not market.unsure  # nobody printed: nothing can have been missed


def test_prints_of_a_time_that_stands_put_everybody_in_doubt_once_it_goes_on(market: Market) -> None:
    """A state of the same millisecond may know of them or not."""
    stands_ms = market.assembler.clock.stamp_ms
    market.tick(MAX_STRETCH_MS + 1_000)
    market.printed("QUIET", ALICE, "0x" + "c" * 40, 1.0, stands_ms, 1)
    assert BOB not in market.unsure
    status(market)
    market.tick()
    assert {ALICE, BOB} <= market.unsure


@pytest.mark.parametrize("off_ms", [DAY_MS, 60_000])
def test_a_state_of_a_time_to_come_is_not_taken_and_its_account_is_in_doubt(market: Market, off_ms: int) -> None:
    """Taken, it would stand against every print and state until that time."""
    wrong = state("QUIET", 99.0, 10.0, 1_000.0, market.now_ms + off_ms)
    market.answer(wrong, type="clearinghouseState", user=ALICE)
    market.tick()
    assert market.held["QUIET"] == 10.0
    assert market.unsure == {ALICE}
    assert market.assembler.failed_state_count == 1
    market.tick(2_000)
    market.read(ALICE, "QUIET", 12.0)
    assert market.held["QUIET"] == 12.0
    assert not market.unsure


def test_an_older_state_counts_from_its_own_time(market: Market) -> None:
    """A batch may be answered from a copy: prints of the meantime are applied on top."""
    then_ms = market.now_ms + 1_000
    market.tick(20_000)
    market.printed("QUIET", ALICE, "0x" + "c" * 40, 2.0, market.now_ms, 1)
    market.answer(state("QUIET", 10.0, 10.0, 1_000.0, then_ms), type="clearinghouseState", user=ALICE)
    for _ in range(20):
        market.tick()
    assert market.held["QUIET"] == 12.0


def test_a_print_of_a_time_to_come_is_refused(market: Market) -> None:
    with pytest.raises(RemoteWireError, match="a print of"):
        market.printed("QUIET", ALICE, BOB, 4.0, market.now_ms + DAY_MS, 1)
    assert market.assembler.clock.is_held(market.now_ms * 1_000_000)


def test_a_first_time_that_is_wrong_stores_nothing_and_is_mended_by_the_next_two() -> None:
    made, frames = Market(NOW_MS + DAY_MS), []
    for _ in range(5):
        made.now_ms += 3_000
        frames += made.reported(["", contexts("10", "10")], ["x", contexts("10")])
    assert not any(isinstance(event, FrameDue) and event.is_stored for event in frames)
    status(made)
    made.now_ms += 1_000
    status(made)  # the same again is no second voice
    assert not made.assembler.clock.is_confirmed
    states(made)
    made.now_ms += 3_000
    (frame,) = (
        event
        for event in made.reported(["", contexts("10", "10")], ["x", contexts("10")])
        if isinstance(event, FrameDue)
    )
    assert frame.is_stored
    assert abs(frame.time_ms - made.now_ms) < 100


def test_a_gap_under_a_first_time_that_is_wrong_is_of_the_right_time_in_the_end() -> None:
    """Of the wrong one it would leave everybody in doubt until that day."""
    made = Market(NOW_MS + DAY_MS)
    made.connected("BTC", "QUIET", "x:OIL")
    made.printed("QUIET", ALICE, BOB, 1.0, made.now_ms, 1)
    states(made)
    assert made.assembler.clock.is_confirmed
    made.tick(1_000)
    made.read(ALICE, "QUIET", 10.0)
    assert ALICE not in made.unsure
