"""One coin as a reader of the stream looks at it: the bands of a level within a span of prices, and how they change.

Sides are summed over margin sources. Contents are in coins, as in changes.py: a row that is not listed keeps its size,
and its notional moves with the mark alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.counting import weighted_count
from liqscape.heatmap.frame import MarketFrame
from liqscape.model.doubt import doubt_words
from liqscape.service.answers.frame import OutsidePart, SideTotals, coin_margin_source_size, outside_parts, side_totals
from liqscape.service.answers.parts import (
    AgeMs,
    Coverage,
    Doubts,
    MarginSourceShare,
    Price,
    SideNumber,
    TimeMs,
    known,
    known_age,
    margin_source_share,
)
from liqscape.service.answers.status import StatusAnswer
from liqscape.units import Float64Array, Int64Array


class ViewColumns(msgspec.Struct, frozen=True):
    """Rows as columns of equal length, one row a band and side, rising by band, shorts before longs."""

    band: Annotated[list[int], msgspec.Meta(description="Index in the price grid at the view's level.")]
    side: Annotated[list[int], msgspec.Meta(description="1 long, -1 short.")]
    size: Annotated[list[float], msgspec.Meta(description="Coins liquidated in this band; 0: the row is gone.")]
    position_count: list[int]


class ViewFrame(msgspec.Struct, frozen=True, kw_only=True):
    """A frame of one coin. Everything but `bands` and `changes` is of the whole coin, whatever is in view.

    Of `bands` (everything in view) and `changes` (rows that changed since the message before) one is null.
    """

    as_of_ms: TimeMs
    coin: str
    mark: Price | None
    oracle: Price | None
    open_interest: float | None
    coverage: Coverage | None
    level: int
    first_band: Annotated[int | None, msgspec.Meta(description="Lowest band in view; null: no bound.")]
    end_band: Annotated[int | None, msgspec.Meta(description="The first band above the view; null: no bound.")]
    side: SideNumber | None
    outside: list[OutsidePart]
    totals: SideTotals
    first_order_share: Annotated[
        float | None, msgspec.Meta(description="Part of the coins in bands that the exchange sends at once.")
    ]
    margin_source_share: MarginSourceShare
    oldest_age_ms: AgeMs | None
    median_age_ms: AgeMs | None
    bands: ViewColumns | None = None
    changes: ViewColumns | None = None
    doubt: Doubts = []


class ViewMessage(msgspec.Struct, frozen=True, tag="view", tag_field="type"):
    """Push message: everything in view, from which changes start."""

    sequence: int
    status: StatusAnswer
    frame: ViewFrame


class ChangesMessage(msgspec.Struct, frozen=True, kw_only=True, tag="changes", tag_field="type"):
    """Push message: what changed in view."""

    sequence: int
    since: Annotated[int, msgspec.Meta(description="Sequence of the message it follows.")]
    is_stored: Annotated[bool, msgspec.Meta(description="A frame was stored since then.")]
    status: StatusAnswer
    frame: ViewFrame


@dataclass(frozen=True)
class BandsInView:
    """Rows of one coin, summed over margin sources.

    key             (R,) band * 2 at the level, plus 1 for longs; rising.
    size            (R,) coins, > 0.
    position_count  (R,)
    """

    key: Int64Array
    size: Float64Array
    position_count: Int64Array

    def between(self, first_band: int | None, end_band: int | None, side: int | None) -> BandsInView:
        """Rows with bands in [first, end), of one side or both."""
        low = 0 if first_band is None else int(np.searchsorted(self.key, 2 * first_band))
        high = len(self.key) if end_band is None else int(np.searchsorted(self.key, 2 * end_band))
        rows = np.arange(low, high)
        if side is not None:
            rows = rows[(self.key[rows] & 1) == (side > 0)]
        return BandsInView(self.key[rows], self.size[rows], self.position_count[rows])

    def columns(self) -> ViewColumns:
        """The rows as columns of the message."""
        return ViewColumns(
            (self.key >> 1).tolist(),
            np.where(self.key & 1, 1, -1).tolist(),
            self.size.tolist(),
            self.position_count.tolist(),
        )


def merge_sides(bands: Bands, level: int) -> BandsInView:
    """Bands of one coin at a level, a row a side. Equal bands give equal bits: sums run in the order of the rows."""
    key, where = np.unique((bands.band.astype(np.int64) >> level << 1) | (bands.side > 0), return_inverse=True)
    return BandsInView(
        key,
        weighted_count(where, bands.size, len(key)),
        weighted_count(where, bands.position_count, len(key)).astype(np.int64),
    )


def changed_rows(before: BandsInView, after: BandsInView) -> BandsInView:
    """Rows of `after` that are new or differ, and those that are gone with size 0, rising by key."""
    both = np.union1d(before.key, after.key)
    old_size, old_count = _spread(before, both)
    size, count = _spread(after, both)
    rows = np.flatnonzero((old_size != size) | (old_count != count))
    return BandsInView(both[rows], size[rows], count[rows])


def coin_frame(frame: MarketFrame, market_index: int) -> ViewFrame:
    """What does not depend on the view, in a frame of none: level 0, no bounds, no rows."""
    snapshot = frame.snapshot
    oldest, median = known_age(frame)
    held = frame.bands_of(market_index)
    size = float(held.size.sum())
    return ViewFrame(
        as_of_ms=frame.time_ms,
        coin=snapshot.markets.coins[market_index],
        mark=known(snapshot.mark[market_index]),
        oracle=known(snapshot.oracle[market_index]),
        open_interest=known(snapshot.open_interest[market_index]),
        coverage=known(frame.coverage[market_index]),
        level=0,
        first_band=None,
        end_band=None,
        side=None,
        outside=outside_parts(frame, market_index),
        totals=side_totals(frame, market_index),
        first_order_share=known(held.first_order_size.sum() / size) if size > 0.0 else None,
        margin_source_share=margin_source_share(coin_margin_source_size(frame, market_index)),
        oldest_age_ms=oldest,
        median_age_ms=median,
        doubt=doubt_words(snapshot.doubt_of(market_index)),
    )


def _spread(rows: BandsInView, key: Int64Array) -> tuple[Float64Array, Int64Array]:
    """Sizes and counts at each of the keys, 0 where there is no row."""
    size, count = np.zeros(len(key)), np.zeros(len(key), np.int64)
    where = np.searchsorted(key, rows.key)
    size[where], count[where] = rows.size, rows.position_count
    return size, count
