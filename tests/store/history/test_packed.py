"""Rows that wait compressed come back to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from liqscape.store.history import packed as packed_module
from liqscape.store.history.packed import PackedRows, pack_rows, unpack_rows
from liqscape.store.history.schema import BANDS, DTYPES, POOLS, POSITIONS, Table, empty_table, join_tables

NAMES = (POOLS, POSITIONS, BANDS)


def rows_of(name: str, count: int, seed: int) -> Table:
    """Any bits at all, NaN of any kind and -0.0 among them."""
    random = np.random.default_rng(seed)
    table: Table = {}
    for column, dtype in DTYPES[name].items():
        if dtype is np.bool_:
            table[column] = random.random(count) < 0.5
        else:
            table[column] = np.frombuffer(random.bytes(count * np.dtype(dtype).itemsize), dtype).copy()
            if np.issubdtype(dtype, np.floating):
                table[column][::3], table[column][1::3] = -0.0, np.nan
    return table


def assert_same(left: Table, right: Table) -> None:
    assert left.keys() == right.keys()
    for column, values in left.items():
        assert values.dtype == right[column].dtype, column
        assert values.tobytes() == right[column].tobytes(), column


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [0, 1, 1_000])
def test_rows_come_back_to_the_bit(name: str, count: int) -> None:
    rows = rows_of(name, count, count)
    assert_same(unpack_rows(pack_rows(rows), name), rows)


@pytest.mark.parametrize("name", NAMES)
def test_pieces_of_any_length_come_back_in_order_and_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_module, "ROWS_A_PIECE", 64)
    pieces = [rows_of(name, count, number) for number, count in enumerate((10, 0, 60, 200, 1, 63, 7))]
    held = PackedRows(name)
    for piece in pieces:
        held.add(piece)
    assert held.byte_count > 0, "some of it is packed"
    assert_same(join_tables(list(held.take()), name), join_tables(pieces, name))
    assert_same(join_tables(list(held.take()), name), empty_table(name))
