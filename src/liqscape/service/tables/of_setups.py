"""Setups as tables: one row a cluster with the record of its evidence, one row a piece of evidence."""

from __future__ import annotations

import polars

from liqscape.service.answers.setups import EvidenceAnswer, SetupAnswer, SetupsAnswer
from liqscape.service.tables.of_records import record_table, with_envelope

OUTCOMES = ("reached", "swept")
FIGURES = ("hits", "count", "share", "low", "high")


def setup_table(answer: SetupsAnswer) -> polars.DataFrame:
    """One row a cluster, nearest first: its combination and what came of earlier ones with the same."""
    rows = answer.setups
    table = record_table(rows, SetupAnswer, without=("evidence",)).with_columns(
        polars.Series("distance_class", [row.record.distance_class for row in rows], polars.String),
        polars.Series("record_count", [row.record.count for row in rows], polars.Int64),
        polars.Series("record_day_count", [row.record.day_count for row in rows], polars.Int64),
        *(
            polars.Series(
                f"{outcome}_{figure}",
                [getattr(getattr(row.record, outcome), figure) for row in rows],
                polars.Int64 if figure in ("hits", "count") else polars.Float64,
            )
            for outcome in OUTCOMES
            for figure in FIGURES
        ),
        polars.Series("record_note", [row.record.note for row in rows], polars.String),
    )
    return with_envelope(table, answer.as_of_ms, answer.provenance, coin=answer.coin, mark=answer.mark)


def evidence_table(answer: SetupsAnswer) -> polars.DataFrame:
    """One row a cluster and piece of evidence; `cluster` is the row of the cluster, a word stands in `state`."""
    found = [(row, each) for row, setup in enumerate(answer.setups) for each in setup.evidence]
    pieces = [each for _, each in found]
    table = polars.DataFrame(
        {
            "cluster": polars.Series([row for row, _ in found], dtype=polars.Int64),
            "name": polars.Series([each.name for each in pieces], dtype=polars.String),
            "value": polars.Series(
                [None if isinstance(each.value, str) else each.value for each in pieces], dtype=polars.Float64
            ),
            "state": polars.Series(
                [each.value if isinstance(each.value, str) else None for each in pieces], dtype=polars.String
            ),
            **{
                name: polars.Series([getattr(each, name) for each in pieces], dtype=dtype)
                for name, dtype in (("unit", polars.String), ("is_met", polars.Boolean), ("rule", polars.String))
            },
        }
    )
    assert set(EvidenceAnswer.__struct_fields__) <= {*table.columns}
    return with_envelope(table, answer.as_of_ms, answer.provenance, coin=answer.coin, mark=answer.mark)
