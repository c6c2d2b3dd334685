"""While nothing else is to be said prints are gathered at once: with the same events, and the same time, as if all was
asked with each message."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from amounts import examples
from assembled_market import ALICE, BOB, NOW_MS, Market, contexts
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.errors import RemoteWireError
from liqscape.feed.records import Record, RecordKind
from liqscape.sources.live.assembler import MAX_PRINTS, Assembler
from liqscape.units import HOUR_MS


class AskingAssembler(Assembler):
    """The slow twin: whatever a message of prints leads to is asked with each of them."""

    def _quiet_until(self) -> int:
        return 0


def prints_of(time_ms: int, count: int, trade_id: int) -> bytes:
    rows = [
        {"coin": "QUIET", "side": "B", "px": "10", "sz": "0.5", "time": time_ms, "tid": trade_id + number}
        | {"users": [ALICE, BOB]}
        for number in range(count)
    ]
    return msgspec.json.encode({"channel": "trades", "data": rows})


def marks(mark: float) -> bytes:
    body = {"ctxs": [["", contexts(str(mark), "10")], ["x", contexts("10")]]}
    return msgspec.json.encode({"channel": "allDexsAssetCtxs", "data": body})


def best(price: float) -> bytes:
    levels = [{"px": str(price), "sz": "1", "n": 1}, {"px": str(price + 1), "sz": "1", "n": 1}]
    return msgspec.json.encode({"channel": "bbo", "data": {"coin": "BTC", "time": NOW_MS, "bbo": levels}})


passed = st.one_of(st.integers(0, 300), st.sampled_from([-400, 900, 3_000, 11_000, 400_000, 3_600_000]))
off = st.one_of(st.integers(-200, 50), st.sampled_from([-400_000, -12_000, -3_000, 3_000, 20_000]))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("prints"), passed, off, st.sampled_from(["1", "2"])),
        st.tuples(st.just("prints"), st.integers(0, 40), st.integers(-60, 20), st.just("1")),
        st.tuples(st.just("prints"), st.integers(0, 40), st.integers(-60, 20), st.just("1")),
        st.tuples(
            st.sampled_from(["tick", "marks", "best", "status", "lost", "connected", "broken", "many"]),
            passed,
            st.integers(-50, 50),
            st.just("1"),
        ),
    ),
    max_size=40,
)


def record_of(kind: str, now_ms: int, off_ms: int, subject: str, number: int) -> Record:
    trades = msgspec.json.encode([{"type": "trades", "coin": "QUIET"}])
    kinds: dict[str, tuple[RecordKind, str, bytes]] = {
        "prints": (RecordKind.MESSAGE, subject, prints_of(now_ms + off_ms, 1 + number % 3, 10 * number)),
        "many": (RecordKind.MESSAGE, subject, prints_of(now_ms + off_ms, MAX_PRINTS - 3, 10_000 * number)),
        "marks": (RecordKind.MESSAGE, subject, marks(10.0 + off_ms / 100)),
        "best": (RecordKind.MESSAGE, subject, best(10.0 + off_ms / 100)),
        "broken": (RecordKind.MESSAGE, subject, b'{"channel":"trades","data":[{"coin":"QUIET"}]}'),
        "tick": (RecordKind.TICK, "", b""),
        "status": (RecordKind.ANSWER, '{"type":"exchangeStatus"}', b'{"time": %d}' % (now_ms + off_ms)),
        "lost": (RecordKind.LOST, "1", b'{"reason": "cut", "subscriptions": %s}' % trades),
        "connected": (RecordKind.CONNECTED, "1", trades),
    }
    return Record(*kinds[kind], now_ms * 1_000_000)


def told(assembler: Assembler, record: Record) -> str:
    """Events, or why there are none and what follows then."""
    try:
        return repr(assembler.feed(record))
    except RemoteWireError as refusal:
        return f"{refusal}: {assembler.fail(record)}"


def told_time(assembler: Assembler) -> dict[str, Any]:
    return {**vars(assembler.clock), "gaps": repr(assembler._gaps.open), "heard": assembler._gaps.heard_ns}


@settings(max_examples=examples(150), deadline=None)
@given(steps, st.booleans())
def test_messages_that_are_gathered_at_once_change_no_event_and_no_time(
    listed: list[tuple[str, int, int, str]], is_time_said: bool
) -> None:
    quick, asking = market_of(Assembler(None), is_time_said), market_of(AskingAssembler(None), is_time_said)
    now_ms = NOW_MS + 1_000
    for number, (kind, passed_ms, off_ms, subject) in enumerate(listed):
        now_ms += passed_ms
        record = record_of(kind, now_ms, off_ms, subject, number)
        assert told(quick, record) == told(asking, record)
        assert told_time(quick) == told_time(asking)
        assert quick.books._heard_ns == asking.books._heard_ns
    last = Record(RecordKind.TICK, "", b"", now_ms * 1_000_000)
    assert told(quick, last) == told(asking, last)


HOUR_LEFT_MS = HOUR_MS - NOW_MS % HOUR_MS
Step = tuple[str, int, int, str]
"""Kind, milliseconds after NOW_MS, milliseconds that its time is off, connection."""


def busy(first_ms: int, last_ms: int, subject: str, every_ms: int = 700, off_ms: int = 0) -> list[Step]:
    return [("prints", at_ms, off_ms, subject) for at_ms in range(first_ms, last_ms, every_ms)]


NO_TIME = "nothing but prints has said what time it is"
CASES: dict[str, tuple[list[Step], str]] = {
    "the hour gets full": (
        [*busy(HOUR_LEFT_MS - 2_000, HOUR_LEFT_MS + 500, "1", 100)],
        "FundingDue",
    ),
    "there are so many that they are let go": (
        [*busy(1_000, 1_200, "1", 50), ("many", 1_210, 0, "1"), *busy(1_220, 1_260, "1", 10)],
        "TradesPrinted",
    ),
    "a print is long past": (
        [("connected", 500, 0, "1"), *busy(1_000, 13_000, "1"), ("prints", 13_050, -400_000, "1")],
        "prints came with a time long past",
    ),
    "the connection of contexts was silent": (
        [
            ("marks", 1_000, 0, "1"),
            ("connected", 1_100, 0, "1"),
            *busy(1_200, 2_000, "2"),
            ("prints", 2_000, 0, "1"),
            *busy(2_700, 13_500, "2"),
            ("prints", 13_510, 0, "1"),
        ],
        "the connection was silent",
    ),
    "its silence is over": (
        [
            ("marks", 1_000, 0, "1"),
            ("connected", 1_100, 0, "1"),
            *busy(1_200, 12_500, "2"),
            ("tick", 12_600, 0, ""),
            ("connected", 12_605, 0, "1"),
            *busy(12_610, 12_660, "2", 10),
            ("prints", 12_670, 0, "1"),
        ],
        "the connection was silent",
    ),
    "time stood still": (
        [
            *busy(1_000, 3_000, "1"),
            ("prints", 15_000, -13_000, "1"),
            ("prints", 15_010, -13_000, "1"),
            ("prints", 15_020, 0, "1"),
        ],
        "time stood still",
    ),
    f"{NO_TIME}, and prints have come for ten seconds": ([*busy(1_000, 12_500, "1")], "time stood still"),
    f"{NO_TIME} until its status is read": (
        [*busy(1_000, 1_700, "1", 100), ("status", 1_750, 0, ""), *busy(1_760, 2_000, "1", 100)],
        "time stood still",
    ),
    f"{NO_TIME}, and prints differ": (
        [*busy(1_000, 3_000, "1", 100), ("prints", 3_010, 20_000, "1")],
        "while it is",
    ),
    "a frame is due": ([*busy(1_000, 9_000, "1", 100)], "FrameDue"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_to_be_said_is_said_though_messages_before_were_gathered_at_once(case: str) -> None:
    listed, wanted = CASES[case]
    is_time_said = NO_TIME not in case
    quick, asking, said = market_of(Assembler(None), is_time_said), market_of(AskingAssembler(None), is_time_said), ""
    for number, (kind, at_ms, off_ms, subject) in enumerate(listed):
        record = record_of(kind, NOW_MS + at_ms, off_ms, subject, number)
        said = told(quick, record)
        assert said == told(asking, record)
        assert told_time(quick) == told_time(asking)
        if number >= len(listed) // 2 and wanted in said:
            return
    assert wanted in said


@pytest.mark.parametrize("is_time_said", [True, False])
def test_most_messages_of_a_busy_second_are_gathered_at_once(is_time_said: bool) -> None:
    assembler = market_of(Assembler(None), is_time_said)
    asked = []
    for number in range(40):
        now_ms = NOW_MS + 2_000 + 10 * number
        assembler.feed(Record(RecordKind.MESSAGE, "1", prints_of(now_ms, 1, number), now_ms * 1_000_000))
        asked.append(assembler._quiet_ns > now_ms * 1_000_000)
    assert sum(asked) >= 38


def market_of(assembler: Assembler, is_time_said: bool) -> Assembler:
    """It knows a market, and the exchange's time where that was said."""
    return Market(NOW_MS if is_time_said else None, assembler).assembler
