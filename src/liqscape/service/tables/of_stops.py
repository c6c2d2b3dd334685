"""Advice on a stop as tables: clusters with their overshoots, next stops with their sizes, odds."""

from __future__ import annotations

from collections.abc import Sequence

import polars
from msgspec import Struct

from liqscape.insight.advice.records import ClusterOvershoot, OwnLevel, StopSizing
from liqscape.service.answers.stop import NextStopRow, StopAnswer, StopCluster, TouchOdds
from liqscape.service.tables.of_records import columns_of, record_table, with_envelope

OF_SIZING = ("risk_usd", "size", "notional", "loss_per_coin", "loss_usd", "slippage", "slippage_source")
OF_LEVEL = ("solo", "joint", "is_before_stop")


def stop_cluster_table(answer: StopAnswer) -> polars.DataFrame:
    """One row a cluster, in the order in which the mark meets them."""
    table = record_table(answer.clusters, StopCluster)
    overshoot = record_table([row.overshoot for row in answer.clusters], ClusterOvershoot)
    renamed = overshoot.rename({"source": "overshoot_source"})
    return _of(answer, table.hstack(renamed.get_columns()))


def next_stop_table(answer: StopAnswer) -> polars.DataFrame:
    """One row a next stop: size and liquidation price beside it, null where its overshoot is unknown."""
    rows = answer.next_stops
    columns = [
        *_columns([row.sizing for row in rows], StopSizing, OF_SIZING),
        *_columns([row.liquidation for row in rows], OwnLevel, OF_LEVEL),
    ]
    table = record_table(rows, NextStopRow, without=("reasons",)).hstack(columns)
    return _of(answer, table.rename({"solo": "liquidation_solo", "joint": "liquidation_joint"}))


def touch_table(answer: StopAnswer) -> polars.DataFrame:
    """One row a horizon; none without a record."""
    return _of(answer, record_table(answer.odds or [], TouchOdds))


def _of(answer: StopAnswer, table: polars.DataFrame) -> polars.DataFrame:
    return with_envelope(table, answer.as_of_ms, answer.provenance, coin=answer.coin)


def _columns(records: Sequence[Struct | None], kind: type[Struct], names: tuple[str, ...]) -> list[polars.Series]:
    """Fields of records of a kind as columns, null where there is no record."""
    dtypes = {column.field: column.dtype for column in columns_of(kind)}
    return [
        polars.Series(name, [None if each is None else getattr(each, name) for each in records], dtypes[name])
        for name in names
    ]
