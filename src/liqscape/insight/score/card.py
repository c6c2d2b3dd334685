"""From tables of days to the scorecard: sums by class, shares with their intervals (docs/score.md).

Tables are columns with `day` (days since 1970) and `coin` beside those of the day's rows. The same rows give the same
card, in any order of days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from liqscape.insight.score.classes import AGE_WORDS, DISTANCE_WORDS, SOURCE_WORDS
from liqscape.insight.score.fates import FATES
from liqscape.insight.score.records import (
    ErrorQuantile,
    FateShare,
    LevelError,
    LevelScore,
    RecallScore,
    ScoredShare,
)
from liqscape.insight.statistics import MIN_CASES, DayDraws, weighted_quantiles, wilson
from liqscape.units import AnyArray, BoolArray, Float64Array, Int64Array

Table = Mapping[str, AnyArray]

ORDER = {"side": ("long", "short"), "distance": DISTANCE_WORDS, "age": AGE_WORDS, "margin_source": SOURCE_WORDS}
LEVEL_CLASSES = ("all", "coin", "side", "distance", "age", "margin_source")
QUANTILES = (0.1, 0.5, 0.9)
NEAR_BP = {"within_0_1": 10.0, "within_0_5": 50.0, "within_1": 100.0}
ALL = "all"


def level_scores(cells: Table, horizons: tuple[str, ...]) -> tuple[LevelScore, ...]:
    """One row a class and horizon; classes without a level are left out."""
    days, place = np.unique(cells["day"], return_inverse=True)
    draws = DayDraws("levels", len(days)) if len(days) else None
    found = []
    for by, key, horizon, rows in _groups(cells, LEVEL_CLASSES, horizons):
        assert draws is not None
        found.append(_level_score((by, key, horizon), cells, rows, place[rows], draws))
    return tuple(found)


def level_errors(forced: Table, horizons: tuple[str, ...]) -> tuple[LevelError, ...]:
    """Errors of levels of liquidations that the map had one of, by class, horizon and evidence."""
    known = np.isfinite(forced["error_bp"])
    found = []
    for by, key, horizon, rows in _groups(forced, ("all", "coin", "age", "margin_source"), horizons):
        for evidence, is_own in (("exact", forced["is_exact"]), ("inferred", ~forced["is_exact"])):
            own = rows[known[rows] & is_own[rows]]
            if not len(own):
                continue
            text = f"error/{by}/{key}/{horizon}/{evidence}"
            found.append(
                LevelError(
                    by=by,
                    key=key,
                    horizon=horizon,
                    evidence=evidence,
                    count=len(own),
                    day_count=len(np.unique(forced["day"][own])),
                    quantiles_bp=_quantiles(forced["error_bp"][own], forced["day"][own], text),
                )
            )
    return tuple(found)


def recall_scores(forced: Table, horizons: tuple[str, ...]) -> tuple[RecallScore, ...]:
    """Shares of liquidations that stood on the map. Only for a list of everybody's: else they say nothing of recall.

    Liquidations before which no frame is stored are left out.
    """
    days, place = np.unique(forced["day"], return_inverse=True)
    draws = DayDraws("recall", len(days)) if len(days) else None
    judged = forced["status"] != "no frame"
    is_on_map = np.isin(forced["status"], ("level", "no level"))
    with np.errstate(invalid="ignore"):
        hits = {"on_map": is_on_map} | {name: np.abs(forced["error_bp"]) <= bound for name, bound in NEAR_BP.items()}
    found = []
    for by, key, horizon, rows in _groups(forced, ("all", "coin", "side"), horizons):
        own = rows[judged[rows]]
        if not len(own):
            continue
        assert draws is not None
        usd = forced["usd"][own]
        shares: dict[str, ScoredShare | None] = {}
        for name, hit in hits.items():
            shares[name] = _ratio(hit[own], np.ones(len(own)), place[own], draws)
            shares[f"{name}_usd"] = _ratio(hit[own], usd, place[own], draws)
        found.append(
            RecallScore(
                by=by,
                key=key,
                horizon=horizon,
                count=len(own),
                usd=float(usd.sum()),
                day_count=len(np.unique(place[own])),
                opened_later_count=int((forced["status"][own] == "not open").sum()),
                not_known_count=int((forced["status"][own] == "not known").sum()),
                **shares,
            )
        )
    return tuple(found)


def _groups(
    table: Table, classes: tuple[str, ...], horizons: tuple[str, ...]
) -> Iterator[tuple[str, str, str, Int64Array]]:
    """(by, key, horizon, rows) of every class with a row, in a fixed order."""
    for by in classes:
        keys = [ALL] if by == ALL else _keys(by, table[by])
        for key in keys:
            is_own = np.ones(len(table["horizon"]), np.bool_) if by == ALL else table[by] == key
            for horizon in horizons:
                rows = np.flatnonzero(is_own & (table["horizon"] == horizon))
                if len(rows):
                    yield by, key, horizon, rows


def _keys(by: str, values: AnyArray) -> list[str]:
    there = set(values.tolist())
    return [key for key in ORDER[by] if key in there] if by in ORDER else sorted(there)


def _level_score(
    name: tuple[str, str, str], cells: Table, rows: Int64Array, place: Int64Array, draws: DayDraws
) -> LevelScore:
    def by_day(column: str) -> Float64Array:
        return np.bincount(place, cells[column][rows], draws.day_count).astype(np.float64)

    def whole(column: str) -> int:
        return int(cells[column][rows].sum())

    window_count, crossed_usd = whole("window_count"), by_day("crossed_usd")
    is_enough = window_count >= MIN_CASES
    fates = []
    for fate in FATES:
        usd = by_day(f"{fate}_usd")
        share = wilson(whole(f"{fate}_window_count"), window_count) if is_enough else None
        fates.append(
            FateShare(
                fate=fate,
                count=whole(f"{fate}_count"),
                usd=float(usd.sum()),
                share=None if share is None else ScoredShare(share=share.share, low=share.low, high=share.high),
                usd_share=_share_of(usd, crossed_usd, draws) if is_enough else None,
            )
        )
    by, key, horizon = name
    return LevelScore(
        by=by,
        key=key,
        horizon=horizon,
        day_count=len(np.unique(place)),
        predicted_count=whole("predicted_count"),
        predicted_usd=float(by_day("predicted_usd").sum()),
        crossed_count=whole("crossed_count"),
        crossed_usd=float(crossed_usd.sum()),
        window_count=window_count,
        inferred_usd=float(by_day("inferred_usd").sum()),
        fates=tuple(fates),
    )


def _ratio(hit: BoolArray, weight: Float64Array, place: Int64Array, draws: DayDraws) -> ScoredShare | None:
    if len(hit) < MIN_CASES:
        return None
    top, bottom = (
        np.bincount(place, each, draws.day_count).astype(np.float64) for each in (np.where(hit, weight, 0.0), weight)
    )
    return _share_of(top, bottom, draws)


def _share_of(top: Float64Array, bottom: Float64Array, draws: DayDraws) -> ScoredShare | None:
    whole = float(bottom.sum())
    if not whole > 0.0:
        return None
    low, high = draws.ratio(top, bottom) if np.count_nonzero(bottom) > 1 else (None, None)
    return ScoredShare(share=float(top.sum()) / whole, low=low, high=high)


def _quantiles(values: Float64Array, day: Int64Array, text: str) -> tuple[ErrorQuantile, ...] | None:
    if len(values) < MIN_CASES:
        return None
    return tuple(
        ErrorQuantile(quantile=each.quantile, value=each.value, low=each.low, high=each.high)
        for each in weighted_quantiles(values, day, text, QUANTILES)
    )
