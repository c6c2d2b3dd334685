"""What happens to clusters of levels through time. Pure (docs/clusters.md)."""
