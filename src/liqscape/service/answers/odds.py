"""Odds of reaching levels, each beside the record it rests on."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from liqscape.insight.odds.record import OddsRecord
from liqscape.service.answers.candles import CandleSource
from liqscape.service.answers.parts import Price, ProvenanceAnswer, SideNumber, TimeMs
from liqscape.service.answers.tracked import ClusterId

HorizonWord = Literal["1h", "4h", "24h"]
LevelKind = Literal["price", "span", "cluster"]
DirectionWord = Literal["up", "down", "here"]
RecordSource = Literal["own", "pooled"]

Brier = Annotated[float, msgspec.Meta(description="Mean squared error of the probabilities; 0 is without error.")]
Skill = Annotated[
    float,
    msgspec.Meta(
        description="1 - Brier score / that of climatology, which knows how often the whole record went so far: above "
        "0 is better than it."
    ),
]


class DecileRow(msgspec.Struct, frozen=True, kw_only=True):
    """Forecasts of one tenth of probability."""

    decile: Annotated[int, msgspec.Meta(description="0: 0 to 10 %, ... 9: 90 to 100 %.")]
    count: Annotated[int, msgspec.Meta(description="Forecasts: a window has one a judged distance and direction.")]
    predicted: Annotated[float, msgspec.Meta(description="Mean probability that was said.")]
    observed: Annotated[float, msgspec.Meta(description="Share that came.")]
    tolerance: Annotated[
        float, msgspec.Meta(description="0.02 or two standard errors (by UTC days), whichever is more.")
    ]
    is_within: bool


class OddsRecordAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How good such odds were: forecasts made with what was known when each window began."""

    source: Annotated[
        RecordSource,
        msgspec.Meta(description="own: for this coin on its own prices. pooled: of the shipped table, on other coins."),
    ]
    words: Annotated[str, msgspec.Meta(description="What the record is of.")]
    windows: Annotated[int, msgspec.Meta(description="That do not overlap.")]
    days: int
    first_ms: TimeMs
    last_ms: TimeMs
    own_windows: Annotated[int, msgspec.Meta(description="Of this coin, in the odds of now.")]
    own_weight: Annotated[float, msgspec.Meta(description="Of its own excursions against the shipped table's, 0 to 1.")]
    brier: Brier
    climatology_brier: Brier
    skill: Skill | None
    reliability: list[DecileRow]
    is_reliable: Annotated[bool, msgspec.Meta(description="Whether every tenth is within its tolerance.")]


class HorizonRow(msgspec.Struct, frozen=True, kw_only=True):
    """One horizon: sigma and the record."""

    horizon: HorizonWord
    horizon_ms: int
    sigma_percent: (
        Annotated[float, msgspec.Meta(description="Standard deviation of the log return over it, in percent.")] | None
    )
    record: OddsRecordAnswer | None
    note: Annotated[str, msgspec.Meta(description="Why there are no odds.")] | None


class WithinRow(msgspec.Struct, frozen=True, kw_only=True):
    """Odds of one level within one horizon. Brier score and skill are of the record at this distance."""

    horizon: HorizonWord
    distance_sigma: float | None
    probability: Annotated[float, msgspec.Meta(description="0 to 1; null without a record.")] | None
    brier: Brier | None
    skill: Skill | None
    note: Annotated[str, msgspec.Meta(description="Why it is not told.")] | None


class OddsLevel(msgspec.Struct, frozen=True, kw_only=True):
    """A price, a span or a cluster, and the odds that the mark reaches it."""

    kind: LevelKind
    side: SideNumber | None
    cluster_id: ClusterId | None
    price_low: Price
    price_high: Price
    price: Annotated[float, msgspec.Meta(description="Edge the mark meets first; the mark itself where it is inside.")]
    direction: Annotated[DirectionWord, msgspec.Meta(description="Where it lies; here: the mark is in it.")]
    distance_percent: Annotated[float, msgspec.Meta(description="Of that edge from the mark, signed.")]
    notional: Annotated[float, msgspec.Meta(description="Of a cluster, at the mark, USD.")] | None
    within: list[WithinRow]


class OddsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How often prices like these went so far: no map and no fuel in it, and no direction."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coin: str
    mark: Price | None
    price_source: Annotated[CandleSource, msgspec.Meta(description="Prices the odds are from.")] | None
    horizons: list[HorizonRow]
    levels: Annotated[list[OddsLevel], msgspec.Meta(description="Nearest first.")]
    notes: list[str]


def record_answer(record: OddsRecord, words: str, own_windows: int, own_weight: float) -> OddsRecordAnswer:
    """The record with what the odds of now rest on."""
    return OddsRecordAnswer(
        source=record.source,
        words=words,
        windows=record.windows,
        days=record.days,
        first_ms=record.first_ms,
        last_ms=record.last_ms,
        own_windows=own_windows,
        own_weight=own_weight,
        brier=record.brier,
        climatology_brier=record.climatology_brier,
        skill=record.skill,
        reliability=[
            DecileRow(
                decile=each.decile,
                count=each.count,
                predicted=each.predicted,
                observed=each.observed,
                tolerance=each.tolerance,
                is_within=each.is_within,
            )
            for each in record.reliability
        ],
        is_reliable=record.is_reliable,
    )
