"""Prints as columns: the same as the records, in order, whatever else the message carries."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import RemoteWireError
from liqscape.wire.columns.trades import map_trades, parse_trades
from liqscape.wire.ws.channels import parse_message

MARKETS = {"BTC": 0, "ETH": 1, "xyz:GOLD": 2}


def user(number: int) -> str:
    return f"0x{number:040x}"


def printed(**fields: Any) -> dict[str, Any]:
    row = {"coin": "BTC", "side": "B", "px": "100.5", "sz": "0.25", "time": 1_000, "hash": "0x0", "tid": 7}
    return row | {"users": [user(10), user(11)]} | fields


def message(*rows: dict[str, Any]) -> bytes:
    return json.dumps({"channel": "trades", "data": list(rows)}).encode()


rows = st.builds(
    printed,
    coin=st.sampled_from(["BTC", "ETH", "xyz:GOLD", "@107", "PURR/USDC", "#3"]),
    side=st.sampled_from(["A", "B"]),
    px=st.sampled_from(["1", "0.00001", "70000.5", "3e4"]),
    sz=st.sampled_from(["0.001", "12", "5000000.0"]),
    time=st.integers(0, 5),
    tid=st.one_of(st.integers(0, 3), st.integers(0, 2**63 - 1)),
    users=st.tuples(st.integers(1, 6), st.integers(1, 6)).map(lambda pair: [user(pair[0]), user(pair[1])]),
)


@given(st.lists(rows, max_size=12))
def test_columns_are_the_records_of_known_coins_in_order_of_time_and_id(given_rows: list[dict[str, Any]]) -> None:
    left_out: dict[str, int] = {}
    trades = parse_trades(message(*given_rows), MARKETS, "socket", left_out)
    kept = [row for row in given_rows if row["coin"] in MARKETS]
    assert sum(left_out.values()) == len(given_rows) - len(kept)
    if not kept:
        assert trades is None
        return
    assert trades is not None
    wanted = sorted(kept, key=lambda row: (row["time"], row["tid"]))
    names = trades.addresses
    assert len(set(names)) == len(names)
    assert [(names[b], names[s]) for b, s in zip(trades.buyer, trades.seller, strict=True)] == [
        tuple(row["users"]) for row in wanted
    ]
    assert trades.market_index.tolist() == [MARKETS[row["coin"]] for row in wanted]
    assert trades.price.tolist() == [float(row["px"]) for row in wanted]
    assert trades.size.tolist() == [float(row["sz"]) for row in wanted]
    assert trades.is_buyer_taker.tolist() == [row["side"] == "B" for row in wanted]
    assert trades.time_ms.tolist() == [row["time"] for row in wanted]
    assert trades.trade_id.tolist() == [row["tid"] for row in wanted]


@given(st.lists(rows, max_size=8))
def test_a_message_and_its_records_give_the_same_columns(given_rows: list[dict[str, Any]]) -> None:
    content = message(*given_rows)
    straight = parse_trades(content, MARKETS, "socket")
    mapped = map_trades(parse_message(content, "socket").data, MARKETS, "socket")
    assert (straight is None) == (mapped is None)
    if straight is not None and mapped is not None:
        assert repr(straight) == repr(mapped)


def test_an_address_in_capitals_is_the_same_wallet() -> None:
    capitals = "0x" + "AB" * 20
    trades = parse_trades(message(printed(users=[capitals, capitals.lower()])), MARKETS, "socket")
    assert trades is not None
    assert trades.addresses == (capitals.lower(),)
    assert (trades.buyer[0], trades.seller[0]) == (0, 0)


def test_prints_without_users_are_left_out_and_counted() -> None:
    old = printed()
    del old["users"]
    left_out = {"BTC": 2}
    assert parse_trades(message(old, printed(users=None)), MARKETS, "socket", left_out) is None
    assert left_out == {"BTC": 4}


def test_a_field_that_is_new_is_passed_over() -> None:
    trades = parse_trades(message(printed(somethingNew={"a": [1]})), MARKETS, "socket")
    assert trades is not None
    assert len(trades) == 1


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"px": "nan"}, "px: nan must be above 0"),
        ({"px": "inf"}, "px: inf must be above 0"),
        ({"px": "0"}, "px: 0.0 must be above 0"),
        ({"px": "abc"}, r"data\[1\].px"),
        ({"sz": "-1"}, "sz: -1.0 must be above 0"),
        ({"sz": "1e19"}, r"sz: 1e\+19 must be above 0 and at most 1e\+18"),
        ({"sz": None}, r"data\[1\].sz"),
        ({"side": "C"}, r"data\[1\].side"),
        ({"time": -1}, "time: -1 is not a time"),
        ({"time": 10**15}, "is not a time in milliseconds"),
        ({"tid": -1}, r"data\[1\].tid"),
        ({"tid": 2**63}, r"data\[1\].tid"),
        ({"users": ["0x12", "0x34"]}, "users: '0x12' is not an address"),
        ({"users": [user(1)]}, r"data\[1\].users"),
    ],
)
def test_a_figure_that_cannot_be_is_refused_with_its_name(fields: dict[str, Any], rule: str) -> None:
    with pytest.raises(RemoteWireError, match=rule):
        parse_trades(message(printed(), printed(**fields)), MARKETS, "socket 3")


@pytest.mark.parametrize("content", [b"", b"{", b'{"channel":"trades"}', b'{"channel":"l2Book","data":[]}', b"\xff"])
def test_anything_but_a_message_of_trades_is_refused(content: bytes) -> None:
    with pytest.raises(RemoteWireError, match="socket"):
        parse_trades(content, MARKETS, "socket")
