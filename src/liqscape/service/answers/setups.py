"""Setups of a coin as an answer: clusters with their evidence, and what came of earlier moments with the same."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from liqscape.service.answers.candles import CandleSource
from liqscape.service.answers.parts import Price, ProvenanceAnswer, SideNumber, TimeMs, Usd
from liqscape.service.answers.tracked import ClusterId

EvidenceWord = Literal["swing", "node", "funding", "open interest", "crowding", "cascade"]
BasisWord = Literal["tracked", "frame"]

Fraction = Annotated[float, msgspec.Meta(description="0 to 1.")]


class NearestLarge(msgspec.Struct, frozen=True, kw_only=True):
    """The nearest cluster that holds at least 2 % of the USD of its side, by its near edge."""

    side: SideNumber
    price_low: Price
    price_high: Price
    notional: Usd
    distance_percent: Annotated[float, msgspec.Meta(description="Of the near edge from the mark, percent of the mark.")]
    cluster_id: ClusterId | None


class CrowdingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Who is in, since when, and what it costs: figures, each null where it is not known."""

    nearest: NearestLarge | None
    gaining_side: Annotated[
        SideNumber | None, msgspec.Meta(description="The side that gains if the mark reaches `nearest`.")
    ]
    opened_24h_share: Annotated[
        float | None,
        msgspec.Meta(description="Of that side's size of accounts the map knew 24 h before: what was opened since."),
    ]
    not_known_then_share: Annotated[
        float | None, msgspec.Meta(description="Of that side's size: of accounts the map did not know 24 h before.")
    ]
    funding_8h: Annotated[float | None, msgspec.Meta(description="8 times the hourly rate; longs pay if > 0.")]
    funding_percentile: Annotated[
        float | None, msgspec.Meta(description="0 to 100, among the `funding_hours` hours; null with fewer than 24.")
    ]
    funding_hours: Annotated[int, msgspec.Meta(description="Hours stored of the last 90 days.")]
    funding_since_ms: Annotated[int | None, msgspec.Meta(description="The first of these hours.")]
    open_interest_change_24h_percent: Annotated[float | None, msgspec.Meta(description="In coins.")]
    long_notional: Usd | None
    short_notional: Usd | None
    long_accounts: int
    short_accounts: int
    long_share_by_notional: Fraction | None
    long_share_by_accounts: Fraction | None


class EvidenceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of evidence for a cluster."""

    name: EvidenceWord
    value: Annotated[float | str | None, msgspec.Meta(description="In `unit`, or a word; null: unknown.")]
    unit: str
    rule: Annotated[str, msgspec.Meta(description="When it is met.")]
    is_met: Annotated[bool | None, msgspec.Meta(description="null: unknown.")]


class OutcomeShareAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Of the judged cases: how many, and their share with its Wilson interval of 95 %, null below `min_count`."""

    hits: int
    count: int
    share: Fraction | None
    low: Fraction | None
    high: Fraction | None


class EarlierSetup(msgspec.Struct, frozen=True, kw_only=True):
    """One case: a cluster at an earlier moment, and what came of it within the horizon; null: not judged."""

    time_ms: TimeMs
    cluster_id: ClusterId
    reached: bool | None
    swept: bool | None


class SetupRecordAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of clusters of this coin as far away, with the same evidence, at 00:00 UTC of earlier days."""

    distance_class: Annotated[
        str | None, msgspec.Meta(description="Of the cases, percent of the mark: `<1 %`, `1-3 %`, `3-10 %`, `>=10 %`.")
    ]
    compared: Annotated[list[EvidenceWord], msgspec.Meta(description="Evidence that is compared: known now and then.")]
    count: Annotated[int, msgspec.Meta(description="Cases with the same evidence.")]
    min_count: Annotated[int, msgspec.Meta(description="Below it no share is given.")]
    day_count: Annotated[int, msgspec.Meta(description="Different days they are of: cases of a day come together.")]
    horizon_ms: int
    since_ms: Annotated[int | None, msgspec.Meta(description="First moment that was looked at.")]
    until_ms: Annotated[int | None, msgspec.Meta(description="Last moment that was looked at.")]
    reached: Annotated[OutcomeShareAnswer, msgspec.Meta(description="The mark entered its span within the horizon.")]
    swept: Annotated[OutcomeShareAnswer, msgspec.Meta(description="A sweep that began within the horizon swept it.")]
    unjudged_count: Annotated[int, msgspec.Meta(description="Same evidence, but the horizon was not watched.")]
    incomparable_count: Annotated[int, msgspec.Meta(description="Cases in which some compared evidence is unknown.")]
    cases: Annotated[list[EarlierSetup], msgspec.Meta(description="By time, where they are fewer than `min_count`.")]
    note: Annotated[str | None, msgspec.Meta(description="Why there is no share; null where there is.")]


class SetupAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster with its evidence."""

    side: SideNumber
    price_low: Price
    price_high: Price
    price_peak: Price
    near_edge: Annotated[float, msgspec.Meta(description="The edge that the mark meets first, USD.")]
    notional: Usd | None
    distance_percent: Annotated[float | None, msgspec.Meta(description="Of the near edge, percent of the mark.")]
    cluster_id: ClusterId | None
    evidence: Annotated[list[EvidenceAnswer], msgspec.Meta(description="Always all six, in one order.")]
    combination: Annotated[str, msgspec.Meta(description="Met (+), not met (-), unknown (?), of each.")]
    record: SetupRecordAnswer


class SetupsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Clusters of a coin with the evidence found for each, as known at a frame. There is no score."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coin: str
    mark: Price | None
    basis: Annotated[
        BasisWord,
        msgspec.Meta(description="tracked: clusters that keep their identity; frame: of the frame alone, not studied."),
    ]
    source: Annotated[CandleSource | None, msgspec.Meta(description="What swings and nodes are of; null: no prices.")]
    crowding: CrowdingAnswer
    setups: Annotated[list[SetupAnswer], msgspec.Meta(description="By distance of the near edge from the mark.")]
    notes: Annotated[list[str], msgspec.Meta(description="Why something is unknown, a sentence each.")]
