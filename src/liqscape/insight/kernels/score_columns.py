"""Columns that kernels of a score take, and the columns of what they fill."""

from __future__ import annotations

from typing import NamedTuple

from liqscape.units import BoolArray, Float64Array, Int8Array, Int64Array, UInt8Array

NEVER = -1
"""Time of a level that was not reached; row of what is nowhere."""
FORCED, BEFORE, AFTER, LEFT, INFERRED = range(5)
"""Lots: liquidated, closed before the level was reached, closed after, held by what was written down; of the liquidated
those inferred of prints."""
MARGIN, OWN, OTHER = range(3)
"""USD: told movements of margin, cash of the own coin, of other coins."""


class ItemColumns(NamedTuple):
    """(N,) positions whose level was reached: owner, side, lots at the start, times."""

    key: Int64Array
    side: Int8Array
    lots: Int64Array
    start_ms: Int64Array
    reached_ms: Int64Array
    end_ms: Int64Array


class MoveColumns(NamedTuple):
    """(R,) rows of `AccountMoves`, by key and then time."""

    key: Int64Array
    time_ms: Int64Array
    last_ms: Int64Array
    kind: UInt8Array
    market: Int64Array
    size: Float64Array
    usd: Float64Array
    is_inferred: BoolArray


class MarkColumns(NamedTuple):
    """(N,) known marks of a coin, by time."""

    time_ms: Int64Array
    mark: Float64Array


class ShownLevels(NamedTuple):
    """(P,) positions: side and level, NaN without one."""

    side: Int8Array
    level: Float64Array


class OwnerColumns(NamedTuple):
    """(P,) positions: key of the owner, and side."""

    key: Int64Array
    side: Int8Array
