"""Structure of price as tables: swings, sessions, lines, volume by price, and clusters with what stands behind them."""

from __future__ import annotations

import polars

from liqscape.service.answers.structure import (
    ConfluenceAnswer,
    LineAnswer,
    NodeAnswer,
    ProfileBin,
    SessionAnswer,
    StructureAnswer,
    StructureCluster,
    SwingAnswer,
)
from liqscape.service.tables.of_records import record_table, with_envelope


def swing_table(answer: StructureAnswer) -> polars.DataFrame:
    """One row a swing, by time."""
    return _of(answer, record_table(answer.swings, SwingAnswer))


def session_table(answer: StructureAnswer) -> polars.DataFrame:
    """One row a session: present and previous day and week."""
    return _of(answer, record_table(answer.sessions, SessionAnswer))


def line_table(answer: StructureAnswer) -> polars.DataFrame:
    """One row a line of sessions, ranges and profile."""
    return _of(answer, record_table(answer.lines, LineAnswer))


def profile_table(answer: StructureAnswer) -> polars.DataFrame:
    """One row a bin of volume, by price; none without a profile."""
    bins = [] if answer.profile is None else answer.profile.bins
    return _of(answer, record_table(bins, ProfileBin))


def node_table(answer: StructureAnswer) -> polars.DataFrame:
    """One row a node of the profile, by price."""
    nodes = [] if answer.profile is None else answer.profile.nodes
    return _of(answer, record_table(nodes, NodeAnswer))


def placed_table(answer: StructureAnswer) -> polars.DataFrame:
    """One row a cluster, nearest first: its `labels` (null: unknown) and how many lines it is in confluence with."""
    rows = record_table(answer.clusters, StructureCluster, without=("labels", "confluence")).with_columns(
        polars.Series("labels", [each.labels for each in answer.clusters], polars.List(polars.String)),
        polars.Series(
            "confluence_count",
            [None if each.confluence is None else len(each.confluence) for each in answer.clusters],
            polars.Int64,
        ),
    )
    return _of(answer, rows)


def confluence_table(answer: StructureAnswer) -> polars.DataFrame:
    """One row a line just before a cluster; `cluster` is the row of that cluster among the clusters."""
    found = [(row, each) for row, cluster in enumerate(answer.clusters) for each in cluster.confluence or ()]
    rows = record_table([each for _, each in found], ConfluenceAnswer)
    places = polars.Series("cluster", [row for row, _ in found], polars.Int64)
    return _of(answer, rows.select(places, *rows.columns))


def _of(answer: StructureAnswer, rows: polars.DataFrame) -> polars.DataFrame:
    return with_envelope(rows, answer.as_of_ms, answer.provenance, coin=answer.coin, mark=answer.mark)
