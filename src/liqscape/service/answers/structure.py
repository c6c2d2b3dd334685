"""Structure of a coin's price as an answer, and where its clusters stand against it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from liqscape.service.answers.candles import CandleSource
from liqscape.service.answers.parts import Coins, Percent, Price, ProvenanceAnswer, SideNumber, TimeMs, Usd
from liqscape.service.answers.tracked import ClusterId

SwingKindWord = Literal["fractal", "zigzag"]
SwingSideWord = Literal["high", "low"]
SessionWord = Literal["day", "week"]
LineKindWord = Literal["session", "range", "month", "profile"]
LabelWord = Literal["at cluster", "beyond swing", "beyond range"]
WithWord = Literal["swing", "node"]

IsWhole = Annotated[bool, msgspec.Meta(description="Whether all of its time is known; otherwise it is what is so far.")]


class SwingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A swing high or low of the last 30 days."""

    kind: Annotated[SwingKindWord, msgspec.Meta(description="Rule that marks it (docs/structure.md).")]
    side: SwingSideWord
    price: Price
    time_ms: Annotated[int, msgspec.Meta(description="Start of its bar, of the first of a flat top.")]
    known_at_ms: Annotated[int, msgspec.Meta(description="When it was known to be one.")]
    broken_ms: Annotated[int | None, msgspec.Meta(description="End of the first later bar beyond it; null: stands.")]
    distance_percent: Percent | None


class SessionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A UTC day or week, from Monday; the present one up to the mark."""

    name: SessionWord
    is_present: bool
    start_ms: TimeMs
    end_ms: TimeMs
    open: Price
    high: Price
    low: Price
    is_whole: IsWhole


class ExtremesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Highest and lowest price of the days before, of bars that were over; times are the start of the bar."""

    days: int
    low: Price
    low_ms: TimeMs
    high: Price
    high_ms: TimeMs
    is_whole: IsWhole


class ProfileBin(msgspec.Struct, frozen=True, kw_only=True):
    """What was traded between two prices of the map's grid."""

    price_low: Price
    price_high: Price
    size: Coins


class NodeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A price where more was traded than around it; its span is at half of its prominence."""

    price: Price
    price_low: Price
    price_high: Price
    size: Coins
    prominence_share: Annotated[float, msgspec.Meta(description="How far it stands out, of the largest bin, 0 to 1.")]


class ProfileAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Volume by price of the last 30 days, or as much of them as is known."""

    source: Annotated[str, msgspec.Meta(description="Whose volume it is.")]
    start_ms: TimeMs
    end_ms: TimeMs
    size: Annotated[float, msgspec.Meta(description="Coins in all bins.")]
    bins: Annotated[list[ProfileBin], msgspec.Meta(description="By price, without holes.")]
    poc: Annotated[float, msgspec.Meta(description="Middle of the largest bin, the point of control, USD.")]
    poc_low: Price
    poc_high: Price
    value_area_low: Price
    value_area_high: Price
    value_area_share: Annotated[float, msgspec.Meta(description="Of the size, in the value area: at least 0.7.")]
    nodes: Annotated[list[NodeAnswer], msgspec.Meta(description="By price.")]


class LineAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A price that counts from one time to another."""

    name: Annotated[str, msgspec.Meta(description="`day high`, `previous week low`, `range high`, `POC`, `node` ...")]
    kind: LineKindWord
    price: Price
    start_ms: TimeMs
    end_ms: Annotated[int | None, msgspec.Meta(description="null: up to now.")]
    distance_percent: Percent | None


class ConfluenceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A swing that stands, or a volume node, just before a cluster as seen from the mark."""

    of: Annotated[WithWord, msgspec.Meta(description="What it is.")]
    name: str
    price: Price
    time_ms: Annotated[int | None, msgspec.Meta(description="Of a swing: start of its bar.")]
    distance: Annotated[float, msgspec.Meta(description="From it to the near edge of the cluster, USD, 0 or more.")]
    distance_atr: Annotated[float, msgspec.Meta(description="The same in ATR(14, 1 h), 0 to 0.5.")]


class StructureCluster(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster of levels with what stands around it."""

    side: SideNumber
    price_low: Price
    price_high: Price
    price_peak: Price
    near_edge: Annotated[float, msgspec.Meta(description="The edge that the mark meets first, USD.")]
    notional: Usd
    distance_percent: Annotated[float, msgspec.Meta(description="Of the peak from the mark, percent of the mark.")]
    cluster_id: ClusterId | None
    labels: Annotated[
        list[LabelWord] | None,
        msgspec.Meta(description="By rule (docs/structure.md); null where mark or ATR is unknown."),
    ]
    confluence: Annotated[list[ConfluenceAnswer] | None, msgspec.Meta(description="Nearest first; null as `labels`.")]


class StructureAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Swings, sessions, ranges, volume by price and the clusters against them, as known at a frame."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coin: str
    mark: Price | None
    source: Annotated[CandleSource | None, msgspec.Meta(description="What the bars are made of; null: no prices.")]
    interval_ms: Annotated[int, msgspec.Meta(description="Length of the bars that swings and ATR are of.")]
    first_bar_ms: Annotated[int | None, msgspec.Meta(description="Start of the first bar that is known.")]
    bar_count: Annotated[int, msgspec.Meta(description="Bars of the source in the 31 days before.")]
    atr: Annotated[float | None, msgspec.Meta(description="ATR(14, 1 h), USD; null with too few bars.")]
    atr_percent: Annotated[float | None, msgspec.Meta(description="The same in percent of the mark.")]
    swings: Annotated[list[SwingAnswer], msgspec.Meta(description="By time.")]
    sessions: list[SessionAnswer]
    range: Annotated[ExtremesAnswer | None, msgspec.Meta(description="Donchian, 20 days.")]
    month: Annotated[ExtremesAnswer | None, msgspec.Meta(description="30 days.")]
    profile: ProfileAnswer | None
    profile_note: Annotated[str | None, msgspec.Meta(description="Why there is no profile; null where there is.")]
    lines: Annotated[list[LineAnswer], msgspec.Meta(description="All of sessions, ranges and profile as lines.")]
    clusters: Annotated[list[StructureCluster], msgspec.Meta(description="By distance of the near edge from the mark.")]
    notes: Annotated[list[str], msgspec.Meta(description="Why something is unknown or not whole, a sentence each.")]
