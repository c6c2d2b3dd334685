"""The scorecard as tables: one row a class and horizon."""

from __future__ import annotations

from collections.abc import Sequence

import polars

from liqscape.insight.score.fates import FATES
from liqscape.insight.score.records import (
    AsymmetryRelation,
    ErrorQuantile,
    FateShare,
    LevelError,
    LevelScore,
    RankCorrelation,
    RecallScore,
    ScoredShare,
    ScorePower,
    Unjudged,
)
from liqscape.service.answers.score import ScoreAnswer
from liqscape.service.tables.of_records import part_columns, record_table, with_envelope

ENDS = ("share", "low", "high")
NEAR = ("on_map", "within_0_1", "within_0_5", "within_1")
QUANTILES = (0.1, 0.5, 0.9)


def level_score_table(answer: ScoreAnswer) -> polars.DataFrame:
    """One row a class and horizon, each fate in columns: count, USD, share by count and by USD with their intervals."""
    rows = answer.levels
    columns = []
    for place, fate in enumerate(FATES):
        given = [row.fates[place] for row in rows]
        columns += part_columns(given, FateShare, {"count": f"{fate}_count", "usd": f"{fate}_usd"})
        columns += _shares(fate, [each.share for each in given])
        columns += _shares(f"{fate}_usd", [each.usd_share for each in given])
    return _of(answer, record_table(rows, LevelScore), columns)


def level_error_table(answer: ScoreAnswer) -> polars.DataFrame:
    """One row a class, horizon and evidence: quantiles of 1e4 (mark / level - 1) with their intervals."""
    columns = []
    for place, quantile in enumerate(QUANTILES):
        given = [None if row.quantiles_bp is None else row.quantiles_bp[place] for row in answer.errors]
        name = f"q{100 * quantile:.0f}"
        columns += part_columns(
            given, ErrorQuantile, {"value": f"{name}_bp", "low": f"{name}_low_bp", "high": f"{name}_high_bp"}
        )
    return _of(answer, record_table(answer.errors, LevelError), columns)


def recall_table(answer: ScoreAnswer) -> polars.DataFrame:
    """One row a class and horizon; none where recall is not measurable."""
    rows = answer.recall.rows
    names = [f"{name}{unit}" for unit in ("", "_usd") for name in NEAR]
    columns = [each for name in names for each in _shares(name, [getattr(row, name) for row in rows])]
    return _of(answer, record_table(rows, RecallScore), columns)


def asymmetry_relation_table(answer: ScoreAnswer) -> polars.DataFrame:
    """One row a distance and horizon."""
    names = {"value": "correlation", "low": "correlation_low", "high": "correlation_high"}
    columns = part_columns([row.correlation for row in answer.asymmetry], RankCorrelation, names)
    return _of(answer, record_table(answer.asymmetry, AsymmetryRelation), columns)


def power_table(answer: ScoreAnswer) -> polars.DataFrame:
    """One row a figure and horizon."""
    return _of(answer, record_table(answer.power, ScorePower), [])


def unjudged_table(answer: ScoreAnswer) -> polars.DataFrame:
    """One row a reason and horizon."""
    return _of(answer, record_table(answer.unjudged, Unjudged), [])


def _shares(name: str, given: Sequence[ScoredShare | None]) -> list[polars.Series]:
    return part_columns(given, ScoredShare, {end: f"{name}_{end}" for end in ENDS})


def _of(answer: ScoreAnswer, table: polars.DataFrame, columns: Sequence[polars.Series]) -> polars.DataFrame:
    return with_envelope(table.with_columns(columns), answer.as_of_ms, answer.provenance)
