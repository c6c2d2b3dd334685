"""A log of which addresses changed between two states of one ledger, so that comparing them is cheap.

A log remembers of every address the version in which it changed last. States carry their version; two of one log are
told apart by the addresses that changed after the older one. The log goes on while states are read, in other threads
too: what changed later only adds addresses that turn out to be alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.sparse import with_more
from liqscape.units import AnyArray, Int64Array

MAX_VERSION = (1 << 32) - 1


class ChangeLog:
    """One list of addresses, which only grows."""

    def __init__(self) -> None:
        self.version = 0
        self._changed_at: AnyArray = np.zeros(1_024, np.uint32)

    @property
    def is_full(self) -> bool:
        """Whether it takes no further state: another log begins then, after 13 years of ten states a second."""
        return self.version == MAX_VERSION

    def note(self, rows: Int64Array, count: int) -> Version:
        """Note that these addresses, and those that are new among `count`, differ from the state before."""
        known = len(self._changed_at)
        if count > known:
            self._changed_at = with_more(self._changed_at, max(count, 2 * known))
        self.version += 1
        self._changed_at[rows] = self.version
        return Version(self, self.version)

    def rows_after(self, version: int, count: int) -> Int64Array:
        """Rising: of `count` addresses those that changed after a version."""
        found: Int64Array = np.flatnonzero(self._changed_at[:count] > version)
        return found


@dataclass(frozen=True, eq=False)
class Version:
    """A state of a log."""

    log: ChangeLog
    number: int
