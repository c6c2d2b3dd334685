"""Which accounts of a map are vaults: the list as it is known now, found again in the accounts of any moment.

The list stands outside the ledger and the history. A past frame is told by the list of today: a vault does not stop
being one, and one that was not known yet then was a vault all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from threading import Lock

import numpy as np

from liqscape.ledger.known_addresses import rows_among
from liqscape.service.folders import REGISTER
from liqscape.units import Int64Array

Vaults = Callable[[], frozenset[str]]
"""Addresses of vaults, lower case; the same object while nothing has changed."""


def no_vaults() -> frozenset[str]:
    """For a map that knows of none."""
    return frozenset()


def stored_vaults(data: Path) -> Vaults:
    """Vaults by the register a live map left beside its history; none where it left none. Read when first asked for."""

    @cache
    def vaults() -> frozenset[str]:
        from liqscape.store.register.vaults import read_vaults

        return read_vaults(data / REGISTER)

    return vaults


def find_vaults(addresses: Sequence[str], vaults: frozenset[str], first: int = 0) -> Int64Array:
    """(V,) rows from `first` on that are vaults, rising. About 0.1 s for a million addresses."""
    if not vaults:
        return np.empty(0, np.int64)
    return first + rows_among(addresses[first:] if first else addresses, vaults)


class VaultFinder:
    """Rows of vaults among the addresses of a live map, which grow at the end: only new ones are looked at.

    Usable from any thread.
    """

    def __init__(self, vaults: Vaults = no_vaults) -> None:
        self.vaults = vaults
        self._lock = Lock()
        self._known: frozenset[str] = frozenset()
        self._seen: Sequence[str] = ()
        self._rows: Int64Array = np.empty(0, np.int64)

    def rows(self, addresses: Sequence[str]) -> Int64Array:
        """(V,) rows of vaults in `addresses`, rising."""
        vaults = self.vaults()
        with self._lock:
            if addresses is self._seen and vaults is self._known:
                return self._rows
            if vaults is not self._known or addresses[: len(self._seen)] != self._seen:
                self._seen, self._rows = (), np.empty(0, np.int64)
            self._rows = np.concatenate((self._rows, find_vaults(addresses, vaults, len(self._seen))))
            self._known, self._seen = vaults, addresses
            return self._rows
