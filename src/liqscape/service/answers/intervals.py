"""Low and high USD of bands and of spans of prices (docs/intervals.md)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import numpy as np

from liqscape.insight.intervals import BandIntervals
from liqscape.service.answers.parts import Price, Usd, known, known_list
from liqscape.units import Float64Array, Int8Array, Int32Array, Int64Array

UsdOrNull = Annotated[list[float | None], msgspec.Meta(description="USD at the mark; null where unknown.")]
IntervalSource = Annotated[Literal["modelled"], msgspec.Meta(description="By stated rules, calibrated on a sandbox.")]
IntervalShare = Annotated[
    float, msgspec.Meta(description="Of spans that hold something, whose truth is meant to be inside.")
]
IntervalNote = Annotated[str, msgspec.Meta(description="What it is made from, and what was not known for it.")]


class BandIntervalColumns(msgspec.Struct, frozen=True, kw_only=True):
    """One row a band: every one within `within_percent` of the mark, beyond it those that hold something.

    A band that shows nothing has low 0 and a high: what stands there when anything does.
    """

    source: IntervalSource = "modelled"
    share: IntervalShare
    within_percent: float
    note: IntervalNote
    band: Annotated[list[int], msgspec.Meta(description="Index in the price grid at the frame's level.")]
    price_low: list[float]
    price_high: list[float]
    long_low: UsdOrNull
    long_high: UsdOrNull
    short_low: UsdOrNull
    short_high: UsdOrNull


class SpanInterval(msgspec.Struct, frozen=True, kw_only=True):
    """Of one span of prices, by side; null where unknown."""

    source: IntervalSource = "modelled"
    share: IntervalShare
    note: IntervalNote
    price_low: Price
    price_high: Price
    long_low: Usd | None
    long_high: Usd | None
    short_low: Usd | None
    short_high: Usd | None


def span_interval(found: BandIntervals, price: tuple[float, float], share: float, note: str) -> SpanInterval:
    """Of the only span in `found`."""
    return SpanInterval(
        share=share,
        note=note,
        price_low=price[0],
        price_high=price[1],
        long_low=known(found.low[0, 0]),
        long_high=known(found.high[0, 0]),
        short_low=known(found.low[1, 0]),
        short_high=known(found.high[1, 0]),
    )


def band_interval_columns(
    found: BandIntervals,
    band: Int32Array,
    edges: tuple[Float64Array, Float64Array],
    within_percent: float,
    words: tuple[float, str],
) -> BandIntervalColumns:
    """Of bands (B,) with edges (B,). words: share, note."""
    return BandIntervalColumns(
        share=words[0],
        note=words[1],
        within_percent=within_percent,
        band=band.tolist(),
        price_low=edges[0].tolist(),
        price_high=edges[1].tolist(),
        long_low=known_list(found.low[0]),
        long_high=known_list(found.high[0]),
        short_low=known_list(found.low[1]),
        short_high=known_list(found.high[1]),
    )


def of_rows(
    columns: BandIntervalColumns, band: Int64Array, side: Int8Array
) -> tuple[list[float | None], list[float | None]]:
    """(low, high) of rows of bands, each of one side; every band of them is in the columns."""
    place = np.searchsorted(np.array(columns.band, np.int64), band)
    sides = {1: (columns.long_low, columns.long_high), -1: (columns.short_low, columns.short_high)}
    rows = list(zip(place.tolist(), side.tolist(), strict=True))
    return [sides[each][0][at] for at, each in rows], [sides[each][1][at] for at, each in rows]
