"""Setups as tables: one row a cluster with the record of its evidence, one row a piece of evidence."""

from __future__ import annotations

import polars

from liqscape.service.answers.setups import (
    EvidenceAnswer,
    OutcomeShareAnswer,
    SetupAnswer,
    SetupRecordAnswer,
    SetupsAnswer,
)
from liqscape.service.tables.of_records import part_columns, record_table, with_envelope

OF_RECORD = {"distance_class": "distance_class", "count": "record_count", "day_count": "record_day_count"}
OUTCOMES = ("reached", "swept")
FIGURES = ("hits", "count", "share", "low", "high")
EVIDENCE = ("cluster", "name", "value", "state", "unit", "is_met", "rule")


def setup_table(answer: SetupsAnswer) -> polars.DataFrame:
    """One row a cluster, nearest first: its combination and what came of earlier ones with the same."""
    records = [row.record for row in answer.setups]
    columns = part_columns(records, SetupRecordAnswer, OF_RECORD)
    for outcome in OUTCOMES:
        names = {figure: f"{outcome}_{figure}" for figure in FIGURES}
        columns += part_columns([getattr(record, outcome) for record in records], OutcomeShareAnswer, names)
    columns += part_columns(records, SetupRecordAnswer, {"note": "record_note"})
    table = record_table(answer.setups, SetupAnswer).hstack(columns)
    return with_envelope(table, answer.as_of_ms, answer.provenance, coin=answer.coin, mark=answer.mark)


def evidence_table(answer: SetupsAnswer) -> polars.DataFrame:
    """One row a cluster and piece of evidence; `cluster` is the row of the cluster, a word stands in `state`."""
    found = [(row, each) for row, setup in enumerate(answer.setups) for each in setup.evidence]
    values = [each.value for _, each in found]
    pieces = record_table([each for _, each in found], EvidenceAnswer).with_columns(
        polars.Series("cluster", [row for row, _ in found], polars.Int64),
        polars.Series("value", [None if isinstance(value, str) else value for value in values], polars.Float64),
        polars.Series("state", [value if isinstance(value, str) else None for value in values], polars.String),
    )
    table = pieces.select(EVIDENCE)
    assert set(EvidenceAnswer.__struct_fields__) <= {*table.columns}
    return with_envelope(table, answer.as_of_ms, answer.provenance, coin=answer.coin, mark=answer.mark)
