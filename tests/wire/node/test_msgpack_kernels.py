"""MessagePack by offset: whole values, cut ones, addresses as numbers."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.wire.node import msgpack_kernels as kernels
from liqscape.wire.node.state_lists import StateAddressTable, keys_of, names_of

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=40)
    | st.binary(max_size=40)
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=5), inner, max_size=20)
)
ADDRESSES = st.integers(0, (1 << 160) - 1).map(lambda number: f"0x{number:040x}")


def as_bytes(content: bytes) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(content, np.uint8)


@given(VALUES)
@settings(max_examples=examples(200))
def test_a_value_ends_where_its_bytes_end_and_a_cut_one_is_an_error(value: object) -> None:
    content = msgspec.msgpack.encode(value)
    assert kernels.skip_at(as_bytes(content + b"\xc0"), 0) == len(content)
    for cut in {0, 1, len(content) // 2, len(content) - 1} - {len(content)}:
        assert kernels.skip_at(as_bytes(content[:cut]), 0) == -1


@given(st.binary(max_size=200))
@settings(max_examples=examples(300))
def test_no_bytes_at_all_lead_beyond_the_end(content: bytes) -> None:
    assert -1 <= kernels.skip_at(as_bytes(content), 0) <= len(content)


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_integers_of_every_width_are_read(value: int) -> None:
    content = msgspec.msgpack.encode(value)
    assert kernels.token_at(as_bytes(content), 0) == (kernels.INT, len(content), value)


@pytest.mark.parametrize("length", [0, 31, 32, 255, 256, 65_535, 65_536])
def test_texts_bytes_lists_and_maps_of_every_length_are_read(length: int) -> None:
    for value, kind in (
        ("x" * length, kernels.STR),
        (b"x" * length, kernels.BIN),
        ([None] * length, kernels.ARRAY),
        (dict.fromkeys(range(length)), kernels.MAP),
    ):
        content = msgspec.msgpack.encode(value)
        found, _, count = kernels.token_at(as_bytes(content), 0)
        assert (found, count, kernels.skip_at(as_bytes(content), 0)) == (kind, length, len(content))


def test_extensions_are_skipped() -> None:
    for size in (1, 2, 4, 8, 16, 3, 300, 70_000):
        content = msgspec.msgpack.encode([msgspec.msgpack.Ext(5, b"e" * size), 1])
        assert kernels.skip_at(as_bytes(content), 0) == len(content)


def test_an_unsigned_integer_beyond_int64_is_none() -> None:
    assert kernels.token_at(as_bytes(msgspec.msgpack.encode(1 << 63)), 0)[0] == kernels.OTHER


def test_a_list_that_claims_more_than_the_file_holds_is_cut() -> None:
    assert kernels.skip_at(as_bytes(b"\xdd\xff\xff\xff\xff" + b"\x01" * 100), 0) == -1


@given(st.lists(ADDRESSES, max_size=40), st.lists(ADDRESSES, max_size=10))
def test_addresses_are_found_under_the_rows_they_were_given(known: list[str], others: list[str]) -> None:
    table = StateAddressTable(len(known))
    rows = table.add(keys_of(known)).tolist()
    assert table.names() == tuple(dict.fromkeys(known))
    assert [table.names()[row] for row in rows] == known
    expected = [table.names().index(each) if each in known else -1 for each in others]
    assert table.find(keys_of(others)).tolist() == expected


@given(st.lists(ADDRESSES, max_size=10))
def test_addresses_come_back_as_text(addresses: list[str]) -> None:
    assert names_of(keys_of(addresses)) == tuple(addresses)
