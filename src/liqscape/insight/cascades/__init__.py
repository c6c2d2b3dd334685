"""Runs of liquidations of one coin and direction: how they stand, and what price did after (docs/clusters.md)."""

from liqscape.insight.cascades.forced import ForcedFlows
from liqscape.insight.cascades.table import OutcomeShare, outcome_table
from liqscape.insight.cascades.tracker import CascadeMinute, CascadeTracker

__all__ = ["CascadeMinute", "CascadeTracker", "ForcedFlows", "OutcomeShare", "outcome_table"]
