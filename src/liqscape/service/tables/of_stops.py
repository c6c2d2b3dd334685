"""Advice on a stop as tables: clusters with their overshoots, next stops with their sizes, odds."""

from __future__ import annotations

import polars

from liqscape.insight.advice.records import ClusterOvershoot, OwnLevel, StopSizing
from liqscape.service.answers.stop import NextStopRow, StopAnswer, StopCluster, TouchOdds
from liqscape.service.tables.of_records import part_columns, record_table, with_envelope

OF_SIZING = ("risk_usd", "size", "notional", "loss_per_coin", "loss_usd", "slippage", "slippage_source")
OF_LEVEL = {"solo": "liquidation_solo", "joint": "liquidation_joint", "is_before_stop": "is_before_stop"}


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
        *part_columns([row.sizing for row in rows], StopSizing, {name: name for name in OF_SIZING}),
        *part_columns([row.liquidation for row in rows], OwnLevel, OF_LEVEL),
    ]
    return _of(answer, record_table(rows, NextStopRow, without=("reasons",)).hstack(columns))


def touch_table(answer: StopAnswer) -> polars.DataFrame:
    """One row a horizon; none without a record."""
    return _of(answer, record_table(answer.odds or [], TouchOdds))


def _of(answer: StopAnswer, table: polars.DataFrame) -> polars.DataFrame:
    return with_envelope(table, answer.as_of_ms, answer.provenance, coin=answer.coin)
