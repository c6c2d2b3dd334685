"""Owners of trigger orders as numbers: each address gets the next one when it is first named and keeps it.

Beside ledger/account_numbers.py, which numbers who holds positions: that table of words takes a quarter of the memory
and is found by compiled code. This one is asked while stored history is read for the first page of a second start,
before which no kernel is loaded (Numba takes a second), and who reads what stands wants a tuple of names anyway.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from liqscape.units import Int64Array


class OwnerNumbers:
    """A dictionary of names, about 200 bytes each."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._listed: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self._number)

    def numbers(self, addresses: Sequence[str]) -> Int64Array:
        """(N,) numbers of these addresses; new ones are added."""
        number = self._number
        found = list(map(number.get, addresses))
        if None in found:
            found = [number.setdefault(address, len(number)) for address in addresses]
        return np.array(found, np.int64)

    def found(self, addresses: Sequence[str]) -> Int64Array:
        """(N,) numbers of these addresses; -1 for one that was never named."""
        return np.array([self._number.get(address, -1) for address in addresses], np.int64)

    def listed(self) -> tuple[str, ...]:
        """All addresses in order of their numbers; the same object while there is no new one."""
        if len(self._listed) != len(self._number):
            self._listed = tuple(self._number)
        return self._listed
