"""The map's asymmetry at full hours beside the return before and after it (docs/score.md, "Asymmetry")."""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.asymmetry import DISTANCES_PERCENT
from liqscape.insight.score.cells import Columns
from liqscape.insight.score.columns import CoinDay
from liqscape.units import DAY_MS


def score_returns(day: CoinDay) -> list[Columns]:
    """One row an hour and horizon whose return is known: imbalance at each distance, log returns after and before.

    return_before  of the last 24 hours; NaN unknown. return_after: until the horizon, which ends in the day.
    is_apart       of the hours whose horizons do not overlap.
    """
    found = []
    before_ms = [frame.time_ms - DAY_MS for frame in day.frames]
    before = np.array([day.mark_at(time_ms) for time_ms in before_ms], np.float64)
    mark_of_hour = {hour: frame.mark for hour, frame in zip(day.hours_ms, day.frames, strict=True)}
    for horizon, length in day.horizon_ms.items():
        rows = [
            row
            for row, hour in enumerate(day.hours_ms)
            if day.is_over(hour + length) and day.frames[row].mark > 0.0 and mark_of_hour.get(hour + length, 0.0) > 0.0
        ]
        if not rows:
            continue
        mark = np.array([day.frames[row].mark for row in rows], np.float64)
        after = np.array([mark_of_hour[day.hours_ms[row] + length] for row in rows], np.float64)
        made: Columns = {
            "time_ms": np.array([day.frames[row].time_ms for row in rows], np.int64),
            "horizon": np.full(len(rows), horizon),
        }
        for place, percent in enumerate(DISTANCES_PERCENT):
            made[f"imbalance_{percent:g}"] = np.array([day.frames[row].imbalance[place] for row in rows], np.float64)
        made["return_before"] = np.log(mark / before[rows])
        made["return_after"] = np.log(after / mark)
        made["is_apart"] = np.array([day.hours_ms[row] % length == 0 for row in rows], np.bool_)
        found.append(made)
    return found
