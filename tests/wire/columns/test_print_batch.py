"""Messages of prints read by compiled code give what they give as records, to the bit, however they come."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import RemoteWireError
from liqscape.model.trades import Trades
from liqscape.wire.columns.print_buffers import FIRST_PRINTS
from liqscape.wire.columns.print_reader import PrintReader
from liqscape.wire.columns.trades import PrintBatch, parse_trades

MARKETS = {"BTC": 0, "kPEPE": 1, "xyz:GOLD": 2, "BTCX": 3}
USERS = [f"0x{number * 0x1234567890ABCDEF1234567890ABCDEF:040x}" for number in range(1, 9)]
USERS += [f"0xAB{'c' * 37}{number}" for number in range(3)] + [f"0xab{'c' * 37}{number}" for number in range(3)]

decimals = st.one_of(
    st.decimals("0.000001", "99999", allow_nan=False, places=6).map(str),
    st.from_regex(r"[1-9][0-9]{0,8}(\.[0-9]{1,9})?", fullmatch=True),
    st.sampled_from(["0.30000000000000004", "9007199254740993", "123456789012345678", "1e3", "00.5", "5.", "0.1"]),
)
rows = st.fixed_dictionaries(
    {
        "coin": st.sampled_from([*MARKETS, "@107", "BT"]),
        "side": st.sampled_from("AB"),
        "px": decimals,
        "sz": decimals,
        "time": st.integers(0, 6),
        "hash": st.just("0x" + "0" * 64),
        "tid": st.one_of(st.integers(0, 3), st.integers(0, 2**63 - 1)),
        "users": st.lists(st.sampled_from(USERS), min_size=2, max_size=2),
    }
)


def as_written(listed: list[dict[str, Any]]) -> bytes:
    return msgspec.json.encode({"channel": "trades", "data": listed})


def with_spaces(listed: list[dict[str, Any]]) -> bytes:
    return json.dumps({"channel": "trades", "data": listed}).encode()


def turned(listed: list[dict[str, Any]]) -> bytes:
    """Fields the other way round, and one that is new."""
    return as_written([{"new": "x", "count": 3, **dict(reversed(row.items()))} for row in listed])


writers = st.sampled_from([as_written, as_written, turned, with_spaces])


def assert_same(found: Trades | None, wanted: Trades | None) -> None:
    assert (found is None) == (wanted is None)
    if found is None or wanted is None:
        return
    assert found.addresses == wanted.addresses
    for field in fields(Trades):
        if field.name != "addresses":
            one, other = getattr(found, field.name), getattr(wanted, field.name)
            assert one.dtype == other.dtype, field.name
            assert one.tobytes() == other.tobytes(), field.name


@given(st.lists(st.tuples(st.lists(rows, max_size=6), writers), max_size=6))
def test_many_messages_give_the_columns_of_their_records_in_one(
    messages: list[tuple[list[dict[str, Any]], Any]],
) -> None:
    batch, kept = PrintBatch(), []
    for listed, write in messages:
        try:
            one = parse_trades(write(listed), MARKETS, "socket")
        except RemoteWireError:
            with pytest.raises(RemoteWireError):
                batch.add(write(listed), MARKETS, "socket")
            continue
        kept += listed
        newest_ms = batch.add(write(listed), MARKETS, "socket")
        assert newest_ms == (None if one is None else int(one.time_ms.max()))
    count = batch.count
    taken = batch.take()
    assert count == (0 if taken is None else len(taken))
    assert_same(taken, parse_trades(as_written(kept), MARKETS, "socket"))
    assert batch.count == 0
    assert batch.take() is None


def printed(number: int, **changed: Any) -> dict[str, Any]:
    row = {
        "coin": "BTC",
        "side": "B",
        "px": "100.5",
        "sz": "0.25",
        "time": 1_000 + number,
        "hash": "0x0",
        "tid": number,
    }
    return row | {"users": [f"0x{number:040x}", f"0x{number + 1:040x}"]} | changed


def test_columns_have_no_steps_whatever_order_prints_came_in() -> None:
    """Kernels are compiled before a map is live for columns without steps; for others they were, on its loop."""
    for numbers in ((1, 2, 3), (3, 1, 2)):
        reader = PrintReader()
        reader.follow(MARKETS)
        reader.read(as_written([printed(number) for number in numbers]))
        taken = reader.take()
        assert taken is not None
        assert taken.trade_id.tolist() == [1, 2, 3]
        columns = {field.name: getattr(taken, field.name) for field in fields(Trades) if field.name != "addresses"}
        assert [name for name, column in columns.items() if not column.flags.c_contiguous] == []


def test_a_message_as_the_exchange_writes_it_is_read_by_compiled_code() -> None:
    reader = PrintReader()
    reader.follow(MARKETS)
    assert reader.read(as_written([printed(1), printed(2, coin="xyz:GOLD")])) == 1_002
    assert reader.count == 2


@pytest.mark.parametrize("write", [as_written, turned])
def test_more_prints_than_there_is_room_for_make_room(write: Any) -> None:
    batch = PrintBatch()
    listed = [printed(number) for number in range(3 * FIRST_PRINTS)]
    for first in range(0, len(listed), 500):
        batch.add(write(listed[first : first + 500]), MARKETS, "socket")
    assert_same(batch.take(), parse_trades(as_written(listed), MARKETS, "socket"))
    batch.add(write(listed[:3]), MARKETS, "socket")
    assert_same(batch.take(), parse_trades(as_written(listed[:3]), MARKETS, "socket"))


def in_batch(content: bytes) -> Trades | None:
    batch = PrintBatch()
    try:
        batch.add(content, MARKETS, "socket")
    except RemoteWireError:
        assert batch.take() is None
        raise
    return batch.take()


def as_records(content: bytes) -> Trades | None:
    return parse_trades(content, MARKETS, "socket")


def outcome(content: bytes, read: Callable[[bytes], Trades | None]) -> str:
    """The columns, or what is wrong."""
    try:
        return repr(read(content))
    except RemoteWireError as refusal:
        return str(refusal)


BAD = as_written([printed(50), printed(51)])


@pytest.mark.parametrize("cut", range(1, len(BAD), 7))
def test_of_a_message_that_is_cut_nothing_is_kept(cut: int) -> None:
    batch = PrintBatch()
    batch.add(as_written([printed(1)]), MARKETS, "socket")
    with pytest.raises(RemoteWireError, match="socket"):
        batch.add(BAD[:cut], MARKETS, "socket")
    batch.add(as_written([printed(2)]), MARKETS, "socket")
    assert_same(batch.take(), parse_trades(as_written([printed(1), printed(2)]), MARKETS, "socket"))


@pytest.mark.parametrize("byte", [b" ", b'"', b"\\", b"\x00", b"\xff", b"g", b"-", b"}", b"]", b","])
def test_one_wrong_byte_is_judged_as_records_judge_it(byte: bytes) -> None:
    for place in range(len(BAD)):
        content = BAD[:place] + byte + BAD[place + 1 :]
        assert outcome(content, in_batch) == outcome(content, as_records)


def test_prints_that_wait_keep_the_rows_their_markets_had() -> None:
    batch = PrintBatch()
    batch.add(as_written([printed(1)]), {"BTC": 4}, "socket")
    batch.add(as_written([printed(2)]), {"ETH": 0, "BTC": 1}, "socket")
    taken = batch.take()
    assert taken is not None
    assert taken.market_index.tolist() == [4, 1]
    assert np.array_equal(taken.time_ms, [1_001, 1_002])
