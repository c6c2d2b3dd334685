"""A bit a dex and row, in numbers as wide as the highest dex needs: two bytes a row while there are 16 dexs."""

from __future__ import annotations

import numpy as np

from liqscape.sparse import with_more
from liqscape.units import AnyArray, Int64Array

NARROW, MIDDLE, WIDE = np.dtype(np.uint16), np.dtype(np.uint32), np.dtype(np.int64)


class DexBits:
    """Rows of bits, 0 where nothing was joined. Bits given and taken are 64 wide, whatever is kept."""

    def __init__(self, count: int) -> None:
        self._bits: AnyArray = np.zeros(count, NARROW)

    def __len__(self) -> int:
        return len(self._bits)

    def __getitem__(self, rows: Int64Array | slice) -> Int64Array:
        bits: Int64Array = self._bits[rows].astype(np.int64)
        return bits

    def join(self, rows: Int64Array, bits: Int64Array | np.int64) -> None:
        """Bits join those of each row; a row may stand several times."""
        most = int(np.max(bits, initial=0))
        if most > np.iinfo(self._bits.dtype).max:
            self._bits = self._bits.astype(MIDDLE if most <= np.iinfo(MIDDLE).max else WIDE)
        np.bitwise_or.at(self._bits, rows, np.asarray(bits).astype(self._bits.dtype))

    def drop(self, rows: Int64Array, bits: np.int64) -> None:
        """Clear these bits in every row."""
        kept = (~np.asarray(bits)).astype(self._bits.dtype)  # of bits beyond the width there are none
        np.bitwise_and.at(self._bits, rows, kept)

    def reserve(self, count: int) -> None:
        """Make room for so many rows."""
        self._bits = with_more(self._bits, count)
