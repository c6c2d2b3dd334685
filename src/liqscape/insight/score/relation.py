"""Whether the map's asymmetry goes with the return after it, once the return before is held fixed (docs/score.md).

Ranks are of each coin's own hours, so that no coin counts for its scale; coins of a day are drawn together, for they
move together. Partial correlation of x (asymmetry) and y (return after) given z (return of the last 24 hours):

    r = (r_xy - r_xz r_yz) / sqrt((1 - r_xz^2) (1 - r_yz^2))
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from liqscape.heatmap.asymmetry import DISTANCES_PERCENT
from liqscape.insight.score.power import detectable_correlation
from liqscape.insight.score.records import AsymmetryRelation, RankCorrelation
from liqscape.insight.statistics import MIN_CASES, DayDraws
from liqscape.units import DAY_MS, AnyArray, Float64Array

MEASURED, NOTHING, NOT_ENOUGH = "measured", "no relation measured", "not enough"


def asymmetry_relations(rows: Mapping[str, AnyArray], horizons: tuple[str, ...]) -> tuple[AsymmetryRelation, ...]:
    """Every distance and horizon. rows: those of `score_returns` with `coin`; hours that overlap are left out."""
    found = []
    for horizon in horizons:
        own = np.flatnonzero((rows["horizon"] == horizon) & rows["is_apart"])
        found += [_relation(rows, own, percent, horizon) for percent in DISTANCES_PERCENT]
    return tuple(found)


def partial_rank_correlation(
    x: Float64Array, y: Float64Array, z: Float64Array, group: AnyArray, block: AnyArray, text: str
) -> RankCorrelation | None:
    """Of ranks within each group, x and y given z; blocks are drawn again as wholes. None: nothing varies.

    Fewer blocks than MIN_CASES give no interval: drawn again they would hardly differ.
    """
    from scipy.stats import rankdata

    ranked = np.empty((3, len(x)))
    for name in np.unique(group):
        own = np.flatnonzero(group == name)
        for row, values in enumerate((x, y, z)):
            ranked[row, own] = (rankdata(values[own]) - 0.5) / len(own) - 0.5
    blocks, place = np.unique(block, return_inverse=True)
    products = np.stack([np.ones(len(x)), *ranked, *[ranked[a] * ranked[b] for a, b in _PAIRS]])
    sums: Float64Array = np.stack([np.bincount(place, row, len(blocks)) for row in products]).astype(np.float64)
    value = float(_partial(sums.sum(axis=1, keepdims=True))[0])
    if not np.isfinite(value):
        return None
    low = high = None
    if len(blocks) >= MIN_CASES:
        draws = DayDraws(text, len(blocks))
        low, high = draws.ends(_partial(sums @ draws.times.T))
    return RankCorrelation(value=value, low=low, high=high)


_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))


def _partial(sums: Float64Array) -> Float64Array:
    """(D,) partial correlations of (10, D) sums: count, x, y, z, and their products by pair."""
    count, mean = sums[0], sums[1:4] / sums[0]
    moment = {pair: sums[4 + row] / count - mean[pair[0]] * mean[pair[1]] for row, pair in enumerate(_PAIRS)}
    with np.errstate(invalid="ignore", divide="ignore"):
        xy, xz, yz = (
            moment[pair] / np.sqrt(moment[pair[0], pair[0]] * moment[pair[1], pair[1]]) for pair in _PAIRS[3:]
        )
        found: Float64Array = (xy - xz * yz) / np.sqrt((1.0 - xz**2) * (1.0 - yz**2))
    return found


def _relation(rows: Mapping[str, AnyArray], own: AnyArray, percent: float, horizon: str) -> AsymmetryRelation:
    x, y, z = (rows[name][own] for name in (f"imbalance_{percent:g}", "return_after", "return_before"))
    known = np.isfinite(x) & np.isfinite(y) & np.isfinite(z)
    own = own[known]
    times = rows["time_ms"][own]
    windows, days = len(np.unique(times)), len(np.unique(times // DAY_MS))
    found = None
    if windows >= MIN_CASES:
        text = f"asymmetry/{percent:g}/{horizon}"
        found = partial_rank_correlation(x[known], y[known], z[known], rows["coin"][own], times // DAY_MS, text)
    return AsymmetryRelation(
        percent=percent,
        horizon=horizon,
        count=len(own),
        window_count=windows,
        day_count=days,
        minimum_detectable=detectable_correlation(windows),
        correlation=found,
        relation=_word(found),
    )


def _word(found: RankCorrelation | None) -> str:
    if found is None or found.low is None or found.high is None:
        return NOT_ENOUGH
    return MEASURED if found.low > 0.0 or found.high < 0.0 else NOTHING
