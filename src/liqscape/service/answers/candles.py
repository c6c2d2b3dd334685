"""The price path as an answer: candles of a venue, or open, high, low, close of our stored marks."""

from __future__ import annotations

from typing import Annotated

import msgspec
import numpy as np

from liqscape.heatmap.frame import Provenance
from liqscape.service.answers.parts import ProvenanceAnswer, TimeMs, provenance_answer
from liqscape.units import MINUTE_MS, Float64Array, Int64Array

INTERVALS_MS = tuple(minutes * MINUTE_MS for minutes in (1, 3, 5, 15, 30, 60, 120, 240, 480, 720, 1440, 10080))
MAX_CANDLES = 2_000
"""More do not fit a screen; a longer range gets a coarser interval."""


class CandleSource(msgspec.Struct, frozen=True):
    """What the candles are made of."""

    kind: Annotated[str, msgspec.Meta(description="venue_candles: as traded there; mark_path: stored marks.")]
    name: str
    interval_ms: int


class CandlesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Candles of one coin in rising time; an interval without a price has none."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coin: str
    source: CandleSource
    candles: Annotated[
        list[tuple[int, float, float, float, float]],
        msgspec.Meta(description="[time_ms of the start, open, high, low, close], USD."),
    ]


def candles_answer(
    provenance: Provenance, as_of_ms: int, coin: str, source: CandleSource, candles: Float64Array
) -> CandlesAnswer:
    """The record of candles (N, 5): time_ms, open, high, low, close."""
    rows = [(int(time), *prices) for time, *prices in candles.tolist()]
    return CandlesAnswer(
        provenance=provenance_answer(provenance), as_of_ms=as_of_ms, coin=coin, source=source, candles=rows
    )


def choose_interval(start_ms: int, end_ms: int, finest_ms: int) -> int:
    """Smallest interval not below `finest_ms` of which [start, end) touches at most MAX_CANDLES."""
    for interval in INTERVALS_MS:
        touched = -(-end_ms // interval) - start_ms // interval
        if interval >= finest_ms and touched <= MAX_CANDLES:
            return interval
    return INTERVALS_MS[-1]


def finest_interval(times: Int64Array) -> int:
    """The longest interval that is not above the median step between frames: about one frame a candle."""
    if len(times) < 2:
        return INTERVALS_MS[0]
    step = float(np.median(np.diff(times)))
    return max((interval for interval in INTERVALS_MS if interval <= step), default=INTERVALS_MS[0])


def candles_of_path(times: Int64Array, prices: Float64Array, interval_ms: int, hold_ms: int) -> Float64Array:
    """(N, 5) open, high, low, close of a path of marks cut into intervals; unknown marks (NaN) are left out.

    A candle opens at the mark in force when it begins: the one before its first, unless that is more than
    `hold_ms` older, for then nothing is known in between and it opens at its first.
    """
    is_known = np.isfinite(prices)
    times, prices = times[is_known], prices[is_known]
    candles = _cut(times, prices, prices, prices, prices, interval_ms)
    first = np.searchsorted(times, candles[:, 0])
    before = np.maximum(first - 1, 0)
    is_held = (first > 0) & (times[first] - times[before] <= hold_ms)
    opened = np.where(is_held, prices[before], candles[:, 1])
    return np.column_stack(
        (
            candles[:, 0],
            opened,
            np.maximum(candles[:, 2], opened),
            np.minimum(candles[:, 3], opened),
            candles[:, 4],
        )
    )


def resample(candles: Float64Array, interval_ms: int) -> Float64Array:
    """Coarser candles (N, 5) from finer ones in rising time."""
    opened, high, low, close = candles[:, 1], candles[:, 2], candles[:, 3], candles[:, 4]
    return _cut(candles[:, 0].astype(np.int64), opened, high, low, close, interval_ms)


def _cut(
    times: Int64Array,
    opened: Float64Array,
    high: Float64Array,
    low: Float64Array,
    close: Float64Array,
    interval_ms: int,
) -> Float64Array:
    if not len(times):
        return np.empty((0, 5))
    start = times - times % interval_ms
    first = np.flatnonzero(np.concatenate(([True], start[1:] != start[:-1])))
    last = np.append(first[1:], len(times)) - 1
    return np.column_stack(
        (
            start[first].astype(np.float64),
            opened[first],
            np.maximum.reduceat(high, first),
            np.minimum.reduceat(low, first),
            close[last],
        )
    )
