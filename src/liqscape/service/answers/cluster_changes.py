"""Why clusters changed: rows of the table `cluster_changes`, and their sums by reason."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from liqscape.service.answers.parts import NextCursor, SideNumber, TimeMs
from liqscape.service.answers.study_parts import IsGap, KnownAtMs, StudyAnswer

ReasonWord = Literal[
    "opened",
    "added",
    "reduced",
    "closed",
    "flipped",
    "liquidated_book",
    "liquidated_backstop",
    "deleveraged",
    "deleveraged_as_winner",
    "moved_by_margin",
    "moved_by_trades",
    "moved_by_liquidation",
    "moved_by_funding",
    "moved_by_marks",
    "moved_by_tier",
    "rule_changed",
    "span_moved",
    "learnt",
    "forgotten",
    "corrected",
    "interaction",
    "not_reported",
]
"""`insight.records.ChangeReason` in words (docs/clusters.md)."""

Lots = Annotated[int, msgspec.Meta(description="Signed, of 10^-size_decimals coins: exact.")]
ChangedSize = Annotated[float, msgspec.Meta(description="Coins that came (above 0) or went.")]


class ChangeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Change of one cluster in one minute for one reason; all reasons sum to the change, in lots."""

    time_ms: TimeMs
    coin: str
    side: SideNumber
    cluster_id: str
    reason: ReasonWord
    lots: Lots
    size: ChangedSize
    usd: Annotated[float | None, msgspec.Meta(description="At the mark of the minute, USD; null where it is unknown.")]
    position_count: int
    gap: IsGap
    known_at_ms: KnownAtMs


class ReasonTotal(msgspec.Struct, frozen=True, kw_only=True):
    """Of all rows that fit, one reason."""

    reason: ReasonWord
    row_count: int
    size: ChangedSize
    usd: Annotated[float | None, msgspec.Meta(description="USD; null where one of them is unknown.")]


class ClusterChangesAnswer(StudyAnswer, frozen=True, kw_only=True):
    """Newest first."""

    coin: str
    totals: Annotated[list[ReasonTotal], msgspec.Meta(description="Of all that fit, by reason, in the reasons' order.")]
    changes: list[ChangeAnswer]
    next_cursor: NextCursor = None
