"""Clusters tied through time by who is in them (docs/clusters.md, "Identity")."""

from liqscape.insight.identity.records import ClusterSpan, EndedCluster, TrackedCluster, TrackedClusters
from liqscape.insight.identity.rules import RULES, IdentityRules
from liqscape.insight.identity.span_ages import SpanAge, SpanAges
from liqscape.insight.identity.tracker import ClusterTracker

__all__ = [
    "RULES",
    "ClusterSpan",
    "ClusterTracker",
    "EndedCluster",
    "IdentityRules",
    "SpanAge",
    "SpanAges",
    "TrackedCluster",
    "TrackedClusters",
]
