"""Misc events as the exchange's documents and third parties show them, and times of node files."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import RemoteWireError
from liqscape.wire.encode import encode_record
from liqscape.wire.node.block_time import EPOCH, parse_block_time, print_block_time
from liqscape.wire.node.misc_events import parse_misc_event_block, parse_misc_event_line

FUNDING = {
    "time": "2025-10-27T17:00:00.000000001",
    "hash": "0x" + "0" * 64,
    "inner": {
        "Funding": {
            "deltas": [
                {"user": "0x1", "coin": "BTC", "funding_amount": "-1.5", "szi": "0.5", "funding_rate": "0.0000125"}
            ]
        }
    },
}


def liquidation(kind: str) -> dict[str, object]:
    return {
        "time": "2025-10-27T17:00:00.000000001",
        "hash": "0x" + "1" * 64,
        "inner": {
            "LedgerUpdate": {
                "users": ["0x2"],
                "delta": {
                    "type": kind,
                    "liquidatedNtlPos": "1000.0",
                    "accountValue": "-5.0",
                    "leverageType": "Cross",
                    "liquidatedPositions": [{"coin": "ETH", "szi": "-1.0"}],
                },
            }
        },
    }


def test_funding_names_every_holder() -> None:
    event = parse_misc_event_line(json.dumps(FUNDING).encode(), "x")
    assert event.inner.Funding is not None
    (delta,) = event.inner.Funding.deltas
    assert (delta.user, delta.coin, delta.funding_amount, delta.szi) == ("0x1", "BTC", -1.5, 0.5)
    assert json.loads(encode_record(event)) == FUNDING


@pytest.mark.parametrize("kind", ["liquidation", "ledgerLiquidation"])
def test_a_liquidation_is_one_under_both_names(kind: str) -> None:
    event = parse_misc_event_line(json.dumps(liquidation(kind)).encode(), "x")
    assert event.inner.LedgerUpdate is not None
    assert event.inner.LedgerUpdate.delta.is_liquidation
    assert json.loads(encode_record(event)) == liquidation(kind)


def test_an_event_of_another_kind_is_read_as_nothing() -> None:
    block = {
        "local_time": "2025-10-27T17:00:00.1",
        "block_time": "2025-10-27T17:00:00.0",
        "block_number": 1,
        "events": [{**FUNDING, "inner": {"CDeposit": {"user": "0x1", "amount": 5}}}, FUNDING],
    }
    first, second = parse_misc_event_block(json.dumps(block).encode(), "x").events
    assert (first.inner.Funding, first.inner.LedgerUpdate) == (None, None)
    assert second.inner.Funding is not None


@given(st.integers(0, 4_000_000_000_000), st.integers(0, 999_999))
def test_a_block_time_comes_back_cut_to_milliseconds(time_ms: int, nanoseconds: int) -> None:
    text = print_block_time(time_ms, nanoseconds)
    assert parse_block_time(text, "x") == time_ms
    assert parse_block_time(text + "Z", "x") == time_ms


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        ("1970-01-01T00:00:01", 1_000),
        ("1970-01-01T00:00:00.5", 500),
        ("1970-01-01T00:00:00.0019", 1),
        ("1970-01-01T00:00:00.123456789+00:00", 123),
        ("1970-01-01T09:00:00.123+09:00", 123),
    ],
)
def test_shorter_fractions_and_zones_are_read(text: str, time_ms: int) -> None:
    assert parse_block_time(text, "x") == time_ms


@given(
    st.integers(0, 4_000_000_000_000),
    st.lists(
        st.sampled_from(["0", "7", "12", "999", "123456789", "5Z", "25+09:00", "123-00:30"]), min_size=1, max_size=9
    ),
)
def test_times_of_one_second_are_read_alike_whichever_came_before(time_ms: int, fractions: list[str]) -> None:
    second = print_block_time(time_ms)[:19]
    for fraction in fractions:
        moment = datetime.fromisoformat(f"{second}.{fraction}")
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        assert parse_block_time(f"{second}.{fraction}", "x") == (moment - EPOCH) // timedelta(milliseconds=1)
    for wrong in ("", "x", "12x", "1 2", "١٢٣"):
        with pytest.raises(RemoteWireError, match="is not a time like"):
            parse_block_time(f"{second}.{wrong}", "x")


@pytest.mark.parametrize("text", ["", "yesterday", "2025-10-27 17:00:00", "2025-10-27T17:00:00.x"])
def test_no_time_is_refused(text: str) -> None:
    with pytest.raises(RemoteWireError, match="is not a time like"):
        parse_block_time(text, "x")
