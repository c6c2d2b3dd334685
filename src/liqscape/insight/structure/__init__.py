"""Structure of price: swings, sessions, ranges and the volume profile, and where clusters stand against them.

Pure: bars and a time in, records out (docs/structure.md). It says what stands where, never where price goes.
"""

from liqscape.insight.structure.at_clusters import (
    Confluence,
    Placed,
    SideSpan,
    place_cluster,
)
from liqscape.insight.structure.bars import PriceBars
from liqscape.insight.structure.lines import PriceLine, lines_of
from liqscape.insight.structure.moment import PriceHistory, Structure, structure_at
from liqscape.insight.structure.profile import VolumeNode, VolumeProfile, build_profile
from liqscape.insight.structure.ranges import Extremes
from liqscape.insight.structure.sessions import Session
from liqscape.insight.structure.swings import Swing

__all__ = [
    "Confluence",
    "Extremes",
    "Placed",
    "PriceBars",
    "PriceHistory",
    "PriceLine",
    "Session",
    "SideSpan",
    "Structure",
    "Swing",
    "VolumeNode",
    "VolumeProfile",
    "build_profile",
    "lines_of",
    "place_cluster",
    "structure_at",
]
