"""Answers hold what a study holds: the same fields, null wherever a study may not know, words that it may say."""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Any, get_args, get_type_hints

import msgspec
import polars
import pytest
from made_up_study import made_up_rows

from liqscape.insight.records import CascadeState, ChangeReason, ClusterEvent, OutcomeKind, SweepOutcome, SweepState
from liqscape.insight.study_rows import TABLES
from liqscape.service.answers.cascade_states import (
    CascadeOutcomeAnswer,
    CascadeStateRow,
    CascadeStateWord,
    OutcomeWord,
)
from liqscape.service.answers.cluster_changes import ChangeAnswer, ReasonWord
from liqscape.service.answers.events import EventAnswer
from liqscape.service.answers.sweeps import SweepAnswer, SweepOutcomeWord
from liqscape.service.answers.tracked import EventWord, SweepStateWord, TrackedClusterRow
from liqscape.service.study_records import of_columns, of_memory
from liqscape.store.studies.schema import frame_of

KINDS: dict[str, type[msgspec.Struct]] = {
    "clusters": TrackedClusterRow,
    "cluster_changes": ChangeAnswer,
    "sweeps": SweepAnswer,
    "liquidation_events": EventAnswer,
    "cascades": CascadeStateRow,
    "cascade_outcomes": CascadeOutcomeAnswer,
}
ADDED = {"liquidation_events": {"band"}}
"""What an answer says beside what is stored."""


def may_be_null(kind: type[msgspec.Struct]) -> dict[str, bool]:
    return {name: type(None) in get_args(hint) for name, hint in get_type_hints(kind).items()}


@pytest.mark.parametrize("table", KINDS)
def test_an_answer_has_the_fields_of_the_table_and_may_be_null_where_they_may(table: str) -> None:
    stored, answered = may_be_null(TABLES[table]), may_be_null(KINDS[table])
    assert set(answered) == set(stored) | ADDED.get(table, set())
    assert not [name for name, is_nullable in stored.items() if is_nullable and not answered[name]]


@pytest.mark.parametrize(
    ("words", "of"),
    [
        (ReasonWord, ChangeReason),
        (SweepOutcomeWord, SweepOutcome),
        (SweepStateWord, SweepState),
        (EventWord, ClusterEvent),
        (CascadeStateWord, CascadeState),
        (OutcomeWord, OutcomeKind),
    ],
)
def test_every_word_a_study_says_is_a_word_of_the_answers(words: Any, of: type[IntEnum]) -> None:
    assert get_args(words) == tuple(each.name.lower() for each in of)


@pytest.mark.parametrize("table", KINDS)
def test_rows_in_memory_and_their_columns_give_the_same_records(table: str) -> None:
    rows, more = getattr(made_up_rows(), table), dict.fromkeys(ADDED.get(table, set()))
    kept = of_columns(frame_of(table, rows), KINDS[table])
    assert of_memory(rows, KINDS[table], **more) == kept
    assert msgspec.json.decode(msgspec.json.encode(kept), type=list[KINDS[table]]) == kept  # type: ignore[valid-type]


def test_what_is_no_number_is_null() -> None:
    rows = frame_of("sweeps", made_up_rows().sweeps).with_columns(polars.lit(math.nan).alias("sigma_1m_bp"))
    assert {row.sigma_1m_bp for row in of_columns(rows, SweepAnswer)} == {None}
