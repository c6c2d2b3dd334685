"""Positions of all frames of one coin and day, frame by frame, as columns."""

from __future__ import annotations

import numpy as np

from liqscape.insight.kernels.score_columns import OwnerColumns, ShownLevels
from liqscape.insight.score.columns import CoinDay
from liqscape.units import BoolArray, Float64Array, Int8Array, Int64Array, UInt8Array

JOINED: dict[str, type] = {
    "key": np.int64,
    "side": np.int8,
    "size": np.float64,
    "lots": np.int64,
    "level": np.float64,
    "rate": np.float64,
    "raw_usd": np.float64,
    "margin_source": np.uint8,
    "age_ms": np.int64,
    "is_only_pool": np.bool_,
    "is_alone": np.bool_,
}


class DayPositions:
    """P positions of K frames; the columns of `CoinFrame`, joined.

    starts  (K + 1,) rows of frame k are [starts[k], starts[k + 1]).
    frame   (P,) of each row.
    frame_ms, mark  (K,); mark NaN unknown.
    usd     (P,) at the mark of the frame; NaN unknown.
    """

    key: Int64Array
    side: Int8Array
    size: Float64Array
    lots: Int64Array
    level: Float64Array
    rate: Float64Array
    raw_usd: Float64Array
    margin_source: UInt8Array
    age_ms: Int64Array
    is_only_pool: BoolArray
    is_alone: BoolArray

    def __init__(self, day: CoinDay) -> None:
        frames = day.frames
        counts = [len(frame.key) for frame in frames]
        self.starts = np.concatenate(([0], np.cumsum(counts, dtype=np.int64))).astype(np.int64)
        self.frame = np.repeat(np.arange(len(frames)), counts)
        self.frame_ms = np.array([frame.time_ms for frame in frames], np.int64)
        self.mark = np.array([frame.mark for frame in frames], np.float64)
        for name, dtype in JOINED.items():
            parts = [getattr(frame, name) for frame in frames]
            setattr(self, name, np.concatenate(parts) if parts else np.empty(0, dtype))
        self.levels = ShownLevels(self.side, self.level)
        self.owners = OwnerColumns(self.key, self.side)
        self.usd: Float64Array = self.size * self.mark[self.frame] if len(frames) else np.empty(0)
