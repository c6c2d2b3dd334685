"""Answers of a study as tables, in their order; and the columns of its stored tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import polars

from liqscape.insight.study_rows import TABLES
from liqscape.service.answers.cascade_states import (
    CascadesAnswer,
    CascadeStateRow,
    OutcomesAnswer,
    OutcomeShares,
)
from liqscape.service.answers.cluster_changes import ChangeAnswer, ClusterChangesAnswer
from liqscape.service.answers.clusters import ClustersAnswer
from liqscape.service.answers.events import EventAnswer, EventsAnswer
from liqscape.service.answers.study_parts import NeedRow, StudyAnswer
from liqscape.service.answers.sweeps import OvershootAnswer, OvershootRow, SweepAnswer, SweepsAnswer
from liqscape.service.answers.tracked import ClusterLifeAnswer, LifeReason, TrackedClusterRow
from liqscape.service.tables.of_records import record_table, with_envelope


@cache
def empty_table(name: str) -> polars.DataFrame:
    """The columns of a stored table of a study, without rows."""
    return record_table([], TABLES[name])


def need_table(answer: StudyAnswer, needs: Mapping[str, NeedRow]) -> polars.DataFrame:
    """One row a figure."""
    return _of(answer, record_table(list(needs.values()), NeedRow))


def tracked_table(answer: ClustersAnswer) -> polars.DataFrame:
    """One row a cluster with its identity, longest held first."""
    return with_envelope(record_table(answer.tracked, TrackedClusterRow), answer.as_of_ms, answer.provenance)


def life_table(answer: ClusterLifeAnswer) -> polars.DataFrame:
    """One row a time at which the cluster was told, oldest first."""
    return _of(answer, record_table(answer.life, TrackedClusterRow))


def life_change_table(answer: ClusterLifeAnswer) -> polars.DataFrame:
    """One row a step and reason, by time."""
    return _of(answer, record_table(answer.changes, LifeReason))


def life_sweep_table(answer: ClusterLifeAnswer) -> polars.DataFrame:
    """One row a sweep, newest first."""
    return _of(answer, record_table(answer.sweeps, SweepAnswer))


def change_table(answer: ClusterChangesAnswer) -> polars.DataFrame:
    """One row a cluster, minute and reason, newest first."""
    return _of(answer, record_table(answer.changes, ChangeAnswer))


def sweep_table(answer: SweepsAnswer) -> polars.DataFrame:
    """One row a sweep, newest first."""
    return _of(answer, record_table(answer.sweeps, SweepAnswer))


def event_table(answer: EventsAnswer) -> polars.DataFrame:
    """One row a liquidation with its impact, newest first."""
    return _of(answer, record_table(answer.events, EventAnswer))


def cascade_state_table(answer: CascadesAnswer) -> polars.DataFrame:
    """One row a change of state, newest first."""
    return _of(answer, record_table(answer.cascades, CascadeStateRow))


def overshoot_table(answer: OvershootAnswer) -> polars.DataFrame:
    """One row a class of coins, a size of clusters and a horizon."""
    return _of(answer, record_table(answer.rows, OvershootRow))


def outcome_share_table(answer: OutcomesAnswer) -> polars.DataFrame:
    """One row a horizon."""
    return _of(answer, record_table(answer.rows, OutcomeShares))


def _of(answer: StudyAnswer, rows: polars.DataFrame) -> polars.DataFrame:
    return with_envelope(rows, answer.as_of_ms, answer.provenance)
