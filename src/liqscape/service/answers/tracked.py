"""Clusters that keep their identity: one row of the table `clusters`, and the life of one of them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from liqscape.service.answers.cluster_changes import ReasonWord
from liqscape.service.answers.parts import Coins, Price, SideNumber, TimeMs
from liqscape.service.answers.study_parts import KnownAtMs, StudyAnswer
from liqscape.service.answers.sweeps import SweepAnswer

SweepStateWord = Literal["untouched", "entered", "crossed", "left"]
EventWord = Literal["born", "standing", "ended"]

ClusterId = Annotated[str, msgspec.Meta(description="Identity, made of coin, side, birth and peak band.")]
ObservedMs = Annotated[
    int, msgspec.Meta(description="Milliseconds that were observed; gaps of the history do not count.")
]
IsAtLeast = Annotated[
    bool, msgspec.Meta(description="It may be older: it was there when the history began. Say: at least.")
]
Persistence = Annotated[
    float, msgspec.Meta(description="Fraction of today's coins whose level has been in the span for so long, 0 to 1.")
]


class TrackedClusterRow(msgspec.Struct, frozen=True, kw_only=True):
    """One cluster with its identity at one minute."""

    time_ms: TimeMs
    coin: str
    side: SideNumber
    cluster_id: ClusterId
    event: Annotated[EventWord, msgspec.Meta(description="What the row says: its birth, how it stands, or its end.")]
    born_ms: TimeMs
    price_low: Price
    price_high: Price
    price_peak: Price
    size: Coins
    notional: Annotated[float | None, msgspec.Meta(description="USD at the mark; null where the mark is unknown.")]
    position_count: int | None
    age_ms: ObservedMs
    is_age_at_least: IsAtLeast
    weighted_age_ms: (
        Annotated[int, msgspec.Meta(description="How long its coins have been in the span, weighted by size.")] | None
    )
    is_weighted_age_at_least: IsAtLeast
    persistence_1h: Persistence | None
    persistence_4h: Persistence | None
    persistence_1d: Persistence | None
    persistence_3d: Persistence | None
    sweep_state: Annotated[
        SweepStateWord | None,
        msgspec.Meta(description="How far the mark has gone through the span; prints never count."),
    ]
    residual_size: Annotated[
        float | None, msgspec.Meta(description="Coins that a sweep left standing; null without one.")
    ]
    whole_order_window_count: Annotated[
        int | None,
        msgspec.Meta(description="Accounts inside the 30 s in which the exchange sends their whole position."),
    ]
    parent: Annotated[str | None, msgspec.Meta(description="Identity of the cluster it split from.")]
    merged_into: Annotated[str | None, msgspec.Meta(description="Identity of the cluster it ended in.")]
    is_known: Annotated[bool, msgspec.Meta(description="False: held, but the coin's mark is unknown.")]
    mark: Price | None
    known_at_ms: KnownAtMs


class LifeReason(msgspec.Struct, frozen=True, kw_only=True):
    """Change of a cluster for one reason in one step of time."""

    time_ms: Annotated[int, msgspec.Meta(description="Start of the step, ms since 1970 UTC.")]
    reason: ReasonWord
    size: Annotated[float, msgspec.Meta(description="Coins that came (above 0) or went.")]
    usd: Annotated[float | None, msgspec.Meta(description="USD; null where one of them is unknown.")]
    position_count: int


class ClusterLifeAnswer(StudyAnswer, frozen=True, kw_only=True):
    """A cluster from its birth: its size by time, why it changed, and what swept it."""

    coin: str
    cluster: Annotated[TrackedClusterRow, msgspec.Meta(description="Its newest row.")]
    children: Annotated[list[str], msgspec.Meta(description="Clusters that split from it.")]
    merged: Annotated[list[str], msgspec.Meta(description="Clusters that ended in it.")]
    life: Annotated[
        list[TrackedClusterRow], msgspec.Meta(description="By time: birth, end, and each quarter of an hour between.")
    ]
    step_ms: Annotated[int, msgspec.Meta(description="Length of the steps of `changes`.")]
    changes: Annotated[list[LifeReason], msgspec.Meta(description="By time, then reason; they sum to the change.")]
    sweeps: Annotated[list[SweepAnswer], msgspec.Meta(description="Newest first; one that is not over is `open`.")]
