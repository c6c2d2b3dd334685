"""What liquidations moved: mids before and after, beside times without one (docs/clusters.md, "Liquidation events")."""

from liqscape.insight.impact.watch import ImpactWatch

__all__ = ["ImpactWatch"]
