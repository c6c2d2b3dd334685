"""Rows lie in lines of memory of their own, and columns of different kinds do not share a byte."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

import numpy as np
import pytest

from liqscape.ledger.columns import (
    AccountValueColumn,
    LedgerAccountColumn,
    LedgerPoolColumn,
    LedgerPositionColumn,
    PoolTimeColumn,
    PoolValueColumn,
    PositionValueColumn,
)
from liqscape.ledger.growth import with_room
from liqscape.ledger.lines import LINE, grown_lines, new_lines
from liqscape.ledger.new_tables import ACCOUNT_LINES, FIRST_ROWS, new_tables


def bytes_of(columns: Iterable[IntEnum], width: int) -> list[int]:
    return [column * width + byte for column in columns for byte in range(width)]


@pytest.mark.parametrize(
    ("used", "lines"),
    [
        (bytes_of(LedgerAccountColumn, 8) + bytes_of(AccountValueColumn, 8), ACCOUNT_LINES),
        (bytes_of(LedgerPoolColumn, 4) + bytes_of(PoolTimeColumn, 8) + bytes_of(PoolValueColumn, 8), 1),
        (bytes_of(LedgerPositionColumn, 4) + bytes_of(PositionValueColumn, 8), 1),
    ],
)
def test_columns_fill_their_lines_and_share_no_byte(used: list[int], lines: int) -> None:
    assert sorted(used) == list(range(LINE * lines))


@pytest.mark.parametrize(("rows", "lines"), [(1, 1), (7, 2), (1_024, 1)])
def test_a_row_begins_where_a_line_begins(rows: int, lines: int) -> None:
    table = new_lines(rows, lines)
    assert table.shape == (rows, 16 * lines)
    assert table.flags.c_contiguous
    assert table.flags.writeable
    assert not table.any()
    assert table.ctypes.data % LINE == 0


def test_rows_keep_what_they_hold_when_there_is_room_for_more() -> None:
    table = new_lines(3, 2).view(np.int64)
    table[:] = np.arange(table.size).reshape(table.shape)
    more = grown_lines(table, 9)
    assert more.dtype == table.dtype
    assert more.shape == (9, 16)
    assert more.ctypes.data % LINE == 0
    assert (more[:3] == table).all()
    assert not more[3:].any()


def test_views_of_grown_tables_are_of_the_same_rows() -> None:
    tables = new_tables()
    tables.account_value[5, AccountValueColumn.TRADED] = 7.5
    tables.pool_value[3, PoolValueColumn.CASH] = -2.25
    tables.pool_time[3, PoolTimeColumn.OBSERVED_MS] = 11
    tables.value[2, PositionValueColumn.SIZE] = 4.5
    tables.position[2, LedgerPositionColumn.MARKET] = 9
    grown = with_room(tables, accounts=2 * FIRST_ROWS, pools=2 * FIRST_ROWS, positions=2 * FIRST_ROWS)
    assert grown.account_value[5, AccountValueColumn.TRADED] == 7.5
    assert grown.pool_value[3, PoolValueColumn.CASH] == -2.25
    assert grown.pool_time[3, PoolTimeColumn.OBSERVED_MS] == 11
    assert grown.value[2, PositionValueColumn.SIZE] == 4.5
    assert grown.position[2, LedgerPositionColumn.MARKET] == 9
    for whole, views in (
        (grown.account, (grown.account_value,)),
        (grown.pool, (grown.pool_time, grown.pool_value)),
        (grown.position, (grown.value,)),
    ):
        assert len(whole) > FIRST_ROWS
        assert all(view.ctypes.data == whole.ctypes.data and view.nbytes == whole.nbytes for view in views)
