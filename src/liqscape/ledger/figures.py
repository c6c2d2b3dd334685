"""Counts of what tracking did since the start."""

from __future__ import annotations

from dataclasses import dataclass

from liqscape.ledger.columns import Count
from liqscape.units import Int64Array


@dataclass(frozen=True, kw_only=True)
class TrackingFigures:
    """A leg is one account's half of a print or fill."""

    applied: int
    """Legs that moved a known account when they came."""
    repeated: int
    """Legs that had come before."""
    unknown: int
    """Legs of addresses without a state."""
    replayed: int
    """Legs and movements of cash put on top of a state that was older."""
    corrected: int
    """Fills whose start position was not what was held."""
    doubted: int
    """Accounts made unsure by gaps."""
    kept: int
    """Legs and movements of cash remembered at the moment."""
    cash_moved: int
    """Movements of cash that moved a known pool when they came."""
    cash_ambiguous: int
    """Movements of cash that left a known account unsure."""
    beyond_memory: int
    """Legs too old to tell whether they had come before: their accounts are unsure."""

    @classmethod
    def of(cls, count: Int64Array, doubted: int) -> TrackingFigures:
        """From the counters of the tables."""
        applied, repeated, unknown, replayed, corrected = (
            int(count[each]) for each in (Count.APPLIED, Count.REPEATED, Count.UNKNOWN, Count.REPLAYED, Count.CORRECTED)
        )
        kept = int(count[Count.LEG_END] - count[Count.LEG_START])
        moved, ambiguous = int(count[Count.CASH_MOVED]), int(count[Count.CASH_AMBIGUOUS])
        beyond = int(count[Count.BEYOND])
        return cls(
            applied=applied,
            repeated=repeated,
            unknown=unknown,
            replayed=replayed,
            corrected=corrected,
            doubted=doubted,
            kept=kept,
            cash_moved=moved,
            cash_ambiguous=ambiguous,
            beyond_memory=beyond,
        )
