"""Records to frames: what comes in any words, broken or hostile ones too, never breaks the map nor passes unsaid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from live_records import SECOND_NS, Speaker
from small_sandbox import MARKETS, eventful_sandbox, name

from liqscape.feed.reconcile import read_account_answer
from liqscape.feed.records import Record, RecordKind
from liqscape.ledger.triggers import kept_triggers
from liqscape.model.events import FundingDue, GapDetected, MarketDefined, TradesPrinted
from liqscape.sandbox.answers import ws_snapshot
from liqscape.service.collecting.core import Fed, LiveCore, Start, checkpoint_record, core_of, start_record
from liqscape.service.collecting.replay import ReplayFigures, replay
from liqscape.sources.live.checkpoint import Checkpoint, write_checkpoint
from liqscape.units import HOUR_MS
from liqscape.wire.encode import to_wire
from liqscape.wire.info.batch_clearinghouse_states import BatchClearinghouseStatesRequest
from liqscape.wire.info.clearinghouse_state import ClearinghouseStateRequest
from liqscape.wire.ws.channels import read_subscription
from liqscape.wire.ws.clearinghouse_state import parse_all_dexs_states

START = Start(kind="sandbox", name="test", is_simulated=True, note="", dexs=None)
USERS = [name(number) for number in range(1, 12)]


@pytest.fixture
def speaker() -> Speaker:
    return Speaker(eventful_sandbox())


@pytest.fixture
def core(speaker: Speaker) -> LiveCore:
    """A core that knows the markets, and the time from two sources."""
    made = LiveCore(START)
    for record in speaker.listing():
        assert made.feed(record).fault is None
    made.assembler.clock.stamp(made.assembler.clock.stamp_ms, speaker.received_ns, "prints")
    return made


def run(core: LiveCore, records: Iterator[Record] | list[Record]) -> list[Fed]:
    return [core.feed(record) for record in records]


def test_the_first_frame_comes_with_the_listing_and_has_the_marks(speaker: Speaker) -> None:
    core = LiveCore(START)
    fed = run(core, speaker.listing())
    ledger = core.pipeline.ledger
    assert ledger.markets.coins == MARKETS.coins
    assert [float(mark) for mark in ledger.snapshot.mark] == [speaker.sandbox.mark(row) for row in range(len(MARKETS))]
    assert [len(each.moments) for each in fed] == [0, 0, 1]


def test_states_reach_the_map_with_the_next_tick(core: LiveCore, speaker: Speaker) -> None:
    fed = run(core, [speaker.answer(type="batchClearinghouseStates", users=USERS), speaker.tick(), speaker.contexts()])
    accounts = core.pipeline.ledger.accounts
    held = {
        (accounts.addresses[row], int(market)): size
        for row, market, size in zip(
            accounts.address_row[accounts.pool_of_position()], accounts.market_index, accounts.size, strict=True
        )
    }
    assert held[name(3), 0] == 0.4
    assert fed[-1].moments[-1].frame.position_count.sum() == accounts.position_count > 5


def test_a_lost_connection_and_its_return_are_gaps_of_its_coins(core: LiveCore, speaker: Speaker) -> None:
    subscriptions = [{"type": "trades", "coin": "ETH"}, {"type": "trades", "coin": "nothing"}, {"type": "allMids"}]
    lost = msgspec.json.encode({"reason": "the server went away", "subscriptions": subscriptions})
    first, second = run(
        core,
        [speaker.record(RecordKind.LOST, "1", lost), speaker.record(RecordKind.CONNECTED, "1", b"[]")],
    )
    for fed in (first, second):
        (gap,) = (event for event in fed.events if isinstance(event, GapDetected))
        assert gap.market_index is not None
        assert gap.market_index.tolist() == [1]


def test_gaps_of_one_connection_join_until_it_stands(core: LiveCore, speaker: Speaker) -> None:
    for coin in ("ETH", "BTC"):
        lost = msgspec.json.encode({"reason": "cut", "subscriptions": [{"type": "trades", "coin": coin}]})
        core.feed(speaker.record(RecordKind.LOST, "1", lost))
    fed = core.feed(speaker.record(RecordKind.CONNECTED, "1", b"[]"))
    (gap,) = (event for event in fed.events if isinstance(event, GapDetected))
    assert gap.market_index is not None
    assert gap.market_index.tolist() == [0, 1]


def test_a_state_of_a_batch_that_cannot_be_used_is_counted(core: LiveCore, speaker: Speaker) -> None:
    record = speaker.answer(type="batchClearinghouseStates", users=USERS)
    states = msgspec.json.decode(record.content)
    del states[2]["time"]
    core.feed(speaker.record(record.kind, record.subject, msgspec.json.encode(states)))
    assert core.assembler.failed_state_count == 1


def test_states_that_were_read_before_lead_to_what_their_bytes_lead_to(core: LiveCore, speaker: Speaker) -> None:
    """As bytes from the raw log, and as the live map hands them on; these are not read a second time."""
    other = LiveCore(START)
    run(other, speaker.listing())
    batch, single = BatchClearinghouseStatesRequest(tuple(USERS[1:])), ClearinghouseStateRequest(USERS[0])
    answer = speaker.answer(type=batch.kind(), users=USERS[1:])
    broken = msgspec.json.decode(answer.content)
    del broken[1]["time"]
    records = [
        replace(answer, content=msgspec.json.encode(broken)),
        speaker.answer(type=single.kind(), user=USERS[0]),
    ]
    for request, record in zip((batch, single), records, strict=True):
        states = read_account_answer(request, record.content).states
        assert states is not None
        assert core.feed(record).fault is None
        assert other.feed(replace(record, content=b"not read again"), states).fault is None
    tick = speaker.tick()
    ours, theirs = core.feed(tick), other.feed(tick)
    assert [type(event) for event in ours.events] == [type(event) for event in theirs.events]
    assert core.assembler.failed_state_count == other.assembler.failed_state_count == 1
    mine, others = core.pipeline.ledger.accounts, other.pipeline.ledger.accounts
    assert mine.addresses
    assert mine.addresses == others.addresses
    for column in ("raw_usd", "size", "market_index", "margin_source", "address_row"):
        np.testing.assert_array_equal(getattr(mine, column), getattr(others, column))


def test_a_streamed_state_read_before_is_not_read_again(core: LiveCore, speaker: Speaker) -> None:
    other = LiveCore(START)
    run(other, speaker.listing())
    for user in USERS:
        record = streamed(speaker, user)
        message = msgspec.json.decode(record.content)
        states = parse_all_dexs_states(msgspec.json.encode(message["data"]), "socket 1")
        unread = msgspec.json.encode({"channel": message["channel"], "data": "not read again"})
        assert core.feed(record).fault is None
        assert other.feed(replace(record, content=unread), states).fault is None
    tick = speaker.tick()
    core.feed(tick)
    other.feed(tick)
    mine, others = core.pipeline.ledger.accounts, other.pipeline.ledger.accounts
    assert mine.addresses == others.addresses
    assert mine.addresses
    np.testing.assert_array_equal(mine.size, others.size)


def test_a_state_with_a_row_that_cannot_be_read_is_counted_and_its_rows_that_do_not_matter_too(
    core: LiveCore, speaker: Speaker
) -> None:
    record = speaker.answer(type="batchClearinghouseStates", users=USERS)
    states = msgspec.json.decode(record.content)
    held = next(state for state in states if state["assetPositions"])
    held["crossMarginSummary"]["totalRawUsd"] = "much"
    held["assetPositions"].append({"position": {"coin": "OLD", "szi": "0.0"}})
    core.feed(speaker.record(record.kind, record.subject, msgspec.json.encode(states)))
    core.feed(speaker.record(RecordKind.TICK, "", b""))
    assembler = core.assembler
    assert (assembler.failed_state_count, assembler.partial_state_count, assembler.skipped_row_count) == (0, 1, 1)


def test_a_streamed_state_is_worth_what_the_answer_to_a_question_is(core: LiveCore, speaker: Speaker) -> None:
    other = LiveCore(START)
    run(other, speaker.listing())
    messages = [streamed(speaker, user) for user in USERS]
    run(core, [*messages, speaker.tick()])
    run(other, [*(speaker.answer(type="clearinghouseState", user=user) for user in USERS), speaker.tick()])
    ours, theirs = core.pipeline.ledger.accounts, other.pipeline.ledger.accounts
    assert ours.addresses == theirs.addresses
    for column in ("raw_usd", "size", "market_index", "margin_source", "address_row"):
        np.testing.assert_array_equal(getattr(ours, column), getattr(theirs, column))


def test_a_streamed_state_that_cannot_be_read_concerns_nobody_else(core: LiveCore, speaker: Speaker) -> None:
    broken = streamed(speaker, USERS[4], lambda data: data["clearinghouseStates"][0][1].pop("time"))
    nobody = streamed(speaker, USERS[3], lambda data: data.pop("user"))
    fed = run(core, [streamed(speaker, USERS[2]), broken, nobody, speaker.tick()])
    assert [each.fault for each in fed] == [None] * 4
    gaps = [event for each in fed for event in each.events if isinstance(event, GapDetected)]
    assert [gap.addresses for gap in gaps] == [(USERS[4],)]
    assert core.assembler.failed_state_count == 2
    assert core.pipeline.ledger.accounts.addresses == (USERS[2],)


def streamed(speaker: Speaker, user: str, spoil: Callable[[dict[str, Any]], object] = lambda _: None) -> Record:
    """A message of channel allDexsClearinghouseState."""
    (data,) = ws_snapshot(
        read_subscription({"type": "allDexsClearinghouseState", "user": user}, "test"), speaker.sandbox.state
    )
    plain = msgspec.json.decode(msgspec.json.encode(to_wire(data)))
    spoil(plain)
    return speaker.message("allDexsClearinghouseState", plain)


def test_isolated_margin_without_a_position_is_known_until_a_state_is_without_it(
    core: LiveCore, speaker: Speaker
) -> None:
    record = speaker.answer(type="batchClearinghouseStates", users=USERS)
    states = msgspec.json.decode(record.content)
    untouched = float(states[0]["marginSummary"]["accountValue"])
    for more, known in ((477.25, pytest.approx(477.25, abs=1e-6)), (0.0, None)):
        states[0]["marginSummary"]["accountValue"] = str(untouched + more)
        core.feed(speaker.record(record.kind, record.subject, msgspec.json.encode(states)))
        core.feed(speaker.record(RecordKind.TICK, "", b""))
        assert core.assembler.margin_left.of(USERS[0]) == known
        assert core.assembler.margin_left.of(USERS[1]) is None


def test_an_unreadable_message_is_counted_and_may_have_held_prints(core: LiveCore, speaker: Speaker) -> None:
    fed = core.feed(speaker.message("trades", [{"coin": "BTC", "px": "1"}]))
    assert fed.fault is not None
    assert "data[0]" in fed.fault
    (gap,) = (event for event in fed.events if isinstance(event, GapDetected))
    assert gap.market_index is None


def test_the_full_hour_is_paid_once(core: LiveCore, speaker: Speaker) -> None:
    hour_ns = 3_600 * SECOND_NS
    paid = 0
    for _ in range(4):
        speaker.received_ns += hour_ns // 2
        time_ms = speaker.received_ns // 1_000_000
        trade = {
            "coin": "BTC", "side": "B", "px": "70000", "sz": "0.1", "time": time_ms, "hash": "0x0", "tid": 1,
            "users": [name(3), name(4)],
        }  # fmt: skip
        for record in (speaker.message("trades", [trade]), speaker.tick()):
            paid += sum(isinstance(event, FundingDue) for event in core.feed(record).events)
    assert paid == 2


def test_a_new_coin_comes_after_all_others_and_keeps_every_row(core: LiveCore, speaker: Speaker) -> None:
    record = speaker.answer(type="metaAndAssetCtxs")
    meta, contexts = msgspec.json.decode(record.content)
    meta["universe"].append({"name": "NEW", "szDecimals": 1, "maxLeverage": 3, "marginTableId": 3})
    contexts.append({**contexts[0], "markPx": "5", "oraclePx": "5"})
    changed = speaker.record(RecordKind.ANSWER, record.subject, msgspec.json.encode([meta, contexts]))
    fed = core.feed(changed)
    (defined,) = (event for event in fed.events if isinstance(event, MarketDefined))
    assert defined.markets.coins == (*MARKETS.coins, "NEW")
    assert core.pipeline.ledger.snapshot.mark[-1] == 5.0
    assert core.pipeline.ledger.snapshot.mark[1] == speaker.sandbox.mark(1)


def test_contexts_of_other_markets_ask_for_the_listing(core: LiveCore, speaker: Speaker) -> None:
    record = speaker.contexts()
    message = msgspec.json.decode(record.content)
    message["data"]["ctxs"][0][1].pop()
    core.feed(speaker.record(RecordKind.MESSAGE, "1", msgspec.json.encode(message)))
    assert core.assembler.markets.wants_metas


def test_the_same_records_give_the_same_frames(speaker: Speaker) -> None:
    records = [
        start_record(START, speaker.received_ns),
        *speaker.listing(),
        speaker.answer(type="batchClearinghouseStates", users=USERS),
        speaker.tick(),
        speaker.contexts(),
    ]
    cores = [core_of(records[0]) for _ in range(2)]
    for record in records[1:]:
        ours, theirs = (core.feed(record).moments for core in cores)
        assert [moment.frame.time_ms for moment in ours] == [moment.frame.time_ms for moment in theirs]
        for one, other in zip(ours, theirs, strict=True):
            assert np.array_equal(one.frame.bands.size, other.frame.bands.size)


def test_a_log_whose_beginning_is_gone_replays_from_its_next_checkpoint(core: LiveCore, speaker: Speaker) -> None:
    run(core, [speaker.answer(type="batchClearinghouseStates", users=USERS), speaker.tick(), speaker.contexts()])
    ledger = core.pipeline.ledger
    known = write_checkpoint(Checkpoint(ledger.snapshot, ledger.tables, ledger.accounts))
    lost = speaker.tick()
    checkpoint = checkpoint_record(START, known, speaker.received_ns)
    assert core.feed(checkpoint).events == ()  # who knows it already passes over it
    figures = ReplayFigures()
    moments = list(replay([lost, checkpoint, *speaker.listing(), speaker.contexts()], figures))
    assert (figures.before_start, figures.unusable) == (1, 0)
    assert moments[-1].accounts.position_count == ledger.accounts.position_count


def test_a_restart_goes_on_with_trigger_orders_of_before_and_after_more_than_a_day_with_none(
    core: LiveCore, speaker: Speaker
) -> None:
    request = {"type": "frontendOpenOrders", "user": USERS[2], "dex": ""}
    order = {
        "coin": "BTC", "side": "A", "limitPx": "1.0", "sz": "0.0", "oid": 7, "timestamp": 1_700_000_000_000,
        "triggerCondition": "Price below 2", "isTrigger": True, "triggerPx": "2.0", "children": [],
        "isPositionTpsl": True, "reduceOnly": True, "orderType": "Stop Market", "origSz": "0.0", "tif": None,
        "cloid": None,
    }  # fmt: skip
    orders = speaker.record(RecordKind.ANSWER, msgspec.json.encode(request).decode(), msgspec.json.encode([order]))
    run(core, [speaker.answer(type="batchClearinghouseStates", users=USERS), orders, speaker.contexts()])
    ledger = core.pipeline.ledger
    before = ledger.triggers.standing()
    assert before is not None
    assert before.table.order_id.tolist() == [7]
    time_ms = ledger.snapshot.time_ms
    kept = kept_triggers(before, time_ms)
    known = write_checkpoint(Checkpoint(ledger.snapshot, ledger.tables, ledger.accounts, kept))
    for hours, wanted in ((23, [7]), (25, None)):
        begun = LiveCore(START)
        begun.feed(checkpoint_record(START, known, (time_ms + hours * HOUR_MS) * 1_000_000))
        now = begun.pipeline.ledger.triggers.standing()
        assert (None if now is None else now.table.order_id.tolist()) == wanted
        if now is not None:
            assert now.read_ms.max() == before.read_ms.max(), "as old as it was"


def test_replay_counts_the_holes_of_a_log_and_goes_on(speaker: Speaker) -> None:
    start = start_record(START, speaker.received_ns)
    hole = speaker.record(RecordKind.HOLE, "", b'{"lost":7,"from_ns":1}')
    figures = ReplayFigures()
    moments = list(replay([start, *speaker.listing(), hole, speaker.contexts()], figures))
    assert (figures.holes, figures.not_kept, figures.unusable) == (1, 7, 0)
    assert moments


BASE = Speaker(eventful_sandbox())
GOOD = [
    *BASE.listing(),
    BASE.answer(type="batchClearinghouseStates", users=USERS),
    BASE.answer(type="clearinghouseState", user=USERS[2]),
    BASE.answer(type="spotClearinghouseState", user=USERS[4]),
    BASE.contexts(),
    BASE.message("trades", [
        {"coin": "BTC", "side": "A", "px": "70000.0", "sz": "0.1", "time": BASE.received_ns // 10**6, "hash": "0x0",
         "tid": 9, "users": [USERS[2], USERS[3]]},
    ]),
]  # fmt: skip
WORDS = st.sampled_from([b"NaN", b"1e999", b"-1", b"null", b'""', b"[]", b"{}", b'"9e400"', b"true", b'"\xff"', b"0"])


@st.composite
def broken(draw: st.DrawFn) -> Record:
    """A good record with a piece cut out, put in twice, or replaced."""
    record = draw(st.sampled_from(GOOD))
    content = record.content
    low = draw(st.integers(0, len(content)))
    high = draw(st.integers(low, min(len(content), low + 40)))
    middle = draw(st.one_of(st.just(b""), WORDS, st.just(content[low:high] * 2), st.binary(max_size=8)))
    return Record(record.kind, record.subject, content[:low] + middle + content[high:], record.received_ns)


NESTED = Record(RecordKind.MESSAGE, "1", b'{"channel":"trades","data":' + b"[" * 100_000, 1)


@settings(max_examples=examples(150), deadline=None)
@given(records=st.lists(st.one_of(broken(), st.sampled_from([*GOOD, NESTED])), max_size=12))
def test_hostile_records_are_said_and_the_map_stands(records: list[Record]) -> None:
    core = LiveCore(START)
    for record in [*GOOD[:3], *records, *GOOD, BASE.tick(), BASE.contexts()]:
        core.feed(record)
    ledger = core.pipeline.ledger
    known = ledger.accounts.raw_usd[~np.isnan(ledger.accounts.raw_usd)]
    assert np.isfinite(known).all()
    assert np.isfinite(ledger.accounts.size).all()
    assert ledger.accounts.position_count > 5
    core.feed(GOOD[-1])
    assert any(isinstance(event, TradesPrinted) for event in core.feed(BASE.tick()).events)
