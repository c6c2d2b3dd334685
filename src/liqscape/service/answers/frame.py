"""One coin at one instant: every band, the stated rest, and the totals both add up to."""

from __future__ import annotations

from typing import Annotated

import msgspec
import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.counting import weighted_count
from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.grid import band_edge
from liqscape.heatmap.kept_apart import size_within
from liqscape.heatmap.merge import merge_bands
from liqscape.model.doubt import doubt_words
from liqscape.service.answers.intervals import BandIntervalColumns, of_rows
from liqscape.service.answers.joint import JointNote
from liqscape.service.answers.parts import (
    MARGIN_SOURCE_COLUMN,
    REASON_NAMES,
    AgeMs,
    Coins,
    Coverage,
    Doubts,
    MarginSourceShare,
    NextCursor,
    Price,
    ProvenanceAnswer,
    SideNumber,
    TimeMs,
    Usd,
    known,
    known_age,
    known_list,
    margin_source_share,
    provenance_answer,
)
from liqscape.service.paging import PageRows
from liqscape.units import Float64Array, MarginSource


class BandColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Bands as columns of equal length, one row per band, side and margin source, sorted so."""

    band: Annotated[list[int], msgspec.Meta(description="Index in the price grid at the frame's level.")]
    price_low: Annotated[list[float], msgspec.Meta(description="Lower edge, USD; belongs to the band.")]
    price_high: Annotated[list[float], msgspec.Meta(description="Upper edge, USD; belongs to the next band.")]
    side: Annotated[list[int], msgspec.Meta(description="1 long, -1 short.")]
    margin_source: Annotated[list[str], msgspec.Meta(description="How the accounts' raw USD became known.")]
    size: Annotated[list[float], msgspec.Meta(description="Coins liquidated in this band.")]
    notional: Annotated[list[float | None], msgspec.Meta(description="size * mark, USD.")]
    level_notional: Annotated[list[float], msgspec.Meta(description="Sum of size * liquidation price, USD.")]
    first_order_notional: Annotated[list[float | None], msgspec.Meta(description="first_order_size * mark, USD.")]
    first_order_size: Annotated[
        list[float],
        msgspec.Meta(description="Coins the exchange sends at once: 20 % of positions above 100k USD."),
    ]
    position_count: list[int]
    account_count: Annotated[
        list[int], msgspec.Meta(description="Equals position_count: an address holds one position a coin.")
    ]
    vault_size: (
        Annotated[
            list[float],
            msgspec.Meta(
                description="Of `size`, coins of vaults other than HLP; null in the stream and at joint levels, where "
                "the positions behind a band tell it."
            ),
        ]
        | None
    ) = None
    low: (
        Annotated[
            list[float | None],
            msgspec.Meta(description="USD that the band holds at least, on this side, all margin sources together."),
        ]
        | None
    ) = None
    high: (
        Annotated[
            list[float | None], msgspec.Meta(description="USD that it holds at most; both null unless asked for.")
        ]
        | None
    ) = None


class OutsidePart(msgspec.Struct, frozen=True, kw_only=True):
    """Positions that are in no band, and why."""

    side: SideNumber
    reason: Annotated[str, msgspec.Meta(description="below, above, no_level, unknown or exempt.")]
    size: Coins
    notional: Usd | None
    position_count: int


class SideTotal(msgspec.Struct, frozen=True):
    """All positions of one side: bands plus outside."""

    size: Coins
    notional: Usd | None
    position_count: int


class SideTotals(msgspec.Struct, frozen=True):
    """Both sides."""

    long: SideTotal
    short: SideTotal


class FrameAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The bands of one coin at one instant."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    sequence: Annotated[int, msgspec.Meta(description="Number of the newest frame when this was answered.")]
    coin: str
    mark: Price | None
    oracle: Price | None
    open_interest: Annotated[float, msgspec.Meta(description="Coins, one side.")] | None
    coverage: Coverage | None
    level: Annotated[int, msgspec.Meta(description="A band of this level merges 2^level base bands of 5 bp.")]
    bands: BandColumns
    outside: list[OutsidePart]
    totals: SideTotals
    margin_source_share: MarginSourceShare
    oldest_age_ms: AgeMs | None
    median_age_ms: AgeMs | None
    joint: Annotated[JointNote, msgspec.Meta(description="How a joint map was made.")] | None = None
    doubt: Doubts = []
    band_count: Annotated[int, msgspec.Meta(description="Rows of the whole list of bands.")] = 0
    next_cursor: NextCursor = None
    block: (
        Annotated[int, msgspec.Meta(description="Height of the newest block in it; null where no own node tells one.")]
        | None
    ) = None
    intervals: (
        Annotated[BandIntervalColumns, msgspec.Meta(description="Low and high of bands; null unless asked for.")] | None
    ) = None

    def page(self, rows: PageRows) -> FrameAnswer:
        """The bands of one page; everything else is of the whole coin."""
        count = len(self.bands.band)
        bands = self.bands
        if (rows.start, rows.end) != (0, count):
            columns = msgspec.structs.asdict(bands)
            shown = {name: column and column[rows.start : rows.end] for name, column in columns.items()}
            bands = msgspec.structs.replace(bands, **shown)
        return msgspec.structs.replace(self, bands=bands, next_cursor=rows.next_cursor)

    def with_intervals(self, intervals: BandIntervalColumns) -> FrameAnswer:
        """The same with what each band holds at least and at most; rows of both are of the frame's level."""
        low, high = of_rows(intervals, np.array(self.bands.band, np.int64), np.array(self.bands.side, np.int8))
        bands = msgspec.structs.replace(self.bands, low=low, high=high)
        return msgspec.structs.replace(self, bands=bands, intervals=intervals)


def frame_answer(
    frame: MarketFrame,
    market_index: int,
    level: int,
    sequence: int,
    joint: JointNote | None = None,
    vaults: Bands | None = None,
) -> FrameAnswer:
    """The bands of one market of a frame at a level of the grid.

    joint   where they stand at joint levels.
    vaults  the part of the market's base bands that is vaults'; None: not told apart.
    """
    snapshot = frame.snapshot
    mark = float(snapshot.mark[market_index])
    bands = merge_bands(frame.bands_of(market_index), level)
    oldest, median = known_age(frame)
    return FrameAnswer(
        provenance=provenance_answer(frame.provenance),
        as_of_ms=frame.time_ms,
        sequence=sequence,
        coin=snapshot.markets.coins[market_index],
        mark=known(mark),
        oracle=known(snapshot.oracle[market_index]),
        open_interest=known(snapshot.open_interest[market_index]),
        coverage=known(frame.coverage[market_index]),
        level=level,
        bands=band_columns(bands, mark, level, vaults),
        outside=outside_parts(frame, market_index),
        totals=side_totals(frame, market_index),
        margin_source_share=margin_source_share(coin_margin_source_size(frame, market_index)),
        oldest_age_ms=oldest,
        median_age_ms=median,
        joint=joint,
        doubt=doubt_words(snapshot.doubt_of(market_index)),
        band_count=len(bands),
        block=frame.block,
    )


def band_columns(bands: Bands, mark: float, level: int, vaults: Bands | None = None) -> BandColumns:
    """Columns of the bands of one coin; `bands` holds indices at `level` already, `vaults` those of the base grid."""
    counts = bands.position_count.tolist()
    return BandColumns(
        band=bands.band.tolist(),
        price_low=band_edge(bands.band, level).tolist(),
        price_high=band_edge(bands.band + 1, level).tolist(),
        side=bands.side.tolist(),
        margin_source=MARGIN_SOURCE_COLUMN[bands.margin_source].tolist(),
        size=bands.size.tolist(),
        notional=known_list(bands.size * mark),
        level_notional=bands.level_notional.tolist(),
        first_order_notional=known_list(bands.first_order_size * mark),
        first_order_size=bands.first_order_size.tolist(),
        position_count=counts,
        account_count=counts,
        vault_size=None if vaults is None else size_within(vaults, bands, level).tolist(),
    )


def outside_parts(frame: MarketFrame, market_index: int) -> list[OutsidePart]:
    """The non-empty parts of the stated rest of one coin."""
    mark = float(frame.snapshot.mark[market_index])
    sizes, counts = frame.outside_of(market_index)
    return [
        OutsidePart(
            side=1 if row == 0 else -1,
            reason=REASON_NAMES[reason],
            size=float(sizes[row, reason]),
            notional=known(sizes[row, reason] * mark),
            position_count=int(counts[row, reason]),
        )
        for row in (0, 1)
        for reason in range(len(REASON_NAMES))
        if counts[row, reason] > 0
    ]


def side_totals(frame: MarketFrame, market_index: int) -> SideTotals:
    """All positions of one coin by side."""
    mark = float(frame.snapshot.mark[market_index])
    long, short = (
        SideTotal(
            size=float(frame.position_size[market_index, row]),
            notional=known(frame.position_size[market_index, row] * mark),
            position_count=int(frame.position_count[market_index, row]),
        )
        for row in (0, 1)
    )
    return SideTotals(long, short)


def coin_margin_source_size(frame: MarketFrame, market_index: int) -> Float64Array:
    """(5,) coins in bands of one market by MarginSource; what is outside for want of a raw USD counts as UNKNOWN.

    Shares of one coin are the same in coins and in USD. The rest of the outside part does not carry its
    margin source and is left out of the shares.
    """
    bands = frame.bands_of(market_index)
    sizes = weighted_count(bands.margin_source, bands.size, len(MarginSource))
    sizes[MarginSource.UNKNOWN] += frame.outside_of(market_index)[0][:, REASON_NAMES.index("unknown")].sum()
    return sizes
