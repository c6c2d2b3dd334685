"""Columns of a state as bytes and back."""

from __future__ import annotations

from dataclasses import fields

import msgspec
import numpy as np
import pytest
from node_states import as_bytes, clearinghouse, document, position, user
from small_sandbox import eventful_sandbox

from liqscape.errors import RemoteWireError
from liqscape.model.accounts import Accounts
from liqscape.sandbox.files.state_snapshot import build_state
from liqscape.states.node.state_columns import pack_state, unpack_state
from liqscape.states.node.state_snapshot import StateSnapshot, read_state_snapshot


def states() -> list[StateSnapshot]:
    sandbox = np.frombuffer(build_state(eventful_sandbox().exchange), np.uint8)
    empty = as_bytes(document(clearinghouse([])))
    unknown = as_bytes(document(clearinghouse([user(1, None, [0, position(5)]), user(2, 1, [0, position(-5)])])))
    return [read_state_snapshot(content, "x") for content in (sandbox, empty, unknown)]


def test_a_state_comes_back_to_the_bit() -> None:
    for state in states():
        again = unpack_state(pack_state(state), "record")
        for field in fields(StateSnapshot):
            ours, theirs = getattr(again, field.name), getattr(state, field.name)
            if field.name == "accounts":
                assert_same(ours, theirs)
            elif field.name == "oracle":
                np.testing.assert_array_equal(ours, theirs)
            elif field.name == "tables":
                assert ours.tables == theirs.tables
            else:
                assert ours == theirs
        assert pack_state(again) == pack_state(state)


def assert_same(ours: Accounts, theirs: Accounts) -> None:
    for field in fields(Accounts):
        column, other = getattr(ours, field.name), getattr(theirs, field.name)
        if isinstance(other, np.ndarray):
            assert column.dtype == other.dtype
            np.testing.assert_array_equal(column, other)
        else:
            assert column == other


def test_a_holder_costs_less_than_a_hundred_bytes_and_his_positions() -> None:
    state = states()[0]
    assert len(pack_state(state)) < 2_000 + 100 * (len(state.accounts.addresses) + state.accounts.position_count)


@pytest.mark.parametrize("content", [b"", b"\x81", b"nothing", b"\x80"])
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(RemoteWireError, match="record: no columns of a node's state"):
        unpack_state(content, "record")


def test_cut_bytes_and_another_version_are_refused() -> None:
    content = pack_state(states()[2])
    for cut in range(len(content)):
        with pytest.raises(RemoteWireError):
            unpack_state(content[:cut], "record")
    other = content.replace(b"\xa7version\x01", b"\xa7version\x02")
    with pytest.raises(RemoteWireError, match="version 2, this reads 1"):
        unpack_state(other, "record")


def test_states_kept_before_a_field_of_markets_was_added_are_read() -> None:
    state = states()[0]
    saved = msgspec.msgpack.decode(pack_state(state))
    first, *rest = saved["markets"]
    older = {**saved, "markets": [row[:5] for row in saved["markets"]]}
    again = unpack_state(msgspec.msgpack.encode(older), "record")
    assert [(row.coin, row.dex) for row in again.markets.rows] == [(row.coin, row.dex) for row in state.markets.rows]
    for wrong in ([*first, 1], [7, *first[1:]], first[:2]):
        with pytest.raises(RemoteWireError, match="record: no columns of a node's state"):
            unpack_state(msgspec.msgpack.encode({**saved, "markets": [wrong, *rest]}), "record")
