"""What a tracker carries from frame to frame, and its bytes."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np

from liqscape.errors import ModelError
from liqscape.insight.kernels.identity_columns import CLUSTER_COLUMNS, FIGURE_COLUMNS
from liqscape.units import Float64Array, Int64Array, Side

VERSION = 1
"""Rises with every change of what is kept: an older state is refused, the study then begins anew."""
POSITION_COLUMNS, STAIR_COLUMNS, MEMBER_COLUMNS = 4, 2, 2


class TrackerArrays(NamedTuple):
    """As `kernels.tracking.track` takes and gives them, in its order."""

    positions: Int64Array
    starts: Int64Array
    stairs: Int64Array
    members: Int64Array
    member_size: Float64Array
    clusters: Int64Array
    figures: Float64Array


class TrackerState(NamedTuple):
    """All that the next frame needs.

    time_ms      of the last frame; None before the first.
    observed_ms  time observed since the first frame, without gaps and without time of unknown marks.
    gap_at       observed time of the last frame behind a gap, or of the first: nothing is known of before.
    """

    time_ms: int | None
    observed_ms: int
    gap_at: int
    arrays: TrackerArrays


EMPTY = TrackerState(
    None,
    0,
    0,
    TrackerArrays(
        positions=np.empty((0, POSITION_COLUMNS), np.int64),
        starts=np.zeros(1, np.int64),
        stairs=np.empty((0, STAIR_COLUMNS), np.int64),
        members=np.empty((0, MEMBER_COLUMNS), np.int64),
        member_size=np.empty(0),
        clusters=np.empty((0, CLUSTER_COLUMNS), np.int64),
        figures=np.empty((0, FIGURE_COLUMNS)),
    ),
)
"""Before the first frame."""


class _KeptTracker(msgspec.Struct, array_like=True, kw_only=True):
    version: int
    coin: str
    side: int
    time_ms: int | None
    observed_ms: int
    gap_at: int
    arrays: list[bytes]


def to_bytes(coin: str, side: Side, state: TrackerState) -> bytes:
    """One message of MessagePack; arrays as they lie in memory, little-endian."""
    kept = _KeptTracker(
        version=VERSION,
        coin=coin,
        side=int(side),
        time_ms=state.time_ms,
        observed_ms=state.observed_ms,
        gap_at=state.gap_at,
        arrays=[np.ascontiguousarray(array).tobytes() for array in state.arrays],
    )
    return msgspec.msgpack.encode(kept)


def from_bytes(kept: bytes) -> tuple[str, Side, TrackerState]:
    """Coin, side and state. Raises ModelError where the bytes are no state of this version."""
    try:
        read = msgspec.msgpack.decode(kept, type=_KeptTracker)
        if read.version != VERSION:
            raise ModelError(f"state of clusters is of version {read.version}, this is version {VERSION}")
        arrays = [
            np.frombuffer(raw, like.dtype).reshape((-1, *like.shape[1:])).copy()
            for raw, like in zip(read.arrays, EMPTY.arrays, strict=True)
        ]
        side = Side(read.side)
    except (msgspec.DecodeError, ValueError) as error:
        raise ModelError("bytes are no state of clusters") from error
    return read.coin, side, TrackerState(read.time_ms, read.observed_ms, read.gap_at, TrackerArrays(*arrays))
