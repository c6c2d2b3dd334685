"""What a reader of one coin needs to go from one frame to the next: only the bands that changed.

Contents are in coins: a row that is not listed keeps its size, and its notional moves with the mark alone
(notional = size * mark, first_order_notional = first_order_size * mark).
"""

from __future__ import annotations

from typing import Annotated

import msgspec
import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.frame import MarketFrame
from liqscape.model.doubt import doubt_words
from liqscape.service.answers.frame import (
    OutsidePart,
    SideTotals,
    coin_margin_source_size,
    outside_parts,
    side_totals,
)
from liqscape.service.answers.parts import (
    MARGIN_SOURCE_COLUMN,
    AgeMs,
    Coverage,
    Doubts,
    MarginSourceShare,
    Price,
    ProvenanceAnswer,
    TimeMs,
    known,
    known_age,
    margin_source_share,
    provenance_answer,
)
from liqscape.service.answers.status import StatusAnswer

REPORTED = ("size", "first_order_size", "position_count")
"""Not level_notional, which moves with every mark: where marks move by 1 bp, 3,500 rows of BTC hold other coins and
6,100 another level_notional (100,000 accounts)."""
COLUMNS = ("size", "level_notional", "first_order_size", "position_count")
"""Of Bands, besides those that name a row."""


class BandChanges(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of the base grid that are new, differ or are gone (size 0), as columns.

    What follows from size and mark is left to the reader, who has to do so for the rows that did not change anyway.
    """

    band: list[int]
    side: list[int]
    margin_source: list[str]
    size: list[float]
    first_order_size: list[float]
    position_count: list[int]


class FrameChanges(msgspec.Struct, frozen=True, kw_only=True):
    """A frame of one coin as changes against the frame before."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coin: str
    mark: Price | None
    oracle: Price | None
    open_interest: float | None
    coverage: Coverage | None
    changes: BandChanges
    outside: list[OutsidePart]
    totals: SideTotals
    margin_source_share: MarginSourceShare
    oldest_age_ms: AgeMs | None
    median_age_ms: AgeMs | None
    doubt: Doubts = []


class FrameMessage(msgspec.Struct, frozen=True, tag="frame", tag_field="type"):
    """Push message: the next frame."""

    sequence: int
    is_stored: Annotated[bool, msgspec.Meta(description="False for a frame between two stored ones.")]
    status: StatusAnswer
    frame: FrameChanges


def frame_changes(before: MarketFrame, after: MarketFrame, market_index: int) -> FrameChanges:
    """Changes of one coin between two frames of the same markets."""
    snapshot = after.snapshot
    changed = changed_bands(before.bands_of(market_index), after.bands_of(market_index))
    oldest, median = known_age(after)
    return FrameChanges(
        provenance=provenance_answer(after.provenance),
        as_of_ms=after.time_ms,
        coin=snapshot.markets.coins[market_index],
        mark=known(snapshot.mark[market_index]),
        oracle=known(snapshot.oracle[market_index]),
        open_interest=known(snapshot.open_interest[market_index]),
        coverage=known(after.coverage[market_index]),
        changes=BandChanges(
            band=changed.band.tolist(),
            side=changed.side.tolist(),
            margin_source=MARGIN_SOURCE_COLUMN[changed.margin_source].tolist(),
            size=changed.size.tolist(),
            first_order_size=changed.first_order_size.tolist(),
            position_count=changed.position_count.tolist(),
        ),
        outside=outside_parts(after, market_index),
        totals=side_totals(after, market_index),
        margin_source_share=margin_source_share(coin_margin_source_size(after, market_index)),
        oldest_age_ms=oldest,
        median_age_ms=median,
        doubt=doubt_words(snapshot.doubt_of(market_index)),
    )


def changed_bands(before: Bands, after: Bands) -> Bands:
    """Rows of one coin that are new or differ in a sent column, then those that are gone, with zero content."""
    old_key, new_key = before.row_key(), after.row_key()
    is_changed, is_gone = np.ones(len(new_key), np.bool_), np.ones(len(old_key), np.bool_)
    if len(old_key):
        at = np.minimum(np.searchsorted(old_key, new_key), len(old_key) - 1)
        is_changed = old_key[at] != new_key
        is_gone[at[~is_changed]] = False
        for name in REPORTED:
            is_changed |= getattr(before, name)[at] != getattr(after, name)
    gone = before.select(np.flatnonzero(is_gone))
    fresh = after.select(np.flatnonzero(is_changed))
    return Bands(
        market_index=np.concatenate((fresh.market_index, gone.market_index)),
        band=np.concatenate((fresh.band, gone.band)),
        side=np.concatenate((fresh.side, gone.side)),
        margin_source=np.concatenate((fresh.margin_source, gone.margin_source)),
        **{name: np.concatenate((getattr(fresh, name), np.zeros_like(getattr(gone, name)))) for name in COLUMNS},
    )
