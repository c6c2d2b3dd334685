"""How measured figures are told: shares with Wilson intervals, the rest with a bootstrap of whole UTC days."""

from liqscape.insight.statistics.day_blocks import DayDraws, Quantile, weighted_quantiles
from liqscape.insight.statistics.shares import MIN_CASES, Share, wilson

__all__ = ["MIN_CASES", "DayDraws", "Quantile", "Share", "weighted_quantiles", "wilson"]
