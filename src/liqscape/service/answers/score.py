"""The scorecard: what the map said each hour against what happened within 1, 4 and 24 hours (docs/score.md)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from liqscape.insight.attraction.records import Attraction
from liqscape.insight.score.records import (
    AsymmetryRelation,
    LevelError,
    LevelScore,
    RecallScore,
    ScorePower,
    Unjudged,
)
from liqscape.service.answers.parts import ProvenanceAnswer, TimeMs

Day = Annotated[str | None, msgspec.Meta(description="UTC day as 2026-02-03; null: nothing was scored.")]


class RecallAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Liquidations that happened: were they on the map?"""

    is_measurable: Annotated[
        bool, msgspec.Meta(description="The liquidations stored are those of everybody: of a node, archive or sandbox.")
    ]
    why: Annotated[str | None, msgspec.Meta(description="Why not, one sentence.")]
    rows: list[RecallScore]


class ScoreAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of all days that are kept, or of one coin in them. Shares below 20 cases are null."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coin: Annotated[str | None, msgspec.Meta(description="null: all.")]
    first_day: Day
    last_day: Day
    day_count: int
    frame_count: Annotated[int, msgspec.Meta(description="Full hours of those days with a stored frame.")]
    note: Annotated[str | None, msgspec.Meta(description="Why there is nothing, one sentence.")]
    notes: Annotated[list[str], msgspec.Meta(description="What these figures rest on, a sentence each.")]
    power: Annotated[list[ScorePower], msgspec.Meta(description="What so many cases can show; read it first.")]
    levels: list[LevelScore]
    errors: list[LevelError]
    recall: RecallAnswer
    unjudged: list[Unjudged]
    asymmetry: list[AsymmetryRelation]
    attraction: Annotated[
        Attraction | None,
        msgspec.Meta(description="Test of a hypothesis, of all coins together; null: one coin, or nothing was scored."),
    ]
