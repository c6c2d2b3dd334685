"""A table that grows by rows and forgets the oldest ones."""

from __future__ import annotations

import msgspec
import numpy as np

from liqscape.errors import StoreError
from liqscape.units import Int64Array

FIRST_ROWS = 1_024


class SavedLog(msgspec.Struct, frozen=True):
    """Rows as little-endian int64, row by row."""

    width: int
    content: bytes


class Log:
    """Rows of int64 in the order they came; at least the newest `most` are there, never more than a quarter above."""

    def __init__(self, width: int, most: int) -> None:
        self.width = width
        self.most = most
        self._room = most + max(1, most // 4)
        self._table = np.empty((min(FIRST_ROWS, self._room), width), np.int64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def rows(self) -> Int64Array:
        """(n, width) a view, oldest first; valid until the next append."""
        return self._table[: self._count]

    def append(self, rows: Int64Array) -> None:
        """Adds (n, width) rows."""
        rows = rows[-self._room :]
        if self._count + len(rows) > self._room:
            kept = self.rows[max(0, self._count + len(rows) - self.most) :].copy()
            self._table[: len(kept)] = kept
            self._count = len(kept)
        needed = self._count + len(rows)
        if needed > len(self._table):
            grown = np.empty((min(self._room, max(needed, 2 * len(self._table))), self.width), np.int64)
            grown[: self._count] = self.rows
            self._table = grown
        self._table[self._count : needed] = rows
        self._count = needed

    def save(self) -> SavedLog:
        """For a checkpoint."""
        return SavedLog(self.width, np.ascontiguousarray(self.rows, "<i8").tobytes())

    def load(self, saved: SavedLog) -> None:
        """Takes over the rows of a checkpoint. Raises StoreError where they have another width."""
        if saved.width != self.width:
            raise StoreError(f"a saved log has {saved.width} columns, {self.width} are expected")
        self._count = 0
        self.append(np.frombuffer(saved.content, "<i8").astype(np.int64).reshape(-1, self.width))
