"""What a reader of one coin needs to go from one frame to the next: only the bands that changed.

Contents are in coins: a row that is not listed keeps its size, and its notional moves with the mark alone
(notional = size * mark, first_order_notional = first_order_size * mark).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import msgspec
import numpy as np

from liqscape.heatmap.bands import BAND_COLUMNS, Bands
from liqscape.heatmap.frame import MarketFrame
from liqscape.model.doubt import doubt_words
from liqscape.service.answers.frame import (
    OutsidePart,
    SideTotals,
    coin_margin_source_size,
    outside_parts,
    side_totals,
)
from liqscape.service.answers.json_columns import DECIMAL_BYTES, WHOLE_BYTES, ColumnWriter, Words
from liqscape.service.answers.parts import (
    MARGIN_SOURCE_NAMES,
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

if TYPE_CHECKING:
    from liqscape.heatmap.changed_kernels import ChangeColumns

MARGIN_SOURCE_WORDS, SIDE_WORDS = Words(MARGIN_SOURCE_NAMES), Words((-1, 1))
ROW_BYTES = 2 * WHOLE_BYTES + 2 * DECIMAL_BYTES + MARGIN_SOURCE_WORDS.row_bytes + SIDE_WORDS.row_bytes
"""Most that a row of BandChanges takes."""


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
    """Changes of one coin between two frames of the same markets, to be encoded: its columns are JSON already."""
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
        changes=cast("BandChanges", msgspec.Raw(changes_text(changed))),
        outside=outside_parts(after, market_index),
        totals=side_totals(after, market_index),
        margin_source_share=margin_source_share(coin_margin_source_size(after, market_index)),
        oldest_age_ms=oldest,
        median_age_ms=median,
        doubt=doubt_words(snapshot.doubt_of(market_index)),
    )


def changes_text(changed: Bands) -> bytes:
    """The rows as BandChanges in JSON."""
    writer = ColumnWriter(len(changed), ROW_BYTES)
    writer.whole("band", changed.band)
    writer.words("side", (changed.side > 0).view(np.uint8), SIDE_WORDS)
    writer.words("margin_source", changed.margin_source, MARGIN_SOURCE_WORDS)
    # Where no position is so large that only a part is sent at once, both are the same.
    writer.decimals({"size": changed.size, "first_order_size": changed.first_order_size})
    writer.counts("position_count", changed.position_count)
    return writer.record()


def changed_bands(before: Bands, after: Bands) -> Bands:
    """Rows of one coin that are new or differ in a sent column, then those that are gone, with zero content."""
    from liqscape.heatmap.changed_kernels import ChangeColumns, find_changed  # loads the compiler

    names = ChangeColumns._fields
    into = ChangeColumns(*(np.empty(len(before) + len(after), BAND_COLUMNS[name]) for name in names))
    market = max(before.market_index.max(initial=0), after.market_index.max(initial=0))
    count = find_changed(_columns(before), _columns(after), into)
    return Bands(
        market_index=np.full(count, market, np.int32),
        **{name: getattr(into, name)[:count] for name in names},
    )


def _columns(bands: Bands) -> ChangeColumns:
    """Columns that a kernel takes: those of a replica's frame stand in bytes that may not be written to."""
    from liqscape.heatmap.changed_kernels import ChangeColumns

    columns = (getattr(bands, name) for name in ChangeColumns._fields)
    return ChangeColumns(*(column if column.flags.writeable else column.copy() for column in columns))
