"""Names for the few scalars that are easy to confuse. Everything else is float64 in natural units (USD, coin)."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NewType

import numpy as np
import numpy.typing as npt

Address = NewType("Address", str)
"""20 bytes as lower-case hex with 0x."""

TimeMs = NewType("TimeMs", int)
"""Milliseconds since 1970 UTC, venue time."""

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000

BASIS_POINTS = 1e4
"""Of the whole: shares times so many are in basis points."""

Float64Array = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
Int64Array = npt.NDArray[np.int64]
Int32Array = npt.NDArray[np.int32]
Int8Array = npt.NDArray[np.int8]
UInt8Array = npt.NDArray[np.uint8]
UInt32Array = npt.NDArray[np.uint32]
UInt64Array = npt.NDArray[np.uint64]
BoolArray = npt.NDArray[np.bool_]
AnyArray = npt.NDArray[Any]
"""Any dtype; only where a function takes several."""


class Side(IntEnum):
    """Side of a position. A liquidated long is a forced sell, a liquidated short a forced buy."""

    LONG = 1
    SHORT = -1


SIDE_WORDS: dict[int, str] = {side: side.name.lower() for side in Side}
"""A side as files, answers and commands call it."""
SIDE_NUMBERS: dict[str, int] = {word: int(side) for side, word in SIDE_WORDS.items()}


class MarginSource(IntEnum):
    """How an account's raw USD became known (docs/margin.md)."""

    UNKNOWN = 0
    """Not known; positions of such an account have no solved level."""
    STATE = 1
    """Computed from a full account state."""
    PUBLISHED = 2
    """Inferred from published liquidation prices."""
    TRACKED = 3
    """Last state plus observed trades and funding."""
    MODELLED = 4
    """Output of a simulation."""


class PoolMode(IntEnum):
    """Which margin backs the positions of one pool."""

    CROSS = 0
    ISOLATED = 1
    UNIFIED = 2
    PORTFOLIO = 3
    UNKNOWN = 4
