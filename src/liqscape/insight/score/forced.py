"""Liquidations that happened, against what the map had said of them hours before (docs/score.md, "Recall").

For each horizon the frame of the full hour just that long before: 0 to 1 h, 3 to 4 h, 23 to 24 h.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.insight.score.cells import SIDES, Columns
from liqscape.insight.score.classes import AGE_WORDS, DISTANCE_WORDS, SOURCE_WORDS, age_class, distance_class
from liqscape.insight.score.columns import CoinDay, CoinFrame
from liqscape.units import BASIS_POINTS, AnyArray, Float64Array, Int64Array

STATUS = ("level", "no level", "not open", "not known", "no frame")
"""The map had a level of the position; the position, but no level of it; the account, but not the position yet; not the
account; no frame is stored of that hour."""
NO_CLASS = "none"


@dataclass(frozen=True, kw_only=True)
class ForcedCloses:
    """N liquidations of one coin, by their first fill.

    key       of the account; side of the position.
    notional  USD; mark: that triggered it, NaN unknown.
    is_exact  told by the exchange, or confirmed among the account's fills; else inferred of prints at our own level.
    """

    first_ms: Int64Array
    key: Int64Array
    side: Int64Array
    notional: Float64Array
    mark: Float64Array
    method: AnyArray
    is_exact: AnyArray


def score_forced(day: CoinDay, forced: ForcedCloses) -> list[Columns]:
    """Rows of the liquidations whose first fill is in the day, one a horizon."""
    own = np.flatnonzero((forced.first_ms >= day.first_ms) & (forced.first_ms < day.end_ms))
    return [_of_horizon(day, forced, own, horizon) for horizon in day.horizon_ms] if len(own) else []


def _of_horizon(day: CoinDay, forced: ForcedCloses, own: Int64Array, horizon: str) -> Columns:
    length, frame_at = day.horizon_ms[horizon], dict(zip(day.hours_ms, day.frames, strict=True))
    count = len(own)
    status = np.full(count, STATUS.index("no frame"), np.int64)
    level, mark, usd = (np.full(count, np.nan) for _ in range(3))
    source, age = np.zeros(count, np.int64), np.full(count, -1, np.int64)
    for place, row in enumerate(own.tolist()):
        # The hour in (first - length, first - length + 1 h]: of 1 h the one before the event.
        frame = frame_at.get((int(forced.first_ms[row]) - length + day.step_ms - 1) // day.step_ms * day.step_ms)
        if frame is None or frame.time_ms >= forced.first_ms[row]:
            continue
        at = _find(frame, int(forced.key[row]), int(forced.side[row]))
        if at is None:
            status[place] = STATUS.index("not open" if _is_known(frame, int(forced.key[row])) else "not known")
            continue
        level[place], mark[place], usd[place] = frame.level[at], frame.mark, frame.size[at] * frame.mark
        source[place], age[place] = frame.margin_source[at], frame.age_ms[at]
        status[place] = STATUS.index("level" if level[place] > 0.0 else "no level")
    trigger = forced.mark[own].copy()
    unknown = np.flatnonzero(~(trigger > 0.0))
    trigger[unknown] = [day.mark_at(int(at_ms)) for at_ms in forced.first_ms[own[unknown]].tolist()]
    has_level = level > 0.0
    near = np.where(has_level & (mark > 0.0), level, 1.0), np.where(has_level & (mark > 0.0), mark, 1.0)
    is_held = status <= STATUS.index("no level")
    return {
        "time_ms": forced.first_ms[own],
        "key": forced.key[own],
        "side": SIDES[(forced.side[own] < 0).astype(np.int64)],
        "horizon": np.full(count, horizon),
        "status": np.array(STATUS)[status],
        "level": np.where(has_level, level, np.nan),
        "trigger_mark": trigger,
        "error_bp": BASIS_POINTS * (trigger / np.where(has_level, level, np.nan) - 1.0),
        "distance": np.where(has_level, np.array(DISTANCE_WORDS)[distance_class(*near)], NO_CLASS),
        "age": np.where(is_held, np.array(AGE_WORDS)[age_class(age)], NO_CLASS),
        "margin_source": np.where(is_held, np.array(SOURCE_WORDS)[source], NO_CLASS),
        "usd": forced.notional[own],
        "method": forced.method[own],
        "is_exact": forced.is_exact[own],
    }


def _find(frame: CoinFrame, key: int, side: int) -> int | None:
    place = int(np.searchsorted(frame.key, key))
    return place if place < len(frame.key) and frame.key[place] == key and frame.side[place] == side else None


def _is_known(frame: CoinFrame, key: int) -> bool:
    place = int(np.searchsorted(frame.known, key))
    return place < len(frame.known) and bool(frame.known[place] == key)
