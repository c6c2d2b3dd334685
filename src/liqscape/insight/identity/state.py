"""What a tracker carries from frame to frame, and its bytes."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np

from liqscape.errors import ModelError
from liqscape.insight.kernels.identity_columns import CLUSTER_COLUMNS, FIGURE_COLUMNS
from liqscape.units import AnyArray, Float64Array, Int64Array, Side

VERSION = 1
"""Rises with every change of what is kept: an older state is refused, the study then begins anew."""
POSITION_COLUMNS, STAIR_COLUMNS, MEMBER_COLUMNS = 4, 2, 2


class TrackerState(NamedTuple):
    """Arrays as `kernels.tracking.track` takes and gives them.

    time_ms      of the last frame; None before the first.
    observed_ms  time observed since the first frame, without gaps and without time of unknown marks.
    gap_at       observed time of the last frame behind a gap, or of the first: nothing is known of before.
    """

    time_ms: int | None
    observed_ms: int
    gap_at: int
    positions: Int64Array
    starts: Int64Array
    stairs: Int64Array
    members: Int64Array
    member_size: Float64Array
    clusters: Int64Array
    figures: Float64Array

    @classmethod
    def empty(cls) -> TrackerState:
        """Before the first frame."""
        return cls(
            None,
            0,
            0,
            np.empty((0, POSITION_COLUMNS), np.int64),
            np.zeros(1, np.int64),
            np.empty((0, STAIR_COLUMNS), np.int64),
            np.empty((0, MEMBER_COLUMNS), np.int64),
            np.empty(0),
            np.empty((0, CLUSTER_COLUMNS), np.int64),
            np.empty((0, FIGURE_COLUMNS)),
        )

    def at(self, time_ms: int) -> TrackerState:
        """The same a frame later, of which nothing is known."""
        return self._replace(time_ms=time_ms)


class _Kept(msgspec.Struct, array_like=True):
    version: int
    coin: str
    side: int
    time_ms: int | None
    observed_ms: int
    gap_at: int
    arrays: list[bytes]


_SHAPES = (
    (np.int64, POSITION_COLUMNS),
    (np.int64, 0),
    (np.int64, STAIR_COLUMNS),
    (np.int64, MEMBER_COLUMNS),
    (np.float64, 0),
    (np.int64, CLUSTER_COLUMNS),
    (np.float64, FIGURE_COLUMNS),
)
"""Type and columns (0: a vector) of each array, in their order."""


def to_bytes(coin: str, side: Side, state: TrackerState) -> bytes:
    """One message of MessagePack; arrays as they lie in memory, little-endian."""
    arrays: tuple[AnyArray, ...] = state[3:]
    kept = [np.ascontiguousarray(array).tobytes() for array in arrays]
    return msgspec.msgpack.encode(_Kept(VERSION, coin, int(side), state.time_ms, state.observed_ms, state.gap_at, kept))


def from_bytes(kept: bytes) -> tuple[str, Side, TrackerState]:
    """Coin, side and state. Raises ModelError where the bytes are no state of this version."""
    try:
        read = msgspec.msgpack.decode(kept, type=_Kept)
        if read.version != VERSION or len(read.arrays) != len(_SHAPES):
            raise ModelError(f"state of clusters is of version {read.version}, this is version {VERSION}")
        arrays: list[AnyArray] = [
            np.frombuffer(raw, dtype).reshape((-1, columns) if columns else (-1,)).copy()
            for raw, (dtype, columns) in zip(read.arrays, _SHAPES, strict=True)
        ]
    except (msgspec.DecodeError, ValueError) as error:
        raise ModelError("bytes are no state of clusters") from error
    return read.coin, Side(read.side), TrackerState(read.time_ms, read.observed_ms, read.gap_at, *arrays)
