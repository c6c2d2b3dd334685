"""Where prints wait for their columns: one set of arrays that compiled code fills from the bytes of messages.

The arrays stay from batch to batch. Addresses are kept once a batch, found by a table of places that is never emptied:
an entry counts only where it is above `NAMED_BEFORE`, which moves on when a batch is taken.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from liqscape.model.address_words import WORDS
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array, UInt32Array

BEGIN_OF_PRINTS = b'{"channel":"trades","data":['
"""What a message of prints begins with, as the exchange writes it."""
FIRST_PRINTS = 1_024
"""Room at the start; a power of two."""
NO_COIN = -1


class PrintState(IntEnum):
    """Counts of what waits."""

    PRINTS = 0
    ADDRESSES = 1
    NAMED_BEFORE = 2
    """Addresses of all batches that were taken."""
    IS_BEHIND = 3
    """Some print comes before the one in front of it, by (time, id)."""
    WIDTH = 4


class PrintBuffers(NamedTuple):
    """Room for R prints and 2 R addresses."""

    state: Int64Array
    """(PrintState.WIDTH,)"""
    moment: Int64Array
    """(2, R) time in ms, trade id."""
    row: Int32Array
    """(3, R) buyer, seller: rows of the addresses; coin: number in CoinPlaces."""
    figure: Float64Array
    """(2, R) price in USD, size in coins."""
    is_buyer_taker: BoolArray
    """(R,)"""
    word: UInt32Array
    """(2 R, WORDS) addresses (model/address_words.py)."""
    place: Int64Array
    """(4 R,) NAMED_BEFORE + 1 + row of the address by its hash, linear steps; up to NAMED_BEFORE a place is free."""


class CoinPlaces(NamedTuple):
    """Names of the coins that are markets, by their hash. Numbers are rows of the markets, as enumerated."""

    text: UInt8Array
    """All names, one after the other."""
    start: Int64Array
    """(C + 1,) where the name of each begins."""
    number: Int64Array
    """(C,) what a print of the coin is given."""
    place: Int64Array
    """(H,) row of the coin by its hash, linear steps; NO_COIN free."""


def new_buffers(prints: int = FIRST_PRINTS) -> PrintBuffers:
    """Nothing waits."""
    return PrintBuffers(
        state=np.zeros(PrintState.WIDTH, np.int64),
        moment=np.empty((2, prints), np.int64),
        row=np.empty((3, prints), np.int32),
        figure=np.empty((2, prints)),
        is_buyer_taker=np.empty(prints, np.bool_),
        word=np.empty((2 * prints, WORDS), np.uint32),
        place=np.zeros(4 * prints, np.int64),
    )
