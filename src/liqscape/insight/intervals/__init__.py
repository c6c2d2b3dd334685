"""How sure what a band holds is: low and high USD (docs/intervals.md)."""

from liqscape.insight.intervals.bands import BandIntervals, WaitingAccounts, band_intervals
from liqscape.insight.intervals.held import HeldLevels, held_levels
from liqscape.insight.intervals.rules import IntervalRules

__all__ = ["BandIntervals", "HeldLevels", "IntervalRules", "WaitingAccounts", "band_intervals", "held_levels"]
