"""Long levels below the mark against short levels above it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from liqscape.heatmap.asymmetry import asymmetry
from liqscape.heatmap.frame import MarketFrame
from liqscape.model.doubt import doubt_words
from liqscape.service.answers.parts import Doubts, Price, ProvenanceAnswer, TimeMs, Usd, known, provenance_answer


class AsymmetryRow(msgspec.Struct, frozen=True):
    """Within one distance of the mark."""

    distance_percent: float
    long_below_notional: Usd
    short_above_notional: Usd
    imbalance: (
        Annotated[float, msgspec.Meta(description="(short - long) / (short + long), -1 to 1; null without any.")] | None
    )


class AsymmetryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Asymmetry of one coin at several distances. It describes the map, not where price goes."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coin: str
    mark: Price | None
    rows: list[AsymmetryRow]
    doubt: Doubts = []


def asymmetry_answer(frame: MarketFrame, market_index: int) -> AsymmetryAnswer:
    """Asymmetry of one market of a frame; no rows where the mark is unknown."""
    return AsymmetryAnswer(
        provenance=provenance_answer(frame.provenance),
        as_of_ms=frame.time_ms,
        coin=frame.snapshot.markets.coins[market_index],
        mark=known(frame.snapshot.mark[market_index]),
        rows=[
            AsymmetryRow(row.distance_percent, row.long_below_notional, row.short_above_notional, row.imbalance)
            for row in asymmetry(frame, market_index)
        ],
        doubt=doubt_words(frame.snapshot.doubt_of(market_index)),
    )
