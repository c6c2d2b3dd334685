"""Addresses as rows: 20 bytes each and a slot of a hash index, no object an address. A row is kept for ever.

A million addresses take 28 MB: 20 bytes each and 2^21 slots of 4 bytes; a dict of names to numbers took 200. Names
are made when somebody asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import overload

import numpy as np

from liqscape.model.address_words import ADDRESS_BYTES, WORDS, AddressWords, names_of
from liqscape.units import BoolArray, Int32Array, Int64Array, UInt8Array, UInt32Array

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
        self._word: UInt32Array = np.zeros((FIRST_ROOM, WORDS), np.uint32)
        self._slot: Int32Array = np.zeros(2 * FIRST_ROOM, np.int32)
        self._asked: UInt32Array | None = None
        self._loaded: ModuleType | None = None
        self._places: Int64Array | None = None
        """Where both are, as kernels take them."""
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

    @property
    def words(self) -> UInt32Array:
        """(more than all rows, WORDS) of every address, not to be changed. As it is now; rows never move."""
        return self._word

    def keys(self, rows: Int64Array) -> UInt8Array:
        """(K, 20) bytes of rows."""
        return self._word[rows].view(np.uint8).reshape(-1, ADDRESS_BYTES)

    def rows(self, addresses: Iterable[str]) -> Int64Array:
        """(K,) rows, -1 where not known."""
        word, is_address = _words_of(addresses)
        return _spread(self.find(word)[0], is_address)

    def add(self, addresses: Iterable[str]) -> Int64Array:
        """Add addresses and return their rows, (K,); -1 where there is no room, and for what is no address."""
        word, is_address = _words_of(addresses)
        self.refused_count += 0 if is_address is None else len(is_address) - len(word)
        return _spread(self.put(word), is_address)

    def rows_of_keys(self, keys: UInt8Array) -> Int64Array:
        """Rows of addresses given as bytes, (K, 20); -1 where not known."""
        return self.find(_words(keys))[0]

    def add_keys(self, keys: UInt8Array) -> Int64Array:
        """Add addresses given as bytes, (K, 20), and return their rows."""
        return self.put(_words(keys))

    def find(self, word: UInt32Array) -> tuple[Int64Array, int]:
        """(rows (K,) of addresses given as words, -1 where not known; how many are known)."""
        rows: Int64Array = np.empty(len(word), np.int64)
        if not len(word):
            return rows, 0
        kernels = self._loaded or self._load()
        return rows, kernels.find_rows(self.columns_at(), word, rows)

    def put(self, word: UInt32Array) -> Int64Array:
        """Add addresses given as words, (K, WORDS), and return their rows; -1 where there is no room."""
        rows: Int64Array = np.empty(len(word), np.int64)
        if len(word):
            from liqscape.ledger.kernels.address_table import put_rows

            if self._count + len(word) > len(self._word):  # most who are named are known: no room is made for them
                self.reserve(min(self._count + len(word) - self.find(word)[1], self._most))
            self._count = put_rows(self._slot, self._word, self._count, self._most, word, rows)
            self.refused_count += int(np.count_nonzero(rows < 0))
        return rows

    def columns_at(self) -> Int64Array:
        """Where all is, for kernels (risk/kernels/packed.py); the same object while nothing moves."""
        if self._places is None:
            kernels = self._loaded or self._load()
            if self._asked is None:
                self._asked = np.zeros((kernels.BLOCK, WORDS), np.uint32)
            columns = kernels.TableColumns(self._slot, self._word, self._asked)
            self._places = kernels.COLUMNS.pack(columns)
        return self._places

    def _load(self) -> ModuleType:
        """Compiled code: saying `import` at each call takes longer than finding two addresses."""
        from liqscape.ledger.kernels import address_table

        self._loaded = address_table
        return address_table

    def reserve(self, count: int) -> None:
        """Make room for so many rows in all: growing little by little copies everything several times."""
        if count > len(self._word):
            longer: UInt32Array = np.zeros((max(count, 3 * len(self._word) // 2), WORDS), np.uint32)
            longer[: self._count] = self._word[: self._count]
            self._word, self._places = longer, None
        if count > MAX_LOAD * len(self._slot):
            from liqscape.ledger.kernels.address_table import fill_slots

            slots: Int32Array = np.zeros(1 << int(count / MAX_LOAD).bit_length(), np.int32)
            fill_slots(slots, self._word, self._count)
            self._slot, self._places = slots, None


def keys_of(addresses: Iterable[str]) -> tuple[UInt8Array, BoolArray | None]:
    """(L, 20) bytes of those that are addresses, in upper or lower case, and (K,) which are; None where all are."""
    word, is_address = _words_of(addresses)
    return word.view(np.uint8).reshape(-1, ADDRESS_BYTES), is_address


def read_words(names: Sequence[str]) -> UInt32Array | None:
    """(K, WORDS) of names in upper or lower case; None where one is no address."""
    word: UInt32Array = np.empty((len(names), WORDS), np.uint32)
    if not len(names):
        return word
    from liqscape.ledger.kernels.address_table import read_names

    return word if read_names(text_of(names), word) else None


def text_of(names: Sequence[str]) -> bytes:
    """Names as kernels read them, with a comma between them; what is not ASCII is in no address."""
    return ",".join(names).encode("ascii", "replace")


def prepare_table() -> None:
    """Compile what tables need, which takes seconds once per machine and version: call it in a thread."""
    table, name = AddressTable(2), "0x" + "0" * 2 * ADDRESS_BYTES
    table.add((name,))
    table.rows((name,))
    table.reserve(2 * FIRST_ROOM)


def _words_of(addresses: Iterable[str]) -> tuple[UInt32Array, BoolArray | None]:
    """As keys_of, as words."""
    if isinstance(addresses, AddressWords):
        return addresses.word, None
    names = addresses if isinstance(addresses, (list, tuple)) else tuple(addresses)
    word = read_words(names)
    if word is not None:
        return word, None
    is_address = np.array([read_words((name,)) is not None for name in names], np.bool_)
    found = read_words([name for name, is_one in zip(names, is_address.tolist(), strict=True) if is_one])
    assert found is not None
    return found, is_address


def _words(keys: UInt8Array) -> UInt32Array:
    return np.ascontiguousarray(keys).view(np.uint32)


def _spread(rows: Int64Array, is_address: BoolArray | None) -> Int64Array:
    """Rows of addresses at their places among all names, -1 elsewhere."""
    if is_address is None:
        return rows
    whole: Int64Array = np.full(len(is_address), -1, np.int64)
    whole[is_address] = rows
    return whole
