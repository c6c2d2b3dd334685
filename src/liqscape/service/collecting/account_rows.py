"""Where the addresses of a map stand in the book: kept, as both only grow, and looked up some thousand at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from liqscape.feed.discovery import AddressBook
from liqscape.steps import Steps
from liqscape.units import Int64Array

NAMES = 8_192
"""Looked up in one step: a millisecond or two."""


class AddressBookRows:
    """Rows of the book by row of the addresses of a map."""

    def __init__(self, book: AddressBook) -> None:
        self._book = book
        self._seen: Sequence[str] = ()
        self._rows: Int64Array = np.zeros(0, np.int64)
        self._rows_of = 0
        """Rows of the book when those it lacks were last looked up."""

    def find(self, addresses: Sequence[str]) -> Steps[Int64Array]:
        """(N,) rows, -1 where the book does not know an address."""
        known = len(self._seen)
        is_grown: bool = addresses is self._seen or (yield lambda: addresses[:known] == self._seen)
        if not is_grown:
            known, self._rows = 0, self._rows[:0]
        rows = np.full(len(addresses), -1, np.int64)
        rows[:known] = self._rows
        wanted = np.arange(known, len(addresses))
        if self._rows_of < len(self._book):
            wanted = np.concatenate((np.flatnonzero(rows[:known] < 0), wanted))
        self._rows_of = len(self._book)
        for first in range(0, len(wanted), NAMES):
            places = wanted[first : first + NAMES]
            rows[places] = self._book.rows([addresses[place] for place in places.tolist()])
            yield None
        self._seen, self._rows = addresses, rows
        return rows
