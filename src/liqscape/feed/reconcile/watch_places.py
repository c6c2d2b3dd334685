"""Where each row of the book stands among those the ledger watches: kept, and made longer as both grow."""

from __future__ import annotations

import numpy as np

from liqscape.feed.discovery.addresses import AddressBook
from liqscape.ledger import WatchColumns
from liqscape.sparse import with_more
from liqscape.steps import Steps
from liqscape.units import BoolArray, Int32Array, Int64Array

NAMES = 8_192
"""Addresses looked up in one step: a millisecond or two."""
NOWHERE = -1


class WatchPlaces:
    """`follow` each new watch; rows of the book and places of a watch never move."""

    def __init__(self, book: AddressBook) -> None:
        self._book = book
        self._behind: Int32Array = np.zeros(1_024, np.int32)
        """Place + 1 of each row: nothing is written of rows that are nowhere."""
        self._followed = 0
        self._unmet: Int64Array = np.zeros(0, np.int64)
        """Places of addresses that only the ledger knows."""
        self._unmet_of = 0
        """Rows of the book when they were last looked up."""
        self.row_count = 0
        """Rows of the book as of the last `follow`."""

    def follow(self, watch: WatchColumns) -> Steps[None]:
        """Look up addresses that are new in the ledger, and again those the book did not know if it has grown."""
        count = len(watch.state_ms)
        asked = np.arange(self._followed, count)
        if self._unmet_of < len(self._book):
            asked, self._unmet = np.concatenate((self._unmet, asked)), self._unmet[:0]
        self._unmet_of = self.row_count = len(self._book)
        self._grow()
        for first in range(0, len(asked), NAMES):
            places = asked[first : first + NAMES]
            rows = self._book.rows([watch.address[place] for place in places.tolist()])
            is_met = (rows >= 0) & (rows < self.row_count)
            self._behind[rows[is_met]] = places[is_met] + 1
            self._unmet = np.concatenate((self._unmet, places[~is_met]))
            self._followed = max(self._followed, int(places[-1]) + 1)
            yield None

    def of(self, rows: Int64Array) -> Int32Array:
        """(N,) place of each of these rows of the book; NOWHERE where the ledger does not know it."""
        return self._behind[rows] - np.int32(1)

    def rows_where(self, is_meant: BoolArray) -> Int64Array:
        """Rows of the book, rising, whose place is meant (N,)."""
        rows = np.flatnonzero(self._behind[: self.row_count])
        return rows[is_meant[self._behind[rows] - 1]]

    def _grow(self) -> None:
        if self.row_count > len(self._behind):
            self._behind = with_more(self._behind, max(self.row_count, 3 * len(self._behind) // 2))
