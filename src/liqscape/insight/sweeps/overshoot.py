"""How far sweeps overshot, by class of coin and by size against the book: quantiles with their intervals.

Intervals are of a day-block bootstrap: whole UTC days are drawn again, as sweeps of one day come together. Below
MIN_CASES the cases are listed, and no quantile is given (docs/clusters.md, "Sweeps").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
from msgspec import Struct

from liqscape.insight.statistics import MIN_CASES, Quantile, weighted_quantiles
from liqscape.insight.study_rows import SweepRow
from liqscape.units import DAY_MS

Unit = Literal["bp", "sigma"]
HORIZONS = ("end", "1m", "5m", "1h")
QUANTILES = (0.1, 0.5, 0.9)
SIZE_BOUNDS = (0.03, 0.1, 0.3, 1.0)
"""USD of a cluster / depth within 1 %: a third of a decade a class."""
UNKNOWN_SIZE, ALL_SIZES = "unknown", "all"
LARGE_DEPTH_USD, MEDIUM_DEPTH_USD = 3e6, 3e5


class SweepOvershoot(Struct, frozen=True, kw_only=True):
    """Of the sweeps of one class of coins and sizes at one horizon.

    quantiles    None below MIN_CASES; then `cases` lists the sweeps by id.
    placebo_median  of the placebo medians beside them (end only); None where fewer than MIN_CASES have one.
    """

    coin_class: str
    size_class: str
    horizon: str
    unit: Unit
    count: int
    day_count: int
    quantiles: tuple[Quantile, ...] | None
    placebo_count: int
    placebo_median: float | None
    cases: tuple[str, ...]


def overshoot_table(
    sweeps: Iterable[SweepRow],
    coin_class: Mapping[str, str] | None = None,
    unit: Unit = "bp",
    seed: int = 0,
    horizons: Sequence[str] = HORIZONS,
) -> tuple[SweepOvershoot, ...]:
    """Quantiles 10, 50 and 90 of the overshoot, by class and horizon; classes without a case are left out.

    coin_class  by coin; None: by the median depth of each coin's own sweeps (`class_by_depth`).

    Sweeps with a gap are left out: without a path their extreme is not known. At the end all that entered count, those
    that turned inside with an overshoot below 0; at 1 min, 5 min and 1 h after the crossing only those that crossed.
    The same rows give the same table, in any order.
    """
    rows = sorted((row for row in sweeps if not row.gap and row.ended_ms is not None), key=lambda row: row.sweep_id)
    classes = class_by_depth(rows) if coin_class is None else coin_class
    groups: dict[tuple[str, str], list[SweepRow]] = {}
    for row in rows:
        of_coin = classes.get(row.coin, UNKNOWN_SIZE)
        for size in (ALL_SIZES, size_class(row.usd_at_entry, row.depth_usd)):
            groups.setdefault((of_coin, size), []).append(row)
    found = []
    for (of_coin, size), members in sorted(groups.items()):
        for horizon in horizons:
            one = _of_group(of_coin, size, horizon, unit, members, seed)
            if one is not None:
                found.append(one)
    return tuple(found)


def size_class(usd: float | None, depth_usd: float | None) -> str:
    """Class of a cluster by its USD / depth within 1 %, as `0.1-0.3`; `unknown` without a book."""
    if usd is None or depth_usd is None or not depth_usd > 0.0:
        return UNKNOWN_SIZE
    place = int(np.searchsorted(SIZE_BOUNDS, usd / depth_usd, side="right"))
    if place == 0:
        return f"<{SIZE_BOUNDS[0]:g}"
    if place == len(SIZE_BOUNDS):
        return f">={SIZE_BOUNDS[-1]:g}"
    return f"{SIZE_BOUNDS[place - 1]:g}-{SIZE_BOUNDS[place]:g}"


def class_by_depth(sweeps: Iterable[SweepRow]) -> dict[str, str]:
    """Class of each coin by the median depth within 1 % at its sweeps: deep, medium, thin, or unknown."""
    depths: dict[str, list[float]] = {}
    for row in sweeps:
        depths.setdefault(row.coin, []).extend([] if row.depth_usd is None else [row.depth_usd])
    return {coin: depth_class(float(np.median(given))) if given else UNKNOWN_SIZE for coin, given in depths.items()}


def depth_class(depth_usd: float) -> str:
    """Class of a coin by its depth within 1 %: deep, medium or thin."""
    if depth_usd >= LARGE_DEPTH_USD:
        return "deep"
    return "medium" if depth_usd >= MEDIUM_DEPTH_USD else "thin"


def _of_group(
    coin_class: str, size: str, horizon: str, unit: Unit, rows: list[SweepRow], seed: int
) -> SweepOvershoot | None:
    name = f"overshoot_{unit}" if horizon == "end" else f"overshoot_{horizon}_{unit}"
    given = [(row, float(value)) for row in rows if (value := getattr(row, name)) is not None]
    if not given:
        return None
    values = np.array([value for _, value in given])
    day = np.array([row.entered_ms // DAY_MS for row, _ in given])
    placebos = [] if horizon != "end" else [_placebo(row, unit) for row, _ in given]
    known = [each for each in placebos if each is not None]
    is_enough = len(given) >= MIN_CASES
    text = f"{seed}/{coin_class}/{size}/{horizon}/{unit}"
    return SweepOvershoot(
        coin_class=coin_class,
        size_class=size,
        horizon=horizon,
        unit=unit,
        count=len(given),
        day_count=len(np.unique(day)),
        quantiles=weighted_quantiles(values, day, text, QUANTILES) if is_enough else None,
        placebo_count=len(known),
        placebo_median=float(np.median(known)) if len(known) >= MIN_CASES else None,
        cases=() if is_enough else tuple(row.sweep_id for row, _ in given),
    )


def _placebo(row: SweepRow, unit: Unit) -> float | None:
    if row.placebo_overshoot_bp is None or unit == "bp":
        return row.placebo_overshoot_bp
    return row.placebo_overshoot_bp / row.sigma_1m_bp if row.sigma_1m_bp else None
