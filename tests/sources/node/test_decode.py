"""Lines of a node to events: the sandbox's files give its own state back; bad lines, repeats and holes are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_sandbox import MARKETS, SmallSandbox, crash, eventful_sandbox, name

from liqscape.exchange.columns import EventColumn as Row
from liqscape.exchange.columns import EventKind
from liqscape.exchange.to_model import to_accounts
from liqscape.feed.records import Record, RecordKind
from liqscape.model.events import CashMoved, Event, FillsObserved, FundingPaid, GapDetected, TradesPrinted
from liqscape.sandbox.files import NodeFiles
from liqscape.sandbox.files.lines import fill_block
from liqscape.sources.node import decode
from liqscape.sources.node.decode import NodeDecoder
from liqscape.sources.node.holes import SILENCE_MS
from liqscape.sources.node.tail import NodeTail
from liqscape.wire.encode import encode_record
from liqscape.wire.node import misc_events
from liqscape.wire.node.block_time import parse_block_time

MARKET_OF = {coin: row for row, coin in enumerate(MARKETS.coins)}
FILLS = "node_fills_by_block/hourly/20260202/2"
MISC = "misc_events_by_block/hourly/20260202/2"


def record(subject: str, *lines: object) -> Record:
    """Lines of one file; what is no bytes is written as JSON."""
    content = b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    return Record(RecordKind.NODE_LINES, subject, content, 7)


def block(number: int, *events: object, second: int = 0) -> dict[str, Any]:
    time = f"2026-02-02T02:{second // 60:02d}:{second % 60:02d}.000000000"
    return {"local_time": time, "block_time": time, "block_number": number, "events": list(events)}


def fill(number: int, coin: str = "BTC", size: float = 1.0, **more: object) -> list[object]:
    row = {
        "coin": coin, "px": "70000.0", "sz": str(abs(size)), "side": "B" if size > 0 else "A",
        "time": 1_769_997_600_000, "startPosition": "0.0",
        "dir": "Open Long", "closedPnl": "0.0", "hash": "0x0", "oid": 1, "crossed": True,
        "fee": "1.5", "tid": 9, **more,
    }  # fmt: skip
    return [name(number), row]


@pytest.fixture(scope="module")
def world() -> SmallSandbox:
    world = eventful_sandbox()
    crash(world, 0.15)
    return world


def decode_files(folder: Path) -> tuple[NodeDecoder, list[Event]]:
    tail, decoder = NodeTail(folder), NodeDecoder(MARKET_OF)
    events = []
    while records := tail.read(1):
        for each in records:
            events += decoder.decode(each)
    return decoder, events


@pytest.mark.parametrize("is_by_block", [True, False])
def test_files_of_the_sandbox_tell_all_it_did(world: SmallSandbox, tmp_path: Path, is_by_block: bool) -> None:
    files = NodeFiles(tmp_path, is_by_block=is_by_block)
    for output in world.outputs:
        files.observe(world.exchange, output)
    files.close()
    decoder, events = decode_files(tmp_path)
    held: dict[tuple[str, int], float] = {}
    sides = 0
    for event in events:
        if isinstance(event, FillsObserved):
            fills = event.fills
            sides += len(fills)
            assert event.time_ms == fills.time_ms[-1]
            assert np.all(np.diff(fills.time_ms) >= 0)
            for row in range(len(fills)):
                key = fills.addresses[fills.user[row]], int(fills.market_index[row])
                assert held.get(key, 0.0) == pytest.approx(float(fills.start_position[row]), abs=1e-9)
                held[key] = held.get(key, 0.0) + float(fills.size[row])
    assert sides == 2 * sum(len(output.fills) for output in world.outputs)
    truth = to_accounts(world.exchange)
    ours = {key: pytest.approx(size, abs=1e-9) for key, size in held.items() if abs(size) > 1e-9}
    owner = truth.address_row[truth.pool_of_position()]
    assert {
        (truth.addresses[row], market): size
        for row, market, size in zip(owner.tolist(), truth.market_index.tolist(), truth.size.tolist(), strict=True)
    } == ours
    paid = [event for event in events if isinstance(event, FundingPaid)]
    rows = [row for output in world.outputs for row in output.events if row[Row.KIND] == EventKind.FUNDING]
    assert sum(len(event.payments) for event in paid) == len(rows)
    total = sum(float(event.payments.amount.sum()) for event in paid)
    assert total == pytest.approx(-sum(int(row[Row.B]) for row in rows) / 1e6)
    gaps = [event for event in events if isinstance(event, GapDetected)]
    assert all(gap.time_ms - gap.from_ms > SILENCE_MS for gap in gaps), "a small market is silent now and then"
    assert not (gaps and is_by_block)
    assert decoder.figures().malformed == decoder.figures().passed_over == 0
    moved = [event.movements for event in events if isinstance(event, CashMoved)]
    ours_moved = sum(float(each.amount.sum()) for each in moved)
    deposits = [row for output in world.outputs for row in output.events if row[Row.KIND] == EventKind.DEPOSIT]
    assert sum(len(each) for each in moved) == len(deposits) > 0
    assert ours_moved == pytest.approx(sum(int(row[Row.A]) for row in deposits) / 1e6)


def test_the_same_records_give_the_same_events(world: SmallSandbox) -> None:
    lines = [encode_record(fill_block(world.exchange, output)) for output in world.outputs]
    whole = record(FILLS, *lines)
    first, second = (NodeDecoder(MARKET_OF).decode(whole) for _ in range(2))
    assert repr(first) == repr(second)


def test_a_bad_line_is_counted_and_said_by_file_and_line_and_the_others_stand() -> None:
    decoder = NodeDecoder(MARKET_OF)
    bad = block(3, fill(1), second=2)
    bad["events"][0][1]["px"] = "NaN"
    events = decoder.decode(record(FILLS, block(1, fill(1)), b"{half a li", block(2, fill(2), second=1), bad))
    gap, observed = events
    assert isinstance(gap, GapDetected)
    assert gap.market_index is not None
    assert (gap.from_ms, gap.time_ms, gap.market_index.tolist()) == (1_769_997_601_999, 1_769_997_602_000, [0])
    assert isinstance(observed, FillsObserved)
    assert len(observed.fills) == 2
    assert decoder.figures().malformed == 2
    assert decoder.remarks[0].startswith(f"{FILLS}: line 2: not JSON")
    assert decoder.remarks[1].startswith(f"{FILLS}: line 4: px: nan is ")
    decoder.decode(record(FILLS, b"nothing"))
    assert decoder.remarks[2].startswith(f"{FILLS}: line 5: ")


@pytest.mark.parametrize(
    "change", [{"px": "-1"}, {"sz": "1e400"}, {"side": "C"}, {"time": -1}, {"tid": 1 << 63}, {"startPosition": "inf"}]
)
@pytest.mark.parametrize("is_by_block", [True, False])
def test_nonsense_in_one_line_does_not_cost_the_others(change: dict[str, object], is_by_block: bool) -> None:
    decoder = NodeDecoder(MARKET_OF)
    bad = fill(2, **change)
    lines = (
        [block(1, fill(1)), block(2, bad, second=1), block(3, fill(3), second=2)]
        if is_by_block
        else [fill(1), bad, fill(3)]
    )
    *gaps, observed = decoder.decode(record(FILLS if is_by_block else "node_fills/hourly/20260202/2", *lines))
    assert isinstance(observed, FillsObserved)
    assert observed.fills.addresses == (name(1), name(3))
    (gap,) = gaps
    assert isinstance(gap, GapDetected)
    assert gap.addresses == (name(2),)
    assert decoder.figures().malformed == 1
    assert ": line 2: " in decoder.remarks[0]


def test_a_user_that_is_no_address_is_said() -> None:
    decoder = NodeDecoder(MARKET_OF)
    strange = ["0x12", fill(1)[1]]
    gap, observed = decoder.decode(record(FILLS, block(1, strange), block(2, fill(1), second=1)))
    assert isinstance(gap, GapDetected)
    assert isinstance(observed, FillsObserved)
    assert observed.fills.addresses == (name(1),)
    assert "0x12" in decoder.remarks[0]


def test_a_block_that_comes_again_is_left_out() -> None:
    decoder = NodeDecoder(MARKET_OF)
    first = decoder.decode(record(FILLS, block(1, fill(1)), block(2, fill(2), second=1)))
    again = decoder.decode(record(FILLS, block(1, fill(1)), block(2, fill(2), second=1), block(3, fill(3), second=2)))
    assert [len(event.fills) for event in first + again if isinstance(event, FillsObserved)] == [2, 1]
    assert decoder.figures().repeated == 2
    assert (decoder.figures().block, decoder.figures().block_time_ms) == (3, 1_769_997_602_000)


def test_missing_blocks_are_a_gap_of_every_market_before_what_follows() -> None:
    decoder = NodeDecoder(MARKET_OF)
    gap, observed = decoder.decode(record(FILLS, block(1), block(5, fill(1), second=90)))
    assert isinstance(gap, GapDetected)
    assert isinstance(observed, FillsObserved)
    assert (gap.from_ms, gap.time_ms, gap.market_index) == (1_769_997_600_000, 1_769_997_690_000, None)
    assert gap.reason == "node_fills_by_block: 3 blocks after 1 are missing"
    assert decoder.figures().missing_blocks == 3


def test_missing_misc_events_are_a_gap_as_well_for_cash_may_have_moved() -> None:
    decoder = NodeDecoder(MARKET_OF)
    (gap,) = decoder.decode(record(MISC, block(1), block(5, second=90)))
    assert isinstance(gap, GapDetected)
    assert (gap.market_index, gap.addresses) == (None, None)


def test_streamed_blocks_may_come_in_parts_and_with_jumps_of_their_numbers() -> None:
    decoder = NodeDecoder(MARKET_OF)
    name_of = "node_fills_streaming/hourly/20260202/2"
    (observed,) = decoder.decode(record(name_of, block(1, fill(1)), block(1, fill(2)), block(7, fill(3), second=1)))
    assert isinstance(observed, FillsObserved)
    assert len(observed.fills) == 3
    assert decoder.decode(record(name_of, block(3, fill(3)))) == []
    assert decoder.figures().repeated == 1


START_MS = 1_769_997_600_000


def line_at(table: str, second: int) -> object:
    """A line of a table with something in it, so many seconds after the first."""
    time = block(1, second=second)["block_time"]
    event: Any
    if table.startswith("node_fills"):
        event = fill(1, time=START_MS + 1_000 * second)
    elif table.startswith("node_trades"):
        event = trade(time)
    else:
        event = ledger_update([name(1)], {"type": "deposit", "usdc": "1.0"}, time)
    return event if table.count("_") == 1 else block(1 + 14 * second, event, second=second)


@pytest.mark.parametrize("table", ["node_fills", "node_trades", "misc_events"])
@pytest.mark.parametrize("batching", ["", "_by_block", "_streaming"])
@pytest.mark.parametrize("seconds", [1, 60, 1_800])
def test_a_silence_of_any_table_is_a_gap_of_everybody(table: str, batching: str, seconds: int) -> None:
    """Numbers of blocks that jump are one however short it was."""
    decoder, subject = NodeDecoder(MARKET_OF), f"{table}{batching}/hourly/20260202/2"
    events = decoder.decode(record(subject, line_at(table + batching, 0), line_at(table + batching, 1)))
    events += decoder.decode(record(subject, line_at(table + batching, 1 + seconds)))
    gaps = [event for event in events if isinstance(event, GapDetected) and event.from_ms >= START_MS + 1_000]
    assert len(gaps) == (batching == "_by_block" or 1_000 * seconds > SILENCE_MS)
    for gap in gaps:
        assert (gap.from_ms, gap.time_ms) == (START_MS + 1_000, START_MS + 1_000 + 1_000 * seconds)
        assert (gap.market_index, gap.addresses) == (None, None)


def test_misc_events_may_be_silent_while_fills_are_written() -> None:
    decoder = NodeDecoder(MARKET_OF)
    misc, fills = "misc_events/hourly/20260202/2", "node_fills/hourly/20260202/2"
    decoder.decode(record(misc, line_at("misc_events", 0)))
    for second in range(0, 300, 20):
        decoder.decode(record(fills, line_at("node_fills", second)))
    assert [type(event) for event in decoder.decode(record(misc, line_at("misc_events", 290)))] == [CashMoved]


@pytest.mark.parametrize("seconds", [10, 600])
def test_a_table_that_begins_after_what_is_known_lacks_what_was_between(seconds: int) -> None:
    """A checkpoint, or a state of the node, and then lines of later only."""
    decoder = NodeDecoder(MARKET_OF)
    decoder.places.know(START_MS - 1_000 * seconds)
    events = decoder.decode(record(FILLS, block(500), block(501, fill(1), second=1)))
    assert [event.from_ms for event in events if isinstance(event, GapDetected)] == (
        [START_MS - 600_000] if seconds == 600 else []
    )


def test_lines_that_cannot_be_had_are_a_gap_unless_numbers_will_tell() -> None:
    decoder = NodeDecoder(MARKET_OF)
    for table, count in (("node_fills", 1), ("misc_events", 1), ("node_fills_by_block", 0), ("node_order_statuses", 0)):
        lost = Record(RecordKind.LOST, f"{table}/hourly/20260202/2", b'{"reason": "cut"}', 7)
        assert len(decoder.lost(lost, START_MS)) == count


@pytest.mark.parametrize("is_by_block", [True, False])
@pytest.mark.parametrize(
    ("break_it", "addresses", "markets"),
    [
        (lambda row: row[1].pop("px"), (name(2),), [0]),
        (lambda row: row[1].update(sz=[]), (name(2),), [0]),
        (lambda row: row.__setitem__(0, None), None, [0]),
        (lambda row: row.__setitem__(1, {}), (name(2),), None),
        (lambda row: row.__setitem__(1, None), None, None),
        (lambda row: row[1].update(coin="@107", px=None), "nobody", None),
    ],
)
def test_an_event_that_cannot_be_read_concerns_whom_it_names(
    break_it: Any, addresses: object, markets: object, is_by_block: bool
) -> None:
    decoder, bad = NodeDecoder(MARKET_OF), fill(2)
    break_it(bad)
    lines = [block(1, fill(1), bad, fill(3))] if is_by_block else [fill(1), bad, fill(3)]
    *gaps, observed = decoder.decode(record(FILLS if is_by_block else "node_fills/hourly/20260202/2", *lines))
    assert isinstance(observed, FillsObserved)
    assert observed.fills.addresses == (name(1), name(3))
    assert decoder.figures().malformed == 1
    found = [
        (gap.addresses, gap.market_index if gap.market_index is None else gap.market_index.tolist())
        for gap in gaps
        if isinstance(gap, GapDetected)
    ]
    assert found == ([] if addresses == "nobody" else [(addresses, markets)])


def test_a_misc_event_that_cannot_be_read_concerns_whom_it_names() -> None:
    decoder = NodeDecoder(MARKET_OF)
    update = ledger_update([name(4)], {"type": "deposit", "usdc": "much", "user": name(5)})
    paid = funding((6, "BTC", "1", "1"))
    paid["inner"]["Funding"]["deltas"][0].pop("szi")  # type: ignore[index]
    other = {"time": 5, "hash": "0x0", "inner": {"CDeposit": {"user": name(1)}}}
    events = decoder.decode(record(MISC, block(1, update, paid, other)))
    assert [event.addresses for event in events if isinstance(event, GapDetected)] == [(name(4), name(5)), (name(6),)]


def test_a_first_block_is_no_gap_and_empty_blocks_are_no_events() -> None:
    decoder = NodeDecoder(MARKET_OF)
    assert decoder.decode(record(FILLS, block(777), block(778, second=1), b"")) == []
    assert decoder.figures().block == 778
    assert decoder.figures().malformed == 0


def test_fills_of_what_is_no_market_are_passed_over() -> None:
    decoder = NodeDecoder(MARKET_OF)
    (observed,) = decoder.decode(record(FILLS, block(1, fill(1, "@107"), fill(2), fill(3, "#17"))))
    assert isinstance(observed, FillsObserved)
    assert len(observed.fills) == 1
    assert decoder.figures().passed_over == 2


def funding(*deltas: tuple[int, str, str, str]) -> dict[str, object]:
    rows = [
        {"user": name(number), "coin": coin, "funding_amount": amount, "szi": size, "funding_rate": "0.0000125"}
        for number, coin, amount, size in deltas
    ]
    return {"time": "2026-02-02T03:00:00.010", "hash": "0x0", "inner": {"Funding": {"deltas": rows}}}


def test_funding_is_paid_as_told_and_what_is_no_number_is_left_out() -> None:
    decoder = NodeDecoder(MARKET_OF)
    lines = block(
        1, funding((1, "BTC", "-1.5", "0.5"), (2, "ETH", "NaN", "1"), (1, "ETH", "2.0", "-4"), (3, "@1", "1", "1"))
    )
    gap, paid = decoder.decode(record(MISC, lines))
    assert isinstance(gap, GapDetected)
    assert gap.addresses == (name(2),)
    assert isinstance(paid, FundingPaid)
    assert paid.time_ms == 1_770_001_200_010
    payments = paid.payments
    assert [payments.addresses[row] for row in payments.user] == [name(1), name(1)]
    assert payments.amount.tolist() == [-1.5, 2.0]
    assert payments.size.tolist() == [0.5, -4.0]
    assert payments.market_index.tolist() == [MARKET_OF["BTC"], MARKET_OF["ETH"]]
    assert decoder.figures().malformed == 1


@pytest.mark.parametrize(
    "breaks", [lambda line: line, lambda line: line.replace(b'"2.5"', b'"x"'), lambda line: line[:-30]]
)
def test_payments_read_piece_by_piece_are_those_read_at_once(
    breaks: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    coins = ("BTC", "ETH", "@1")
    rows = [(row % 7, coins[row % 3], f"{row / 8}", "NaN" if row == 9 else "1") for row in range(40)]
    deposit = ledger_update([name(1)], {"type": "deposit", "usdc": "5"})
    line = breaks(json.dumps(block(1, funding(*rows), deposit)).encode())
    line = line.replace(b": ", b":").replace(b", ", b",")
    found = []
    for length in (1 << 30, 0):
        monkeypatch.setattr(decode, "LONG_LINE", length)
        monkeypatch.setattr(misc_events, "PIECE_BYTES", 300)
        decoder = NodeDecoder(MARKET_OF)
        events = decoder.decode(Record(RecordKind.NODE_LINES, MISC, line, 5))
        found.append((repr(events), decoder.figures(), decoder.remarks))
    assert found[0] == found[1]


def ledger_update(users: list[str], delta: dict[str, object], time: str = "2026-02-02T03:00:00.010") -> dict[str, Any]:
    return {"time": time, "hash": "0x0", "inner": {"LedgerUpdate": {"users": users, "delta": delta}}}


def test_cash_that_moved_is_one_event_a_record_and_of_known_blocks_once() -> None:
    decoder = NodeDecoder(MARKET_OF)
    first = ledger_update([name(4)], {"type": "deposit", "usdc": "100.0"})
    withdrawal = {"type": "withdraw", "usdc": "9.0", "fee": "1.0", "nonce": 1_770_001_000_000}
    second = ledger_update([name(5)], withdrawal, "2026-02-02T03:00:00.110")
    other = {"time": "2026-02-02T03:00:00.010", "hash": "0x0", "inner": {"CDeposit": {"user": name(1), "amount": 5}}}
    lines = record(MISC, block(1, first, other), block(2, second, second=1))
    (moved,) = decoder.decode(lines)
    assert isinstance(moved, CashMoved)
    assert (moved.time_ms, moved.received_ns) == (1_770_001_200_110, 7)
    movements = moved.movements
    assert [movements.addresses[row] for row in movements.user] == [name(4), name(5)]
    assert movements.amount.tolist() == movements.whole.tolist() == [100.0, -10.0]
    assert movements.time_ms.tolist() == [1_770_001_200_010, 1_770_001_000_000]
    assert decoder.figures().passed_over == 1
    assert decoder.decode(lines) == []
    assert decoder.figures().repeated == 2


def test_a_liquidation_moves_no_cash_by_itself() -> None:
    delta = {"type": "liquidation", "liquidatedNtlPos": "5.0", "accountValue": "1.0", "leverageType": "Cross"}
    assert NodeDecoder(MARKET_OF).decode(record(MISC, block(1, ledger_update([name(4)], delta)))) == []


def trade(
    time: str, coin: str = "BTC", size: str = "0.5", side: str = "B", orders: tuple[int, int] = (1, 2)
) -> dict[str, object]:
    sides = [{"user": name(each), "start_pos": "0.0", "oid": each, "twap_id": None, "cloid": None} for each in orders]
    return {
        "coin": coin, "side": side, "time": time, "px": "70000.5", "sz": size, "hash": "0x0",
        "trade_dir_override": "Na", "side_info": sides,
    }  # fmt: skip


def test_trades_of_a_node_without_fills_are_prints_in_order_of_time() -> None:
    decoder = NodeDecoder(MARKET_OF)
    later = trade("2026-02-02T02:00:02.5", "ETH", side="A", orders=(5, 6))
    *gaps, printed = decoder.decode(
        record(
            "node_trades/hourly/20260202/2",
            later,
            trade("2026-02-02T02:00:01.25"),
            trade("2026-02-02T02:00:01", size="-1"),
            trade("2026-02-02T02:00:01", coin="@5"),
            trade("yesterday"),
        )
    )
    assert [gap.addresses for gap in gaps if isinstance(gap, GapDetected)] == [(name(1), name(2))] * 2
    assert isinstance(printed, TradesPrinted)
    trades = printed.trades
    assert trades.time_ms.tolist() == [1_769_997_601_250, 1_769_997_602_500]
    assert printed.time_ms == 1_769_997_602_500
    assert [trades.addresses[row] for row in trades.buyer] == [name(1), name(5)]
    assert [trades.addresses[row] for row in trades.seller] == [name(2), name(6)]
    assert trades.is_buyer_taker.tolist() == [True, False]
    assert (trades.price[0], trades.size[0]) == (70_000.5, 0.5)
    assert len(set(trades.trade_id.tolist())) == 2
    assert trades.trade_id.min() >= 0
    assert trades.trade_id.max() < 1 << 50
    figures = decoder.figures()
    assert (figures.malformed, figures.passed_over, figures.lines) == (2, 1, 5)


def test_trades_by_block_are_read_too() -> None:
    lines = [block(1, trade("2026-02-02T02:00:00")), block(1, trade("2026-02-02T02:00:00")), block(4, second=1)]
    gap_or_print = NodeDecoder(MARKET_OF).decode(record("node_trades_by_block/hourly/20260202/2", *lines))
    assert [type(event) for event in gap_or_print] == [GapDetected, TradesPrinted]


def test_tables_that_decide_nothing_are_passed_over() -> None:
    decoder = NodeDecoder(MARKET_OF)
    status = {"time": "2026-02-02T02:00:00", "user": name(1), "status": "open", "order": {}}
    assert decoder.decode(record("node_order_statuses/hourly/20260202/2", status, status)) == []
    assert decoder.figures().passed_over == 2


@pytest.mark.recorded
def test_a_thousand_blocks_of_the_exchange_are_read_whole(recorded: Path) -> None:
    content = (recorded / "stream" / "node_fills_by_block_1000.jsonl").read_bytes()
    coins = {row[1]["coin"] for line in content.splitlines() for row in json.loads(line)["events"]}
    market_of = {coin: row for row, coin in enumerate(sorted(coin for coin in coins if coin[0] not in "@#"))}
    market_of.pop("PURR/USDC", None)
    decoder = NodeDecoder(market_of)
    (observed,) = decoder.decode(Record(RecordKind.NODE_LINES, FILLS, content, 1))
    assert isinstance(observed, FillsObserved)
    figures = decoder.figures()
    assert (figures.lines, figures.malformed, figures.missing_blocks, figures.repeated) == (1_000, 0, 0, 0)
    assert len(observed.fills) + figures.passed_over == 7_282
    last = json.loads(content.splitlines()[-1])
    assert (figures.block, figures.block_time_ms) == (
        last["block_number"],
        parse_block_time(last["block_time"], "recorded"),
    )
    by_market = np.zeros(len(market_of))
    np.add.at(by_market, observed.fills.market_index, observed.fills.size)
    assert np.abs(by_market).max() < 1e-6, "both sides of every fill are there"
