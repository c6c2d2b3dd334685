"""Clusters tied through time by who is in them (docs/clusters.md, "Identity")."""

from liqscape.insight.identity.records import EndedCluster, TrackedCluster, TrackedClusters

__all__ = ["EndedCluster", "TrackedCluster", "TrackedClusters"]
