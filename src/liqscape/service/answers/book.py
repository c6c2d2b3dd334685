"""Resting orders of order books through time and price, as far as each source knows them; no liquidation levels."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from liqscape.service.answers.parts import ProvenanceAnswer, TimeMs, Usd

BookKind = Literal["archive", "live summary", "sandbox"]
RestingCell = tuple[int, int, float]
KnownUsd = list[float | None]


class BookScale(msgspec.Struct, frozen=True, kw_only=True):
    """How much is little and how much is much of this coin's books: USD per 0.1 % of price on one side.

    Of cells of 0.1 % of price that hold anything, bids and asks apart, of archived books a quarter of an hour apart;
    where none are stored, of what stands between two distances of the mid in the summaries of each minute. One
    scale for every window, width and height; renewed on the full hour of the map's time.
    """

    low: Annotated[float, msgspec.Meta(description="Quantile 0.55: USD per 0.1 % of price.")]
    high: Annotated[float, msgspec.Meta(description="Quantile 0.985.")]
    quantiles: Annotated[dict[str, Usd], msgspec.Meta(description='"0.55", "0.85", "0.985".')]
    cell_count: Annotated[int, msgspec.Meta(description="Cells these are quantiles of.")]
    basis: Annotated[
        Literal["7 days", "shorter", "window"],
        msgspec.Meta(description="7 days before `computed_ms`, as much of them as is stored, or what is shown here."),
    ]
    computed_ms: TimeMs
    from_ms: Annotated[int, msgspec.Meta(description="Time of the first book in it.")]


class BookCells(msgspec.Struct, frozen=True, kw_only=True):
    """Whole books of an archive, 20 levels a side, cut into the rows of the answer.

    Of prices beyond `seen_low` and `seen_high` nothing is known in that column; within them a missing cell is empty.
    """

    as_of_ms: Annotated[
        list[int | None], msgspec.Meta(description="Time of the book each column shows; null: not loaded.")
    ]
    seen_low: Annotated[KnownUsd, msgspec.Meta(description="Lowest price of the book, USD.")]
    seen_high: Annotated[KnownUsd, msgspec.Meta(description="Highest price of the book, USD.")]
    bid: Annotated[list[RestingCell], msgspec.Meta(description="[column, row, USD] of who buys, by column, then row.")]
    ask: Annotated[list[RestingCell], msgspec.Meta(description="[column, row, USD] of who sells.")]


class BookSummary(msgspec.Struct, frozen=True, kw_only=True):
    """USD within some distances of the mid in the last book of a minute."""

    kind: Annotated[
        Literal["live summary", "sandbox"],
        msgspec.Meta(description="live summary: books of 20 joined levels a side; sandbox: whole simulated books."),
    ]
    as_of_ms: Annotated[
        list[int | None], msgspec.Meta(description="Time of the minute each column shows; null: not loaded.")
    ]
    mid: Annotated[KnownUsd, msgspec.Meta(description="Last mid of that minute, USD.")]
    within_percent: Annotated[list[float], msgspec.Meta(description="Distances from the mid, percent.")]
    bid_usd: Annotated[
        list[KnownUsd],
        msgspec.Meta(description="By distance, then column: USD of all bids so near; null: not known."),
    ]
    ask_usd: Annotated[list[KnownUsd], msgspec.Meta(description="The same of asks.")]


class BookAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Resting orders in a window; never summed with liquidation levels.

    Row r starts at exp((first_band + r) * log_width * 2^level) USD; column c shows the last book before its end.
    """

    provenance: ProvenanceAnswer
    as_of_ms: Annotated[int, msgspec.Meta(description="Time of the newest stored frame.")]
    coin: str
    kind: Annotated[
        BookKind | None,
        msgspec.Meta(description="archive: there are `cells`; else what the `summary` is; null: no book is loaded."),
    ]
    start_ms: TimeMs
    step_ms: int
    columns: int
    level: int
    first_band: int
    rows: int
    log_width: Annotated[float, msgspec.Meta(description="ln of the ratio of two edges of the base grid.")]
    unit_percent: Annotated[float, msgspec.Meta(description="Densities are USD per so much of price: 0.1 %.")]
    low: Annotated[float | None, msgspec.Meta(description="As of `scale`.")]
    high: Annotated[float | None, msgspec.Meta(description="As of `scale`.")]
    scale: BookScale | None
    cells: BookCells | None
    summary: BookSummary | None
    note: Annotated[str | None, msgspec.Meta(description="What is not loaded, and why, in words.")]
