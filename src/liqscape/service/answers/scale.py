"""How hot hot is: the scale of USD per 0.1 % of price of a coin's colours at every zoom, and where its mass is."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from liqscape.heatmap.density import QUANTILES, REACH, UNIT, mass_span
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.service.answers.parts import Price, ProvenanceAnswer, known, provenance_answer
from liqscape.service.scale import CoinScale

Density = Annotated[float, msgspec.Meta(description="USD per 0.1 % of price.")]

FEW_CELLS = 200
"""Fewer say little of what is usual: three of them are hotter than the 98.5 % quantile of two hundred."""


class ScaleAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The scale of one coin, the same for every reader of the map until the next full hour."""

    provenance: ProvenanceAnswer
    as_of_ms: Annotated[int, msgspec.Meta(description="Time of the frame of mass_low and mass_high.")]
    coin: str
    computed_ms: Annotated[int, msgspec.Meta(description="The full hour of map time the scale is as of.")]
    from_ms: Annotated[int, msgspec.Meta(description="Time of the first frame counted.")] | None
    unit_percent: Annotated[float, msgspec.Meta(description="Percent of price that a density is of: 0.1.")]
    low: Annotated[float, msgspec.Meta(description="USD per 0.1 % that is just worth a colour; null: no cell.")] | None
    high: Annotated[float, msgspec.Meta(description="USD per 0.1 % that is as hot as it gets; null: no cell.")] | None
    quantiles: Annotated[dict[str, Density], msgspec.Meta(description="Of cells that are not empty.")]
    cell_count: Annotated[int, msgspec.Meta(description="Cells counted, of all frames.")]
    frame_count: Annotated[int, msgspec.Meta(description="Frames counted: those in which the coin has a mark.")]
    basis: Annotated[
        Literal["7 days", "shorter", "now"],
        msgspec.Meta(description="shorter: not so much is stored. now: one frame, before the first full hour is over."),
    ]
    mass_low: (
        Annotated[float, msgspec.Meta(description="Lower end of the smallest span with 80 % of USD near it.")] | None
    )
    mass_high: Price | None
    note: Annotated[str, msgspec.Meta(description="What a reader must know of it; may be empty.")] | None


def scale_answer(found: CoinScale, provenance: Provenance, frame: MarketFrame, market_index: int) -> ScaleAnswer:
    """The scale of a coin, with the span of its mass in a frame."""
    scale = found.scale
    mark = known(frame.snapshot.mark[market_index])
    span = None if mark is None else mass_span(frame.bands_of(market_index), mark, scale.high)
    coin = frame.snapshot.markets.coins[market_index]
    return ScaleAnswer(
        provenance=provenance_answer(provenance),
        as_of_ms=frame.time_ms,
        coin=coin,
        computed_ms=found.frames.computed_ms,
        from_ms=found.from_ms,
        unit_percent=100.0 * UNIT,
        low=scale.low,
        high=scale.high,
        quantiles={f"{each:g}": value for each, value in zip(QUANTILES, scale.quantiles, strict=False)},
        cell_count=found.cell_count,
        frame_count=found.frame_count,
        basis=found.frames.basis,
        mass_low=None if span is None else span[0],
        mass_high=None if span is None else span[1],
        note=_note(found, coin),
    )


def _note(found: CoinScale, coin: str) -> str | None:
    near = f"within {100.0 * REACH:g} % of its mark: there is no scale"
    if not found.frame_count:
        return f"no mark of {coin} is known in these frames: there is no scale"
    if not found.cell_count:
        return f"no level of {coin} lies {near}"
    if found.scale.high is None:
        return f"one account alone has levels of {coin} {near}"
    chosen = len(found.frames.time_ms)
    left_out = f"{chosen - found.frame_count} of {chosen} frames have no mark of {coin}, or cannot be read"
    notes = [f"only {found.cell_count} cells: the scale is rough"] if found.cell_count < FEW_CELLS else []
    return "; ".join(notes if found.frame_count == chosen else [*notes, left_out]) or None
