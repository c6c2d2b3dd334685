"""Addresses of a batch as numbers, five words of 32 bits each: their names are made when somebody asks for them.

The words are the 20 bytes of an address as they stand in memory, so that they are compared and copied without reading
a digit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np

from liqscape.units import AnyArray, UInt8Array, UInt32Array

ADDRESS_BYTES = 20
WORDS = ADDRESS_BYTES // 4
"""Of an address."""
LETTERS = 2 + 2 * ADDRESS_BYTES
"""Of its name: 0x and forty hexadecimal digits."""


class AddressWords(Sequence[str]):
    """K names, made once when the first is asked for. Equal to any sequence of the same names.

    word  (K, WORDS), not to be changed.
    """

    def __init__(self, word: UInt32Array) -> None:
        self.word = word
        self._names: list[str] | None = None

    def __len__(self) -> int:
        return len(self.word)

    @overload
    def __getitem__(self, row: int) -> str: ...

    @overload
    def __getitem__(self, row: slice) -> Sequence[str]: ...

    def __getitem__(self, row: int | slice) -> str | Sequence[str]:
        return self._all()[row]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(other) == len(self) and all(map(str.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(tuple(self))

    def _all(self) -> list[str]:
        if self._names is None:
            self._names = names_of(self.word)
        return self._names


def names_of(keys: UInt8Array | UInt32Array | AnyArray) -> list[str]:
    """Names of (K, 20) bytes, or of (K, WORDS)."""
    text = np.ascontiguousarray(keys).tobytes().hex()
    return ["0x" + text[first : first + 2 * ADDRESS_BYTES] for first in range(0, len(text), 2 * ADDRESS_BYTES)]
