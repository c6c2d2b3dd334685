"""Addresses as rows: 20 bytes each and a slot of a hash index, no object an address. A row is kept for ever.

A million addresses take 28 MB: 20 bytes each and 2^21 slots of 4 bytes; a dict of names to numbers took 200. Names
are made when somebody asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import overload

import numpy as np

from liqscape.units import AnyArray, BoolArray, Int32Array, Int64Array, UInt8Array

ADDRESS_BYTES = 20
WORDS = ADDRESS_BYTES // 4
LETTERS = 2 + 2 * ADDRESS_BYTES
FIRST_ROOM = 1_024
MAX_LOAD = 0.6
"""Of the slots that are taken, at most: a look-up takes 2 steps on average then."""


class AddressTable(Sequence[str]):
    """Names by row, in order of first sight; `rows` finds them, `add` adds them.

    most  bounds the rows. refused_count: additions beyond it, and of what is no address; not kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._word = np.zeros((FIRST_ROOM, WORDS), np.uint32)
        self._slot: Int32Array = np.zeros(2 * FIRST_ROOM, np.int32)
        self.refused_count = 0

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, row: int) -> str: ...

    @overload
    def __getitem__(self, row: slice) -> list[str]: ...

    def __getitem__(self, row: int | slice) -> str | list[str]:
        if isinstance(row, slice):
            return self.names(np.arange(self._count)[row])
        if not -self._count <= row < self._count:
            raise IndexError(row)
        name: str = self._word[row % self._count].tobytes().hex()
        return f"0x{name}"

    def __contains__(self, address: object) -> bool:
        return isinstance(address, str) and bool(self.rows((address,))[0] >= 0)

    def names(self, rows: Int64Array) -> list[str]:
        """(K,) addresses of rows."""
        return names_of(self.keys(rows))

    def keys(self, rows: Int64Array) -> UInt8Array:
        """(K, 20) bytes of rows."""
        return self._word[rows].view(np.uint8).reshape(-1, ADDRESS_BYTES)

    def rows(self, addresses: Iterable[str]) -> Int64Array:
        """(K,) rows, -1 where not known."""
        keys, is_address = keys_of(addresses)
        return _spread(self.rows_of_keys(keys), is_address)

    def add(self, addresses: Iterable[str]) -> Int64Array:
        """Add addresses and return their rows, (K,); -1 where there is no room, and for what is no address."""
        keys, is_address = keys_of(addresses)
        self.refused_count += 0 if is_address is None else len(is_address) - len(keys)
        return _spread(self.add_keys(keys), is_address)

    def rows_of_keys(self, keys: UInt8Array) -> Int64Array:
        """Rows of addresses given as bytes, (K, 20); -1 where not known."""
        rows: Int64Array = np.empty(len(keys), np.int64)
        if len(keys):
            from liqscape.feed.discovery.kernels.table import find_rows

            find_rows(self._slot, self._word, _words(keys), rows)
        return rows

    def add_keys(self, keys: UInt8Array) -> Int64Array:
        """Add addresses given as bytes, (K, 20), and return their rows."""
        rows: Int64Array = np.empty(len(keys), np.int64)
        if len(keys):
            from liqscape.feed.discovery.kernels.table import put_rows

            self.reserve(min(self._count + len(keys), self._most))
            self._count = put_rows(self._slot, self._word, self._count, self._most, _words(keys), rows)
            self.refused_count += int(np.count_nonzero(rows < 0))
        return rows

    def reserve(self, count: int) -> None:
        """Make room for so many rows in all: growing little by little copies everything several times."""
        if count > len(self._word):
            longer = np.zeros((max(count, 3 * len(self._word) // 2), WORDS), np.uint32)
            longer[: self._count] = self._word[: self._count]
            self._word = longer
        if count > MAX_LOAD * len(self._slot):
            from liqscape.feed.discovery.kernels.table import fill_slots

            slots: Int32Array = np.zeros(1 << int(count / MAX_LOAD).bit_length(), np.int32)
            fill_slots(slots, self._word, self._count)
            self._slot = slots


def keys_of(addresses: Iterable[str]) -> tuple[UInt8Array, BoolArray | None]:
    """(L, 20) bytes of those that are addresses, in upper or lower case, and (K,) which are; None where all are."""
    names = addresses if isinstance(addresses, (list, tuple)) else tuple(addresses)
    keys = _read(names)
    if keys is not None:
        return keys, None
    is_address = np.array([_read((name,)) is not None for name in names], np.bool_)
    found = _read([name for name, is_one in zip(names, is_address.tolist(), strict=True) if is_one])
    assert found is not None
    return found, is_address


def names_of(keys: UInt8Array) -> list[str]:
    """Names of (K, 20) bytes."""
    text = keys.tobytes().hex()
    return ["0x" + text[first : first + 2 * ADDRESS_BYTES] for first in range(0, len(text), 2 * ADDRESS_BYTES)]


def prepare_table() -> None:
    """Compile what tables need, which takes seconds once per machine and version: call it in a thread."""
    table = AddressTable(2)
    table.add(("0x" + "0" * 2 * ADDRESS_BYTES,))
    table.rows(table.names(np.arange(1)))
    table.reserve(2 * FIRST_ROOM)


def _read(names: Sequence[str]) -> UInt8Array | None:
    """(K, 20) bytes; None where one is no address."""
    keys: UInt8Array = np.empty((len(names), ADDRESS_BYTES), np.uint8)
    if not names:
        return keys
    if set(map(len, names)) != {LETTERS}:
        return None
    try:
        text = np.frombuffer("".join(names).encode("ascii"), np.uint8)
    except UnicodeEncodeError:
        return None
    from liqscape.feed.discovery.kernels.table import read_names

    return keys if read_names(text, keys) else None


def _words(keys: UInt8Array) -> AnyArray:
    return np.ascontiguousarray(keys).view(np.uint32)


def _spread(rows: Int64Array, is_address: BoolArray | None) -> Int64Array:
    """Rows of addresses at their places among all names, -1 elsewhere."""
    if is_address is None:
        return rows
    whole: Int64Array = np.full(len(is_address), -1, np.int64)
    whole[is_address] = rows
    return whole
