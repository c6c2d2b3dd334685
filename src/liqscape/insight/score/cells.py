"""Tables of the levels of one coin, day and horizon: sums by class, and a row a level that was reached."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.insight.score.classes import AGE_WORDS, DISTANCE_WORDS, SOURCE_WORDS, age_class, distance_class
from liqscape.insight.score.fates import FATES, main_fate
from liqscape.insight.score.positions import DayPositions
from liqscape.insight.score.windows import Windows
from liqscape.units import AnyArray, BoolArray, Int64Array

Columns = dict[str, AnyArray]
"""Columns of equal length by name."""

SIDES = np.array(("long", "short"))
_SHAPE = (2, len(DISTANCE_WORDS), len(AGE_WORDS), len(SOURCE_WORDS))


class Reached(NamedTuple):
    """(N,) positions whose level the mark reached within a horizon.

    row, window  in the positions of the day, and in the windows of the horizon.
    reached_ms   first mark at or beyond the level.
    lots         (N, FATES) where they went; inferred: of the liquidated those inferred of prints.
    """

    row: Int64Array
    window: Int64Array
    reached_ms: Int64Array
    lots: Int64Array
    inferred: Int64Array


def cell_rows(
    positions: DayPositions, windows: Windows, judged: Int64Array, is_watched: BoolArray, reached: Reached
) -> Columns:
    """One row a class: levels, those reached, and what became of them.

    judged      rising rows of positions, those reached among them.
    is_watched  of each whether its window was watched throughout. Of the others only what was reached is known, so they
                are no part of `predicted_count`: a share of them would be of nothing but hits.
    """
    codes, place = np.unique(_cell_of(positions, judged), return_inverse=True)
    of_reached = place[np.searchsorted(judged, reached.row)]
    count, usd = len(codes), positions.usd[reached.row]
    of_lot = usd / np.maximum(positions.lots[reached.row], 1)
    fate, is_apart = main_fate(reached.lots), windows.is_apart[reached.window]

    def summed(where: Int64Array, weight: AnyArray | None = None) -> AnyArray:
        return np.bincount(where, weight, count)

    side, distance, age, source = np.unravel_index(codes, _SHAPE)
    made: Columns = {
        "side": SIDES[side],
        "horizon": np.full(count, windows.horizon),
        "distance": np.array(DISTANCE_WORDS)[distance],
        "age": np.array(AGE_WORDS)[age],
        "margin_source": np.array(SOURCE_WORDS)[source],
        "predicted_count": summed(place[is_watched]),
        "predicted_usd": summed(place[is_watched], positions.usd[judged[is_watched]]),
        "crossed_count": summed(of_reached),
        "crossed_usd": summed(of_reached, usd),
        "window_count": summed(of_reached[is_apart]),
        "inferred_usd": summed(of_reached, reached.inferred * of_lot),
    }
    for number, name in enumerate(FATES):
        is_own = fate == number
        made[f"{name}_count"] = summed(of_reached[is_own])
        made[f"{name}_usd"] = summed(of_reached, reached.lots[:, number] * of_lot)
        made[f"{name}_window_count"] = summed(of_reached[is_own & is_apart])
    return made


def crossing_rows(positions: DayPositions, windows: Windows, reached: Reached) -> Columns:
    """One row a level that was reached."""
    row, window = reached.row, reached.window
    made: Columns = {
        "time_ms": windows.start_ms[window],
        "end_ms": windows.end_ms[window],
        "reached_ms": reached.reached_ms,
        "key": positions.key[row],
        "side": SIDES[(positions.side[row] < 0).astype(np.int64)],
        "horizon": np.full(len(row), windows.horizon),
        "level": positions.level[row],
        "mark": positions.mark[positions.frame[row]],
        "size": positions.size[row],
        "usd": positions.usd[row],
        "age_ms": positions.age_ms[row],
        "margin_source": np.array(SOURCE_WORDS)[positions.margin_source[row]],
        "is_apart": windows.is_apart[window],
        "fate": np.array(FATES)[main_fate(reached.lots)],
    }
    for number, name in enumerate(FATES):
        made[f"{name}_lots"] = reached.lots[:, number]
    return made | {"inferred_lots": reached.inferred}


def _cell_of(positions: DayPositions, row: Int64Array) -> Int64Array:
    mark = positions.mark[positions.frame[row]]
    place = (
        (positions.side[row] < 0).astype(np.int64),
        distance_class(positions.level[row], mark),
        age_class(positions.age_ms[row]),
        positions.margin_source[row].astype(np.int64),
    )
    return np.ravel_multi_index(place, _SHAPE).astype(np.int64)
