"""Auto-deleveraging as tables."""

from __future__ import annotations

import polars

from liqscape.service.answers.deleveraging import (
    AccountDeleveragingAnswer,
    ClusterDeleveraging,
    DeleveragingAnswer,
    DeleveragingPayer,
    QueuedPosition,
    QueueRank,
)
from liqscape.service.tables.of_records import record_table, with_envelope


def cluster_risk_table(answer: DeleveragingAnswer) -> polars.DataFrame:
    """One row a cluster, nearest first."""
    rows = record_table(answer.clusters, ClusterDeleveraging)
    return with_envelope(rows, answer.as_of_ms, answer.provenance, coin=answer.coin, mark=answer.mark)


def payer_table(answer: DeleveragingAnswer) -> polars.DataFrame:
    """One row a winner and coin of each cluster, with the cluster's far edge."""
    rows = [payer for cluster in answer.clusters for payer in cluster.payers]
    edges = [cluster.far_edge for cluster in answer.clusters for _ in cluster.payers]
    table = record_table(rows, DeleveragingPayer)
    return table.select(polars.Series("far_edge", edges, polars.Float64), *table.columns)


def rank_table(answer: AccountDeleveragingAnswer) -> polars.DataFrame:
    """One row a position and score."""
    rows = [(position, rank) for position in answer.rows for rank in position.ranks]
    positions = record_table([position for position, _ in rows], QueuedPosition)
    ranks = record_table([rank for _, rank in rows], QueueRank)
    table = polars.concat([positions, ranks], how="horizontal")
    return with_envelope(table, answer.as_of_ms, answer.provenance, address=answer.address)
