"""Sweeps of clusters, decided on the mark (docs/clusters.md, "Sweeps")."""

from liqscape.insight.sweeps.edge_watch import EdgeWatch, ProvisionalSweep, watched_edges
from liqscape.insight.sweeps.overshoot import SweepOvershoot, overshoot_table
from liqscape.insight.sweeps.records import NO_EDGES, SweepRows, SweepStanding, WatchedEdge, WatchedEdges
from liqscape.insight.sweeps.tracker import SweepTracker

__all__ = [
    "NO_EDGES",
    "EdgeWatch",
    "ProvisionalSweep",
    "SweepOvershoot",
    "SweepRows",
    "SweepStanding",
    "SweepTracker",
    "WatchedEdge",
    "WatchedEdges",
    "overshoot_table",
    "watched_edges",
]
