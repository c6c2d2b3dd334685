"""Trigger orders as tables: bands, levels with a stop before them, absorption, totals, clusters, what is left out."""

from __future__ import annotations

from typing import TypeVar

import msgspec
import polars

from liqscape.service.answers.triggers import (
    LeftOutOrders,
    StoppedLevelColumns,
    TriggerBandColumns,
    TriggerClusterAnswer,
    TriggersAnswer,
    TriggerTotal,
)
from liqscape.service.tables.of_records import column_table, record_table, with_envelope

Columns = TypeVar("Columns", bound=msgspec.Struct)


def trigger_band_table(answer: TriggersAnswer) -> polars.DataFrame:
    """One row a band and kind, by price; none where no trigger orders are read."""
    return _of(answer, column_table(answer.bands or _no_rows(TriggerBandColumns)))


def stopped_table(answer: TriggersAnswer) -> polars.DataFrame:
    """One row a liquidation band and side, by price; none where no trigger orders are read."""
    return _of(answer, column_table(answer.levels or _no_rows(StoppedLevelColumns)))


def absorption_table(answer: TriggersAnswer) -> polars.DataFrame:
    """One row a price, rising; null is not known."""
    return _of(answer, column_table(answer.absorption))


def total_table(answer: TriggersAnswer) -> polars.DataFrame:
    """One row a kind."""
    return _of(answer, record_table(answer.totals or [], TriggerTotal))


def trigger_cluster_table(answer: TriggersAnswer) -> polars.DataFrame:
    """One row a cluster, largest first."""
    return _of(answer, record_table(answer.clusters or [], TriggerClusterAnswer))


def left_out_table(answer: TriggersAnswer) -> polars.DataFrame:
    """One row a reason that any order has."""
    return _of(answer, record_table(answer.left_out or [], LeftOutOrders))


def _no_rows(kind: type[Columns]) -> Columns:
    return kind(**{name: [] for name in kind.__struct_fields__})


def _of(answer: TriggersAnswer, rows: polars.DataFrame) -> polars.DataFrame:
    return with_envelope(rows, answer.as_of_ms, answer.provenance, coin=answer.coin, mark=answer.mark)
