"""Prints of many messages become one event before anything else happens: quicker, and the same in the end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from live_records import Speaker
from small_sandbox import eventful_sandbox, name

from liqscape.feed.records import Record, RecordKind
from liqscape.model.events import Event, FrameDue, GapDetected, TradesPrinted
from liqscape.service.collecting.core import LiveCore, Start
from liqscape.sources.live.assembler import MAX_PRINTS
from liqscape.sources.live.holders import MAX_WAIT_TICKS

START = Start(kind="sandbox", name="test", is_simulated=True, note="", dexs=None)
USERS = [name(number) for number in range(1, 12)]


@pytest.fixture
def speaker() -> Speaker:
    return Speaker(eventful_sandbox())


@pytest.fixture
def core(speaker: Speaker) -> LiveCore:
    return listening(speaker)


def listening(speaker: Speaker) -> LiveCore:
    """A core that knows markets and accounts, those without a spot state too."""
    made = LiveCore(START)
    states = speaker.answer(type="batchClearinghouseStates", users=USERS)
    ticks = [speaker.tick() for _ in range(MAX_WAIT_TICKS + 2)]
    for record in [*speaker.listing(), states, *ticks, speaker.contexts()]:
        assert made.feed(record).fault is None
    return made


def prints(speaker: Speaker, count: int, first: int = 0) -> Record:
    """A message with trades among known accounts, no later than the frame before it."""
    rows: list[dict[str, Any]] = [
        {
            "coin": ("BTC", "ETH")[number % 2],
            "side": "AB"[number % 3 == 0],
            "px": str(speaker.sandbox.mark(number % 2)),
            "sz": "0.01",
            "time": speaker.sandbox.exchange.time_ms + 1_000,
            "hash": "0x0",
            "tid": number + 1,
            "users": [USERS[number % 7], USERS[7 + number % 4]],
        }
        for number in range(first, first + count)
    ]
    message = speaker.message("trades", rows)
    speaker.received_ns -= 1_000_000_000
    return Record(message.kind, message.subject, message.content, speaker.received_ns)


def kinds(events: tuple[Event, ...]) -> list[type]:
    return [type(event) for event in events]


def test_prints_wait_for_the_next_record_of_another_kind_and_come_before_it(core: LiveCore, speaker: Speaker) -> None:
    assert core.feed(prints(speaker, 3)).events == ()
    assert core.feed(prints(speaker, 2, first=3)).events == ()
    fed = core.feed(speaker.contexts())
    assert kinds(fed.events)[0] is TradesPrinted
    (event,) = (event for event in fed.events if isinstance(event, TradesPrinted))
    assert event.trades.trade_id.tolist() == [1, 2, 3, 4, 5]


def test_a_frame_holds_every_print_that_came_before_it(core: LiveCore, speaker: Speaker) -> None:
    core.feed(prints(speaker, 3))
    speaker.received_ns += 5_000_000_000
    fed = core.feed(prints(speaker, 2, first=3))
    assert kinds(fed.events) == [TradesPrinted, FrameDue]


def test_no_more_prints_are_gathered_than_the_limit(core: LiveCore, speaker: Speaker) -> None:
    assert core.feed(prints(speaker, MAX_PRINTS - 1)).events == ()
    assert kinds(core.feed(prints(speaker, 1, first=MAX_PRINTS)).events) == [TradesPrinted]
    assert TradesPrinted not in kinds(core.feed(speaker.tick()).events)


def test_a_message_that_cannot_be_read_takes_no_other_with_it(core: LiveCore, speaker: Speaker) -> None:
    core.feed(prints(speaker, 3))
    bad = prints(speaker, 2, first=3)
    fed = core.feed(Record(bad.kind, bad.subject, bad.content.replace(b"0.01", b"-1.0"), bad.received_ns))
    assert fed.fault is not None
    assert kinds(fed.events) == [TradesPrinted, GapDetected]
    assert isinstance(fed.events[0], TradesPrinted)
    assert len(fed.events[0].trades) == 3


def test_prints_of_a_connection_that_is_lost_come_before_the_gap(core: LiveCore, speaker: Speaker) -> None:
    core.feed(prints(speaker, 3))
    lost = b'{"reason": "cut", "subscriptions": [{"type": "trades", "coin": "BTC"}]}'
    assert kinds(core.feed(speaker.record(RecordKind.LOST, "1", lost)).events)[:2] == [TradesPrinted, GapDetected]


def test_messages_together_lead_to_what_they_lead_to_one_by_one() -> None:
    held = []
    for is_alone in (True, False):
        speaker = Speaker(eventful_sandbox())
        core = listening(speaker)
        for number in range(0, 60, 4):
            core.feed(prints(speaker, 4, first=number))
            if is_alone:
                core.feed(Record(RecordKind.TICK, "", b"", speaker.received_ns))
        core.feed(speaker.tick())
        held.append(core.pipeline.ledger.accounts)
    alone, together = held
    assert alone.position_count > 10
    assert alone.addresses == together.addresses
    for name_ in ("raw_usd", "size", "market_index", "offsets", "entry_price", "margin_source"):
        np.testing.assert_array_equal(getattr(alone, name_), getattr(together, name_))
