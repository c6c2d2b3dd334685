"""The scorecard as tables: one row a class and horizon."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import polars

from liqscape.insight.score.fates import FATES
from liqscape.insight.score.records import (
    AsymmetryRelation,
    LevelError,
    LevelScore,
    RankCorrelation,
    RecallScore,
    ScoredShare,
    ScorePower,
    Unjudged,
)
from liqscape.service.answers.score import ScoreAnswer
from liqscape.service.tables.of_records import record_table, with_envelope

ENDS = ("share", "low", "high")
NEAR = ("on_map", "within_0_1", "within_0_5", "within_1")
QUANTILES = (0.1, 0.5, 0.9)


def level_score_table(answer: ScoreAnswer) -> polars.DataFrame:
    """One row a class and horizon, each fate in columns: count, USD, share by count and by USD with their intervals."""
    rows = answer.levels
    columns = []
    for place, fate in enumerate(FATES):
        given = [row.fates[place] for row in rows]
        columns.append(polars.Series(f"{fate}_count", [each.count for each in given], polars.Int64))
        columns.append(polars.Series(f"{fate}_usd", [each.usd for each in given], polars.Float64))
        columns += _shares(fate, [each.share for each in given])
        columns += _shares(f"{fate}_usd", [each.usd_share for each in given])
    return _of(answer, record_table(rows, LevelScore, without=("fates",)), columns)


def level_error_table(answer: ScoreAnswer) -> polars.DataFrame:
    """One row a class, horizon and evidence: quantiles of 1e4 (mark / level - 1) with their intervals."""
    columns = []
    for place, quantile in enumerate(QUANTILES):
        given = [None if row.quantiles_bp is None else row.quantiles_bp[place] for row in answer.errors]
        for end in ("value", "low", "high"):
            name = f"q{100 * quantile:.0f}_bp" if end == "value" else f"q{100 * quantile:.0f}_{end}_bp"
            columns.append(polars.Series(name, [each and getattr(each, end) for each in given], polars.Float64))
    return _of(answer, record_table(answer.errors, LevelError, without=("quantiles_bp",)), columns)


def recall_table(answer: ScoreAnswer) -> polars.DataFrame:
    """One row a class and horizon; none where recall is not measurable."""
    rows = answer.recall.rows
    names = [f"{name}{unit}" for unit in ("", "_usd") for name in NEAR]
    columns = [each for name in names for each in _shares(name, [getattr(row, name) for row in rows])]
    return _of(answer, record_table(rows, RecallScore, without=names), columns)


def asymmetry_relation_table(answer: ScoreAnswer) -> polars.DataFrame:
    """One row a distance and horizon."""
    given: list[RankCorrelation | None] = [row.correlation for row in answer.asymmetry]
    columns = [
        polars.Series(name, [each and getattr(each, end) for each in given], polars.Float64)
        for name, end in (("correlation", "value"), ("correlation_low", "low"), ("correlation_high", "high"))
    ]
    return _of(answer, record_table(answer.asymmetry, AsymmetryRelation, without=("correlation",)), columns)


def power_table(answer: ScoreAnswer) -> polars.DataFrame:
    """One row a figure and horizon."""
    return _of(answer, record_table(answer.power, ScorePower), [])


def unjudged_table(answer: ScoreAnswer) -> polars.DataFrame:
    """One row a reason and horizon."""
    return _of(answer, record_table(answer.unjudged, Unjudged), [])


def _shares(name: str, given: Sequence[ScoredShare | None]) -> list[polars.Series]:
    values = [(None,) * 3 if each is None else msgspec.structs.astuple(each) for each in given]
    return [
        polars.Series(f"{name}_{end}", [each[place] for each in values], polars.Float64)
        for place, end in enumerate(ENDS)
    ]


def _of(answer: ScoreAnswer, table: polars.DataFrame, columns: Sequence[polars.Series]) -> polars.DataFrame:
    return with_envelope(table.with_columns(columns), answer.as_of_ms, answer.provenance)
