"""What the map of a coin leaves open, each with its value, unit, number of cases and source."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from liqscape.service.answers.parts import ProvenanceAnswer, TimeMs

CaveatKey = Literal[
    "cross_blur",
    "mark_triggers",
    "hyperliquid_only",
    "engine_softening",
    "staleness",
    "unknown_margin",
    "vaults",
]
CaveatUnit = Literal["USD", "percent", "bp", "seconds"]
CaveatSource = Literal["measured", "modelled", "unknown"]


class CaveatFigure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure; value null with its reason where it is not known."""

    name: str
    value: float | None
    unit: CaveatUnit
    n: Annotated[int, msgspec.Meta(description="Positions, accounts or times it is of.")] | None = None
    low: Annotated[float, msgspec.Meta(description="Of its 95 % interval, where it has one.")] | None = None
    high: float | None = None
    source: CaveatSource
    reason: Annotated[str, msgspec.Meta(description="Why it is unknown, or what it rests on.")] | None = None


class Caveat(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the map leaves open."""

    key: CaveatKey
    title: Annotated[str, msgspec.Meta(description="A sentence that says what it is.")]
    figures: list[CaveatFigure]


class CaveatsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The caveats of one coin at one instant, always all of them and in the same order."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coin: str
    note: Annotated[str, msgspec.Meta(description="One sentence a reader must know.")]
    caveats: list[Caveat]
