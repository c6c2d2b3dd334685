"""Accounts as numbers: each address gets the next one when it is first named and keeps it.

Of those that prints name: they come as words (model/address_words.py) and are found, by compiled code, without a name
being made of any. Owners of trigger orders have numbers of their own (triggers/owner_numbers.py), which need no kernel.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from liqscape.ledger.address_table import AddressTable, read_words
from liqscape.ledger.known_addresses import KnownAddresses
from liqscape.model.address_words import AddressWords
from liqscape.units import Int64Array, UInt32Array

MAX_ACCOUNTS = 2**31 - 1
"""A slot of the table has 32 bits."""


class AccountNumbers:
    """As many as the venue has ever shown us; about 35 bytes each."""

    def __init__(self) -> None:
        self._table = AddressTable(MAX_ACCOUNTS)
        self._number: dict[str, int] | None = None
        """Numbers by name, once something was named that is no address: then nothing is found by words any more."""
        self._names: list[str] = []
        """From then on."""

    def __len__(self) -> int:
        return len(self._table) if self._number is None else len(self._names)

    def __contains__(self, address: str) -> bool:
        return bool(self.found((address,))[0] >= 0)

    def __getitem__(self, account: int) -> str:
        return self.names[account]

    def numbers(self, addresses: Sequence[str]) -> Int64Array:
        """(N,) numbers of these addresses; new ones are added."""
        word = self._words(addresses)
        return self._numbered(addresses) if word is None else self._table.put(word)

    @property
    def table(self) -> AddressTable | None:
        """Where accounts are found by words; None once something was named that is no address."""
        return self._table if self._number is None else None

    def found(self, addresses: Sequence[str]) -> Int64Array:
        """(N,) numbers of these addresses; -1 for one that was never named."""
        if self._number is None:
            return self._table.rows(addresses)
        return np.array([self._number.get(address, -1) for address in addresses], np.int64)

    @property
    def names(self) -> Sequence[str]:
        """All addresses in order of their numbers; grows at the end."""
        return self._table if self._number is None else self._names

    def listed(self, numbers: Int64Array) -> Sequence[str]:
        """(N,) addresses of these numbers, which do not change any more."""
        if self._number is None:
            return KnownAddresses(self._table, numbers)
        return tuple(self._names[number] for number in numbers.tolist())

    def _words(self, addresses: Sequence[str]) -> UInt32Array | None:
        """None where one is no address, or was ever."""
        if self._number is not None:
            return None
        return addresses.word if isinstance(addresses, AddressWords) else read_words(addresses)

    def _numbered(self, addresses: Iterable[str]) -> Int64Array:
        """By name, which makes numbers of anything."""
        if self._number is None:
            self._names = self._table[:]
            self._number = {name: number for number, name in enumerate(self._names)}
        numbers = []
        for address in addresses:
            numbers.append(self._number.setdefault(address, len(self._names)))
            if numbers[-1] == len(self._names):
                self._names.append(address)
        return np.array(numbers, np.int64)
