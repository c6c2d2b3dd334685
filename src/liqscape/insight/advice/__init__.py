"""Where a stop stands among clusters, and how large a position may be (docs/stops.md)."""

from liqscape.insight.advice.book_cost import BookCost, cost_of_depth, cost_of_levels
from liqscape.insight.advice.next_stops import NextStop, next_stops, tradable_beyond
from liqscape.insight.advice.overshoot_choice import choose_overshoot
from liqscape.insight.advice.own_level import OwnPools, PoolBacking, backed_pools, solve_own_levels
from liqscape.insight.advice.placing import place_clusters
from liqscape.insight.advice.records import (
    ClusterOvershoot,
    MetCluster,
    OwnLevel,
    SpanOfLevels,
    StopSizing,
    StopTrade,
    StopVerdict,
)
from liqscape.insight.advice.sizing import SizingTerms, size_at_risk, size_given
from liqscape.insight.advice.verdict import judge

__all__ = [
    "BookCost",
    "ClusterOvershoot",
    "MetCluster",
    "NextStop",
    "OwnLevel",
    "OwnPools",
    "PoolBacking",
    "SizingTerms",
    "SpanOfLevels",
    "StopSizing",
    "StopTrade",
    "StopVerdict",
    "backed_pools",
    "choose_overshoot",
    "cost_of_depth",
    "cost_of_levels",
    "judge",
    "next_stops",
    "place_clusters",
    "size_at_risk",
    "size_given",
    "solve_own_levels",
    "tradable_beyond",
]
