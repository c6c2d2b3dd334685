"""How sure what a band holds is: low and high USD (docs/intervals.md)."""

from liqscape.insight.intervals.bands import BandIntervals, WaitingAccounts, band_intervals
from liqscape.insight.intervals.held import HeldPositions, held_levels
from liqscape.insight.intervals.rules import IntervalRules

__all__ = ["BandIntervals", "HeldPositions", "IntervalRules", "WaitingAccounts", "band_intervals", "held_levels"]
