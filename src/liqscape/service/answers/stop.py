"""A stop among clusters: verdict, size at equal dollar risk, own liquidation price, stops past each cluster."""

from __future__ import annotations

from typing import Annotated

import msgspec

from liqscape.insight.advice.records import (
    ClusterOvershoot,
    OvershootSource,
    OwnLevel,
    PlaceWord,
    StopSizing,
    VerdictWord,
    WindowRule,
)
from liqscape.service.answers.odds import HorizonWord, RecordSource
from liqscape.service.answers.parts import Doubts, Price, ProvenanceAnswer, SideNumber, TimeMs, Usd
from liqscape.service.answers.tracked import ClusterId, ObservedMs

Window = Annotated[
    float | None, msgspec.Meta(description="Basis points past the far edge that count as just beyond; null: unknown.")
]
Reasons = Annotated[list[str], msgspec.Meta(description="Rules that hold, the first one decided.")]


class StopCluster(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster of the trade's side at the present frame, in the order in which the mark meets them."""

    place: Annotated[PlaceWord, msgspec.Meta(description="Where it stands against entry and stop.")]
    cluster_id: ClusterId | None
    price_low: Price
    price_high: Price
    price_peak: Price
    notional: Usd
    weighted_age_ms: ObservedMs | None
    far_edge: Annotated[float, msgspec.Meta(description="The edge the mark meets last, USD for one coin.")]
    distance_bp: Annotated[
        float, msgspec.Meta(description="Of the stop past the far edge, basis points; below 0: in it or before it.")
    ]
    overshoot: ClusterOvershoot
    window_bp: Window
    window_rule: Annotated[WindowRule | None, msgspec.Meta(description="What says the window; null: nothing does.")]


class TouchOdds(msgspec.Struct, frozen=True, kw_only=True):
    """Probability that the mark reaches the stop within a horizon, with its record (/odds says more of it)."""

    horizon: HorizonWord
    distance_sigma: Annotated[float | None, msgspec.Meta(description="Of the stop from the mark, in sigma of it.")]
    probability: Annotated[float | None, msgspec.Meta(description="0 to 1; null: no record (`note`).")]
    brier: Annotated[float | None, msgspec.Meta(description="Of such forecasts at that distance.")]
    skill: Annotated[float | None, msgspec.Meta(description="1 - Brier score / that of climatology.")]
    windows: Annotated[int | None, msgspec.Meta(description="That do not overlap, in the record.")]
    source: Annotated[RecordSource | None, msgspec.Meta(description="Whose prices the record is of.")]
    note: str | None


class NextStopRow(msgspec.Struct, frozen=True, kw_only=True):
    """A stop past a cluster; all but the cluster and the quantile are null where its overshoot is unknown."""

    cluster_id: ClusterId | None
    price_low: Price
    price_high: Price
    quantile: Annotated[float, msgspec.Meta(description="Share of the class's overshoots that end before it.")]
    overshoot_bp: Annotated[float | None, msgspec.Meta(description="At that share, basis points; null: unknown.")]
    source: Annotated[OvershootSource, msgspec.Meta(description="Where the overshoot is from.")]
    n: Annotated[int, msgspec.Meta(description="Sweeps, or simulated runs, it stands on.")]
    stop: Annotated[float | None, msgspec.Meta(description="A price an order may have, USD for one coin.")]
    verdict: VerdictWord | None
    reasons: Reasons
    sizing: Annotated[StopSizing | None, msgspec.Meta(description="At equal dollar risk; size 0: below one lot.")]
    liquidation: OwnLevel | None
    odds: Annotated[list[TouchOdds] | None, msgspec.Meta(description="Of reaching it; null: no record, or no stop.")]


class StopsAtYours(msgspec.Struct, frozen=True, kw_only=True):
    """Known stops of others within 10 bp of the stop, on its side. Figures are null where no triggers are known."""

    price_low: Price
    price_high: Price
    order_count: int | None = None
    account_count: Annotated[int | None, msgspec.Meta(description="Accounts of the map behind them.")] = None
    notional: Annotated[float | None, msgspec.Meta(description="USD at their trigger prices.")] = None
    coverage: Annotated[
        float | None,
        msgspec.Meta(description="Open size of the side whose triggers are known / open interest; null: unknown."),
    ] = None
    median_age_ms: Annotated[int | None, msgspec.Meta(description="Milliseconds since triggers were read.")] = None
    note: Annotated[str | None, msgspec.Meta(description="What they are of, or why they are unknown.")] = None


class StopAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a stop. The exchange triggers it on the mark and fills it in the book."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coin: str
    side: SideNumber
    mark: Price | None
    entry: Price
    stop: Price
    verdict: VerdictWord
    reasons: Reasons
    sigma_1h_percent: Annotated[
        float | None,
        msgspec.Meta(description="Standard deviation of the next hour's log return, percent; null: unknown."),
    ]
    clusters: list[StopCluster]
    sizing: StopSizing
    liquidation: OwnLevel
    next_stops: Annotated[list[NextStopRow], msgspec.Meta(description="Two a cluster: at 50 and 90 % overshoot.")]
    fee_bp: Annotated[float, msgspec.Meta(description="Taker fee, basis points of notional.")]
    fee_source: Annotated[str, msgspec.Meta(description='"given", or "assumed": the lowest tier, no discounts.')]
    odds: Annotated[list[TouchOdds] | None, msgspec.Meta(description="Of reaching the stop; null: no record.")] = None
    stops_at_yours: Annotated[StopsAtYours | None, msgspec.Meta(description="Stops of others there (triggers.md).")] = (
        None
    )
    odds_note: Annotated[str | None, msgspec.Meta(description="Why there are none.")] = None
    notes: list[str] = []
    doubt: Doubts = []
