"""Rows that wait to be written, compressed in memory: a fifth of what they take as arrays, given back to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from liqscape.store.history.schema import DTYPES, Table, join_tables, row_count

ROWS_A_PIECE = 1 << 16


def pack_rows(table: Table) -> bytes:
    """Pack rows of numbers into compressed bytes."""
    import polars as pl

    packed = BytesIO()
    pl.DataFrame(dict(table)).write_ipc(packed, compression="zstd")
    return packed.getvalue()


def unpack_rows(packed: bytes, name: str) -> Table:
    """Unpack rows of numbers from bytes."""
    import polars as pl

    rows = pl.read_ipc(packed)
    return {column: rows[column].to_numpy().astype(dtype, copy=False) for column, dtype in DTYPES[name].items()}


class PackedRows:
    """Rows of one table, added in pieces of any length. `take` gives them back once, in order."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._packed: list[bytes] = []
        self._waiting: list[Table] = []
        self._waiting_count = 0
        self.byte_count = 0
        """What is packed takes."""

    def add(self, table: Table) -> None:
        """Add the next rows."""
        self._waiting.append(table)
        self._waiting_count += row_count(table)
        if self._waiting_count >= ROWS_A_PIECE:
            self._packed.append(pack_rows(join_tables(self._waiting, self._name)))
            self._waiting, self._waiting_count = [], 0
            self.byte_count += len(self._packed[-1])

    def take(self) -> Iterator[Table]:
        """All rows, each piece let go once it is taken."""
        self._packed.reverse()
        while self._packed:
            yield unpack_rows(self._packed.pop(), self._name)
        waiting, self._waiting = self._waiting, []
        yield from waiting
