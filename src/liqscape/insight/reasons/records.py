"""What is asked, and answered, about a change of a span of levels (docs/clusters.md, "Why a cluster changed")."""

from __future__ import annotations

from typing import NamedTuple

from liqscape.insight.records import ChangeReason

PriceSpan = tuple[float, float]
"""(low, high) USD: levels in [low, high)."""


class SpanPair(NamedTuple):
    """One cluster's span at two stored frames; None where it was not yet, or is not any more."""

    cluster_id: str
    before: PriceSpan | None
    now: PriceSpan | None


class ChangeRow(NamedTuple):
    """Coins that came to a span (lots > 0) or left it for one reason; the rows of a span sum to its change.

    lots            smallest sizes of the coin, exact.
    size            the same in coins.
    usd             at the mark of now; None where that is unknown.
    position_count  positions that had a part in it.
    is_gap          more than a minute lies between the frames.
    """

    cluster_id: str
    reason: ChangeReason
    lots: int
    size: float
    usd: float | None
    position_count: int
    is_gap: bool
