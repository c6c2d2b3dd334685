"""Sweeps of clusters, decided on the mark (docs/clusters.md, "Sweeps")."""

from liqscape.insight.sweeps.edge_watch import EdgeWatch, ProvisionalSweep
from liqscape.insight.sweeps.overshoot import Quantile, SweepOvershoot, overshoot_table
from liqscape.insight.sweeps.records import SweepRows, SweepStanding, WatchedEdge
from liqscape.insight.sweeps.tracker import SweepTracker

__all__ = [
    "EdgeWatch",
    "ProvisionalSweep",
    "Quantile",
    "SweepOvershoot",
    "SweepRows",
    "SweepStanding",
    "SweepTracker",
    "WatchedEdge",
    "overshoot_table",
]
