"""The addresses of a map: rows of a table in an order, of which no name is kept.

A name takes 89 bytes as text, 20 in the table. Names are made when somebody asks: half a microsecond each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, overload

import numpy as np

from liqscape.ledger.address_table import AddressTable, read_words
from liqscape.model.address_words import LETTERS
from liqscape.units import Int64Array

NAMES = 8_192
"""Made at once where all are asked for."""


class KnownAddresses(Sequence[str]):
    """Names of rows (N,) of a table. Stays what it is while the table grows; usable from any thread.

    Equal to any sequence of the same names. Pickled as a tuple of them.
    """

    def __init__(self, table: AddressTable, rows: Int64Array) -> None:
        self._table, self._rows = table, rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, row: int) -> str: ...

    @overload
    def __getitem__(self, row: slice) -> KnownAddresses: ...

    def __getitem__(self, row: int | slice) -> str | KnownAddresses:
        if isinstance(row, slice):
            return KnownAddresses(self._table, self._rows[row])
        return self._table[int(self._rows[row])]

    def __iter__(self) -> Iterator[str]:
        for first in range(0, len(self._rows), NAMES):
            yield from self._table.names(self._rows[first : first + NAMES])

    def __contains__(self, address: object) -> bool:
        return isinstance(address, str) and len(self._places(address)) > 0

    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int:
        """Where an address stands. Raises ValueError where it does not."""
        first, last, _ = slice(start, stop).indices(len(self))
        found = self._places(value) if isinstance(value, str) else np.empty(0, np.int64)
        found = found[(found >= first) & (found < last)]
        if not len(found):
            raise ValueError(f"{value!r} is not among {len(self)} addresses")
        return int(found[0])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, KnownAddresses) and other._table is self._table:
            return self._rows is other._rows or np.array_equal(self._rows, other._rows)
        if not isinstance(other, Sequence) or isinstance(other, (str, bytes)):
            return NotImplemented
        return len(other) == len(self) and all(one == each for one, each in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{len(self)} addresses>"

    def __reduce__(self) -> tuple[Callable[[list[str]], tuple[str, ...]], tuple[list[str]]]:
        return tuple, (list(self),)

    def _places(self, address: str) -> Int64Array:
        """Where a name stands. The table is not asked for it: that is for the thread that adds to it."""
        word = read_words((address,)) if address == address.lower() else None
        if word is None:
            return np.empty(0, np.int64)
        words = self._table.words
        places = np.flatnonzero(words[:, 0][self._rows] == word[0, 0])
        is_same: Int64Array = (words[self._rows[places]] == word[0]).all(axis=1)
        return places[is_same]

    def rows_among(self, wanted: Collection[str]) -> Int64Array:
        """(K,) rows, rising, of those that are wanted: in one pass over numbers."""
        word = read_words([name for name in wanted if name == name.lower() and len(name) == LETTERS])
        if word is None or not len(word):
            return np.empty(0, np.int64)
        own = self._table.words[:, :2][self._rows]
        near = np.flatnonzero(np.isin(own.view(np.uint64)[:, 0], np.ascontiguousarray(word[:, :2]).view(np.uint64)))
        known = frozenset(wanted)
        is_wanted = [name in known for name in self._table.names(self._rows[near])]
        return near[np.array(is_wanted, np.bool_)]


def rows_among(addresses: Sequence[str], wanted: Collection[str]) -> Int64Array:
    """(K,) rows, rising, of those addresses that are wanted."""
    if isinstance(addresses, KnownAddresses):
        return addresses.rows_among(wanted)
    return np.array([row for row, address in enumerate(addresses) if address in wanted], np.int64)
