"""Bands: what would be liquidated in each step of the price grid, as sparse columns (docs/heatmap.md).

Contents are kept in coins and multiplied by the mark when shown, so a mark tick that moves no level changes
no band. Rows are sorted by (market_index, band, side, margin_source) and unique in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from liqscape.units import AnyArray, Float64Array, Int8Array, Int32Array, Int64Array, UInt8Array


@dataclass(frozen=True, kw_only=True)
class Bands:
    """B rows.

    market_index   (B,) row of Markets.
    band           (B,) index in the base grid (heatmap/grid.py).
    side           (B,) Side of the positions that would be closed.
    margin_source  (B,) MarginSource of the accounts behind.
    size           (B,) coins, > 0; notional at mark = size * mark.
    level_notional (B,) USD, sum of size * liquidation price, each to 2^-16 USD (exact_sums.py); read back from a
                   history, size * middle of the band.
    first_order_size (B,) coins the engine would send to the book at once (20 % of positions above 100k USD).
    position_count (B,) positions, which is also the number of accounts: an address holds one position a coin.
    """

    market_index: Int32Array
    band: Int32Array
    side: Int8Array
    margin_source: UInt8Array
    size: Float64Array
    level_notional: Float64Array
    first_order_size: Float64Array
    position_count: Int32Array

    def __len__(self) -> int:
        return len(self.band)

    @property
    def byte_count(self) -> int:
        """Memory of the columns."""
        return sum(getattr(self, name).nbytes for name in BAND_COLUMNS)

    def select(self, rows: slice | AnyArray) -> Bands:
        """The given rows."""
        return Bands(**{name: getattr(self, name)[rows] for name in BAND_COLUMNS})

    def of_market(self, market_index: int) -> Bands:
        """Rows of one market."""
        # Numbers of another type would be looked for in a converted copy of the column.
        low, high = np.searchsorted(self.market_index, np.array((market_index, market_index + 1), np.int32))
        return self.select(slice(int(low), int(high)))

    def row_key(self) -> Int64Array:
        """(B,) of (band, side, margin_source), rising over the rows of one market."""
        key: Int64Array = ((self.band.astype(np.int64) << 1 | (self.side > 0)) << 3) | self.margin_source
        return key

    @classmethod
    def empty(cls) -> Bands:
        """No rows."""
        return cls(**{name: np.empty(0, dtype) for name, dtype in BAND_COLUMNS.items()})


BAND_COLUMNS: dict[str, type] = {
    "market_index": np.int32,
    "band": np.int32,
    "side": np.int8,
    "margin_source": np.uint8,
    "size": np.float64,
    "level_notional": np.float64,
    "first_order_size": np.float64,
    "position_count": np.int32,
}


class OutsideReason(IntEnum):
    """Why a position is in no band."""

    BELOW = 0
    """Its level lies below the visible grid."""
    ABOVE = 1
    """Its level lies above the visible grid."""
    NO_LEVEL = 2
    """No positive mark liquidates it."""
    UNKNOWN = 3
    """The account's raw USD or the mark is not known."""
    EXEMPT = 4
    """Not liquidated in practice (HLP children)."""


OUTSIDE_REASONS = len(OutsideReason)
REST_REASONS = (OutsideReason.UNKNOWN, OutsideReason.NO_LEVEL, OutsideReason.BELOW, OutsideReason.ABOVE)
"""Of what can be liquidated, in the order of the kernels' codes."""


@dataclass(frozen=True)
class OutsideSums:
    """The stated rest: sum over bands plus this equals the sum over positions.

    size           (M, 2, R) coins by market, side (0 long, 1 short) and OutsideReason.
    position_count (M, 2, R)
    """

    size: Float64Array
    position_count: Int64Array

    @classmethod
    def empty(cls, market_count: int) -> OutsideSums:
        """Nothing outside, for so many markets."""
        shape = (market_count, 2, OUTSIDE_REASONS)
        return cls(np.zeros(shape), np.zeros(shape, np.int64))
