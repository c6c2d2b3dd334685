"""A record of columns as JSON, written from arrays: the text msgspec writes of the same lists, without any list.

A message of the stream holds six columns of six thousand rows; to make a Python object of each number took longer than
to write it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from liqscape.units import AnyArray, Float64Array, UInt8Array

PIECE = 8
"""Bytes that are stored at once."""
WHOLE_BYTES, DECIMAL_BYTES = 12, 26
"""Most that a number of 32 bits, and a float, take with a comma."""
MAX_NAMES = 1_024
"""Bytes of all that is not in a row."""
_EMPTY = np.empty(0, np.uint8)
_spare: list[UInt8Array] = []
"""Buffers nobody writes to: fresh pages cost as much as the text. One is taken out and put back."""


class Words:
    """Texts, or numbers, that rows name by number."""

    def __init__(self, names: Sequence[str] | Sequence[int]) -> None:
        texts = [msgspec.json.encode(name) + b"," for name in names]
        self.lengths = np.array([len(text) for text in texts], np.int64)
        pieces = -(-max(map(len, texts)) // PIECE)
        self.row_bytes = PIECE * pieces
        self.pieces = np.zeros((len(texts), pieces), "<u8")
        for row, text in enumerate(texts):
            self.pieces[row] = np.frombuffer(text.ljust(self.row_bytes), "<u8")


SMALL = 256
"""Counts below it are copied: a quarter of the time of making their digits."""
_SMALL_WORDS = Words(range(SMALL))


class ColumnWriter:
    """Columns of one record, of so many rows each, in the order they are written; `record` ends it."""

    def __init__(self, rows: int, row_bytes: int) -> None:
        """row_bytes: most that one row of all columns takes."""
        from liqscape.service.answers import json_kernels  # loads the compiler

        self._kernels, self._rows = json_kernels, rows
        needed = rows * row_bytes + MAX_NAMES
        spare = _spare.pop() if _spare else _EMPTY
        self._into = spare if len(spare) >= needed else np.empty(needed, np.uint8)
        self._end = self._put(b"{", 0)

    def whole(self, name: str, values: AnyArray) -> None:
        """Numbers of 32 bits."""
        begin = self._begin(name)
        self._close(begin, self._kernels.write_whole(values.astype(np.int32, copy=False), self._into, begin))

    def counts(self, name: str, values: AnyArray) -> None:
        """Numbers of 32 bits, none below 0, most of them small."""
        if len(values) and int(values.max()) >= SMALL:
            self.whole(name, values)
        else:
            self.words(name, values.astype(np.uint8), _SMALL_WORDS)

    def words(self, name: str, codes: UInt8Array, words: Words) -> None:
        """Texts; codes name them."""
        begin = self._begin(name)
        self._close(begin, self._kernels.write_words(codes, words.pieces, words.lengths, self._into, begin))

    def decimals(self, columns: Mapping[str, Float64Array]) -> None:
        """Floats; columns after the first may be equal to it in most rows."""
        first = np.empty(0)
        start = np.empty(self._rows + 1, np.int64)
        for name, values in columns.items():
            begin, own = self._begin(name), start.copy() if len(first) else start
            long = self._long(values, first)
            self._close(begin, self._kernels.write_decimals(values, first, own, long, self._into, begin))
            first = first if len(first) else values

    def record(self) -> bytes:
        """The whole record."""
        self._into[self._end - 1] = ord("}")
        record = self._into[: self._end].tobytes()
        _spare.append(self._into)
        return record

    def _long(self, values: Float64Array, alike: Float64Array) -> UInt8Array:
        """Texts of the floats that are not short, as msgspec writes them."""
        found = np.empty(self._rows + 1)
        count = self._kernels.find_long(values, alike, found)
        texts = bytearray(msgspec.json.encode(found[:count].tolist()))
        texts[-1:] = b"," + bytes(self._kernels.ROOM_BEHIND)
        return np.frombuffer(texts, np.uint8)[1:]

    def _begin(self, name: str) -> int:
        return self._put(b'"%s":[' % name.encode(), self._end)

    def _close(self, begin: int, end: int) -> None:
        """In place of the comma behind the last row."""
        self._end = self._put(b"],", max(begin, end - 1))

    def _put(self, text: bytes, at: int) -> int:
        end = at + len(text)
        self._into[at:end] = np.frombuffer(text, np.uint8)
        return end
