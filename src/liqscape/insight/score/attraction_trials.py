"""Trials of the attraction hypothesis out of what a score is made of (docs/attraction.md, "Trials")."""

from __future__ import annotations

import numpy as np

from liqscape.insight.attraction.trials import HORIZON_MS, AttractionInput, trial_columns
from liqscape.insight.kernels.attraction import StandingLevels
from liqscape.insight.score.columns import CoinDay, CoinFrame
from liqscape.units import DAY_MS, AnyArray, Float64Array, Int64Array


def trials(day: CoinDay) -> list[dict[str, AnyArray]]:
    """Columns of one row for each frame of the day before, whose 24 hours end in this day; none: nothing is over yet.

    A frame without a mark is no trial.
    """
    frames = [
        frame
        for frame, hour_ms in zip(day.frames, day.hours_ms, strict=True)
        if day.first_ms - DAY_MS <= hour_ms < day.first_ms and frame.mark > 0.0 and day.is_over(hour_ms + HORIZON_MS)
    ]
    if not frames:
        return []
    given = AttractionInput(
        coin=day.coin,
        time_ms=np.array([frame.time_ms for frame in frames], np.int64),
        mark=np.array([frame.mark for frame in frames]),
        oracle=np.array([frame.oracle for frame in frames]),
        funding_rate=np.array([frame.funding_rate for frame in frames]),
        levels=_standing(frames),
        path_ms=day.path_ms,
        path_mark=day.path_mark,
        watched=day.watched,
    )
    columns = trial_columns(given)
    del columns["coin"]
    return [columns]


def _standing(frames: list[CoinFrame]) -> StandingLevels:
    """Levels of all positions that have one, each at its own price and its USD at the mark."""
    starts = np.zeros(len(frames) + 1, np.int64)
    distance: list[Float64Array] = []
    usd: list[Float64Array] = []
    key: list[Int64Array] = []
    for number, frame in enumerate(frames):
        known = np.flatnonzero(frame.level > 0.0)
        starts[number + 1] = starts[number] + len(known)
        distance.append(np.log(frame.level[known] / frame.mark))
        usd.append(frame.size[known] * frame.mark)
        key.append(frame.key[known])
    return StandingLevels(starts, np.concatenate(distance), np.concatenate(usd), np.concatenate(key))
