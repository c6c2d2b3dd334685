"""Clusters tied through time by who is in them (docs/clusters.md, "Identity")."""

from liqscape.insight.identity.records import EndedCluster, TrackedCluster, TrackedClusters
from liqscape.insight.identity.rules import RULES, IdentityRules
from liqscape.insight.identity.tracker import ClusterTracker

__all__ = ["RULES", "ClusterTracker", "EndedCluster", "IdentityRules", "TrackedCluster", "TrackedClusters"]
