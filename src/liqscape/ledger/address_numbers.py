"""Addresses as numbers: each gets the next one when it is first named and keeps it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from liqscape.units import Int64Array


class AddressNumbers:
    """As many as the venue has ever shown us; about 200 bytes each."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._names: list[str] = []
        self._listed: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, address: str) -> bool:
        return address in self._number

    def __getitem__(self, account: int) -> str:
        return self._names[account]

    def numbers(self, addresses: Sequence[str]) -> Int64Array:
        """(N,) numbers of these addresses; new ones are added."""
        found = list(map(self._number.get, addresses))
        if None in found:
            found = [self._numbered(address) for address in addresses]
        return np.array(found, np.int64)

    def known(self, addresses: Sequence[str]) -> Int64Array | None:
        """(N,) numbers of these addresses; None where one was never named."""
        found = list(map(self._number.get, addresses))
        return None if None in found else np.array(found, np.int64)

    def found(self, addresses: Sequence[str]) -> Int64Array:
        """(N,) numbers of these addresses; -1 for one that was never named."""
        return np.array([self._number.get(address, -1) for address in addresses], np.int64)

    def _numbered(self, address: str) -> int:
        account = self._number.setdefault(address, len(self._names))
        if account == len(self._names):
            self._names.append(address)
        return account

    @property
    def names(self) -> Sequence[str]:
        """All addresses in order of their numbers; grows at the end."""
        return self._names

    def listed(self) -> tuple[str, ...]:
        """All addresses in order of their numbers; the same object while there is no new one."""
        if len(self._listed) != len(self._names):
            self._listed = tuple(self._names)
        return self._listed
