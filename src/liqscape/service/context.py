"""What stands beside the map of a coin through time, put together: stored frames, liquidations, states of cascades.

Each column of time is known or null for itself: a hole has no figures, and what nobody watched is not zero.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np

from liqscape.heatmap.asymmetry import imbalance_of
from liqscape.service.answers.cascade_states import CascadeStateWord
from liqscape.service.answers.context import DISTANCES, ContextAnswer
from liqscape.service.answers.parts import known_list
from liqscape.service.liquidation_questions import NONE_KEPT
from liqscape.units import DAY_MS

if TYPE_CHECKING:
    from liqscape.service.studied import Studied
    from liqscape.service.view import MapView
    from liqscape.store.history.series import CoinSeries
    from liqscape.units import BoolArray, Float64Array, Int64Array

DEFAULT_COLUMNS = 800
HOURS_8, HOURS_YEAR = 8, 8_760
SNAPSHOTS = "recording"
"""Kind of a map of snapshots: it cannot tell liquidations, whatever lies in its folder."""
STATES: tuple[CascadeStateWord, ...] = ("none", "over", "exhausted", "fading", "starting", "running")
"""From the best to the worst."""
assert set(STATES) == set(get_args(CascadeStateWord))
NO_FUNDING = "No funding was stored in this time: a map knows it from the first full hour it follows."
NOT_STUDIED = "Cascades of this time were not studied."
DAMAGED = "Files of liquidations of these days are damaged; status says what to do."


class ContextQuestions:
    """Asks a map and its stored liquidations. folder None: this map keeps none, they are unknown."""

    def __init__(self, view: MapView, folder: Path | None) -> None:
        self._view = view
        self._folder = folder

    def ask(
        self, coin: str, start_ms: int | None = None, end_ms: int | None = None, width: int = DEFAULT_COLUMNS
    ) -> ContextAnswer:
        """A coin in [start, end), in the columns of its heatmap. Raises NotFound, QuestionError."""
        series = self._view.series(coin, start_ms, end_ms, width)
        standing = self._view.status()
        columns = len(series.as_of_ms)
        is_hole = series.as_of_ms < 0
        notes: list[str] = []
        liquidated = np.full((2, columns), np.nan)
        if self._folder is None or standing.provenance.kind == SNAPSHOTS:
            notes.append(NONE_KEPT)
        else:
            liquidated, is_damaged = self._liquidated(self._folder, series, is_hole)
            if is_damaged:
                notes.append(DAMAGED)
        states = cascade_states(self._view.studied, series)
        if not any(states):
            notes.append(NOT_STUDIED)
        if np.isnan(series.funding_rate).all():
            notes.append(NO_FUNDING)
        change = np.diff(series.open_interest, prepend=np.nan)
        return ContextAnswer(
            provenance=standing.provenance,
            as_of_ms=standing.as_of_ms,
            coin=coin,
            start_ms=series.start_ms,
            step_ms=series.step_ms,
            columns=columns,
            time_ms=_times(series.as_of_ms),
            mark=known_list(series.mark),
            open_interest=known_list(series.open_interest),
            open_interest_change=known_list(change),
            open_interest_usd=known_list(series.open_interest * series.mark),
            funding_hour_ms=_times(series.funding_hour_ms),
            funding_8h=known_list(series.funding_rate * HOURS_8),
            funding_annual=known_list(series.funding_rate * HOURS_YEAR),
            long_notional=known_list(series.size[0] * series.mark),
            short_notional=known_list(series.size[1] * series.mark),
            long_accounts=_times(series.position_count[0]),
            short_accounts=_times(series.position_count[1]),
            imbalance={
                name: known_list(imbalance_of(longs, shorts))
                for name, (longs, shorts) in zip(DISTANCES, series.near, strict=True)
            },
            liquidated_long_usd=known_list(liquidated[0]),
            liquidated_short_usd=known_list(liquidated[1]),
            cascade_state=states,
            notes=notes,
        )

    @staticmethod
    def _liquidated(folder: Path, series: CoinSeries, is_hole: BoolArray) -> tuple[Float64Array, bool]:
        """((2, C) USD by side, whether some days are damaged); unknown in holes without any, and on damaged days."""
        from liqscape.store.liquidations import LiquidationReader

        found = LiquidationReader(folder).sum_by_step(
            series.coin, series.start_ms, series.step_ms, len(series.as_of_ms)
        )
        usd = found.notional.copy()
        usd[:, is_hole & (usd.sum(axis=0) == 0.0)] = np.nan
        starts = series.start_ms + series.step_ms * np.arange(len(is_hole), dtype=np.int64)
        for row in found.damaged:
            first = -1 if row.first_ms is None else row.first_ms
            last = series.start_ms + series.step_ms * len(is_hole) if row.last_ms is None else row.last_ms
            usd[:, (starts <= last) & (starts + series.step_ms > first)] = np.nan
        return usd, bool(found.damaged)


def cascade_states(studied: Studied, series: CoinSeries) -> list[CascadeStateWord | None]:
    """(C,) the worst state of either side within each column; None in holes and where nothing was studied.

    A state lasts until the next one of its cascade; `over` ends with the step it is told in.
    """
    starts = series.start_ms + series.step_ms * np.arange(len(series.as_of_ms), dtype=np.int64)
    ends = starts + series.step_ms
    spans = studied.spans(series.coin)
    is_studied = np.zeros(len(starts), np.bool_)
    for span in spans:
        is_studied |= (starts <= span.last_ms) & (ends > span.first_ms)
    is_studied &= series.as_of_ms >= 0
    if not is_studied.any():
        return [None] * len(starts)
    worst = np.zeros(len(starts), np.int64)
    rows = studied.rows("cascades", series.coin, max(0, series.start_ms - DAY_MS), int(ends[-1]))
    last_ms = max(span.last_ms for span in spans)
    for own in rows.sort("time", maintain_order=True).partition_by("side", "cascade_id"):
        times = own["time"].dt.epoch("ms").to_numpy()
        rank = [STATES.index(state) for state in own["state"].to_list()]
        until = [*times[1:].tolist(), last_ms + 1]
        for at_ms, end_ms, each in zip(times.tolist(), until, rank, strict=True):
            stop_ms = at_ms + 1 if each <= STATES.index("over") else max(end_ms, at_ms + 1)
            touched = (starts < stop_ms) & (ends > at_ms)
            worst[touched] = np.maximum(worst[touched], each)
    return [STATES[rank] if known else None for rank, known in zip(worst.tolist(), is_studied.tolist(), strict=True)]


def _times(values: Int64Array) -> list[int | None]:
    """Whole numbers, None for those below zero."""
    return [None if value < 0 else value for value in values.tolist()]
