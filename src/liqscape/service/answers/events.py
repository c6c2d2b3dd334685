"""Liquidations with what price did after them: rows of the table `liquidation_events`."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from liqscape.service.answers.parts import Coins, NextCursor, Price, SideNumber, TimeMs, Usd
from liqscape.service.answers.study_parts import Bp, KnownAtMs, StudyAnswer

DirectionWord = Literal["sell", "buy"]

EventId = Annotated[str, msgspec.Meta(description="Made of coin, side, time of the first fill, wallet and method.")]
PreMid = Annotated[float, msgspec.Meta(description="Last mid before the first fill, USD for one coin.")]
MeasuredOn = Annotated[
    str,
    msgspec.Meta(description="`mids`, or `marks` where the source has no mids; null: on neither, nothing is measured."),
]
Slippage = Annotated[
    float,
    msgspec.Meta(description="Average price of the fills against `pre_mid`, above 0 in the forced flow's direction."),
]
Impact1s = Annotated[
    float,
    msgspec.Meta(
        description="Mid 1 s after the last fill against `pre_mid`, in the forced flow's direction, basis points."
    ),
]
RecoveryMs = Annotated[
    int,
    msgspec.Meta(
        description="Milliseconds until half of the largest excursion was regained; null: not within 10 minutes."
    ),
]
DepthShare = Annotated[
    float, msgspec.Meta(description="Size by the book's depth within 1 % before; null without a book.")
]
Baseline1s = Annotated[
    float,
    msgspec.Meta(
        description="The same at up to 200 calm times of the 24 hours before, median, basis points; null below 50."
    ),
]
BurstId = Annotated[
    str, msgspec.Meta(description="Events of one coin and side at most 5 s apart; the impact is the burst's.")
]
WhyUnknown = Annotated[str, msgspec.Meta(description="Why a figure is null, in words.")]
InCluster = Annotated[str, msgspec.Meta(description="Cluster its level stood in; null: in none, or not studied.")]


class EventAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One liquidation with its impact and its baseline. A figure that the coin's mids cannot carry is null, never 0."""

    event_id: EventId
    address: str | None
    coin: str
    side: SideNumber
    direction: Annotated[DirectionWord, msgspec.Meta(description="Of the forced flow.")]
    method: str | None
    evidence: str | None
    size: Coins
    price: Annotated[float | None, msgspec.Meta(description="Average price of the fills, USD for one coin.")]
    notional: Usd | None
    mark: Price | None
    liquidation_price: Annotated[float | None, msgspec.Meta(description="Level this map had just before.")]
    band: Annotated[
        int | None,
        msgspec.Meta(description="Base band of the price grid that held its level, or its price where that is null."),
    ]
    first_fill_ms: TimeMs
    last_fill_ms: TimeMs
    pre_mid: PreMid | None
    measured_on: MeasuredOn | None
    slippage_bp: Slippage | None
    impact_1s_bp: Impact1s | None
    impact_10s_bp: Bp | None
    impact_60s_bp: Bp | None
    recovery_ms: RecoveryMs | None
    depth_share: DepthShare | None
    taken_by: Annotated[str | None, msgspec.Meta(description="book, hlp, vault or winners.")]
    baseline_1s_bp: Baseline1s | None
    baseline_10s_bp: Bp | None
    baseline_60s_bp: Bp | None
    baseline_count: int
    burst_id: BurstId | None
    burst_usd: Usd | None
    why_unknown: WhyUnknown | None
    cluster_id: InCluster | None
    known_at_ms: KnownAtMs


class EventTotals(msgspec.Struct, frozen=True, kw_only=True):
    """Of all events that fit."""

    count: int
    address_count: int
    long_notional: Annotated[float | None, msgspec.Meta(description="USD; null where one of them is unknown.")]
    short_notional: Usd | None


class EventsAnswer(StudyAnswer, frozen=True, kw_only=True):
    """Newest first, by first fill. `coin` null: of all coins."""

    coin: str | None
    totals: EventTotals
    events: list[EventAnswer]
    next_cursor: NextCursor = None
