"""Setups: clusters with the evidence found for each, and what came of earlier moments with the same evidence.

Each piece of evidence has a value and a rule; there is no score, and nothing says where price goes (docs/structure.md).
"""

from liqscape.insight.setups.crowding import CoinHolders, OpenedShare, nearest_large, opened_share
from liqscape.insight.setups.evidence import (
    NAMES,
    CascadeWord,
    Circumstances,
    EvidenceName,
    EvidencePiece,
    combination_of,
    evidence_of,
)
from liqscape.insight.setups.funding import FUNDING_DAYS, FundingStanding, funding_standing
from liqscape.insight.setups.record import HORIZON_MS, OutcomeCount, SetupCase, SetupRecord, distance_class, record_of

__all__ = [
    "FUNDING_DAYS",
    "HORIZON_MS",
    "NAMES",
    "CascadeWord",
    "Circumstances",
    "CoinHolders",
    "EvidenceName",
    "EvidencePiece",
    "FundingStanding",
    "OpenedShare",
    "OutcomeCount",
    "SetupCase",
    "SetupRecord",
    "combination_of",
    "distance_class",
    "evidence_of",
    "funding_standing",
    "nearest_large",
    "opened_share",
    "record_of",
]
