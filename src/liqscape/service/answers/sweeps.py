"""What sweeps did: rows of the table `sweeps`, their outcomes counted, and how far prices overshot."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from liqscape.service.answers.parts import Coins, NextCursor, Price, SideNumber, Usd
from liqscape.service.answers.study_parts import Bp, IsGap, KnownAtMs, Sigmas, StudyAnswer

SweepOutcomeWord = Literal["open", "swept", "partly_swept", "dissolved", "held"]


class SweepAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One sweep. The parts from `liquidated_book` to `unknown` are coins and sum to `size_at_entry`."""

    sweep_id: str
    cluster_id: str
    coin: str
    side: SideNumber
    entered_ms: Annotated[int, msgspec.Meta(description="First mark at or beyond the span's near edge.")]
    crossed_ms: Annotated[int | None, msgspec.Meta(description="First mark at or beyond its far edge; null: not.")]
    left_ms: Annotated[int | None, msgspec.Meta(description="When the mark was back, clear of the span; null: not.")]
    ended_ms: Annotated[int | None, msgspec.Meta(description="Left, or 30 minutes after the extreme; null: not over.")]
    price_low: Annotated[float, msgspec.Meta(description="Span at entry, USD for one coin.")]
    price_high: Price
    extreme_mark: Price | None
    size_at_entry: Coins
    usd_at_entry: Usd | None
    liquidated_book: Coins
    liquidated_backstop: Coins
    deleveraged: Coins
    closed_before: Annotated[float, msgspec.Meta(description="Closed by owners before the mark reached their level.")]
    closed_after: Coins
    saved_by_margin: Coins
    moved_away: Annotated[float, msgspec.Meta(description="Level moved out of reach by other marks or funding.")]
    still_there: Coins
    unknown: Annotated[float, msgspec.Meta(description="Of accounts that were not read since.")]
    closed_by_own_stop: Annotated[
        float | None,
        msgspec.Meta(
            description="Coins, of closed before and after: by own stops that waited before the level. Of accounts "
            "whose trigger orders were known; null where nobody's were."
        ),
    ]
    stop_coverage: Annotated[
        float | None,
        msgspec.Meta(
            description="Share of the size at entry whose accounts' trigger orders were known then; null: none stored."
        ),
    ]
    clear_fraction: Annotated[float | None, msgspec.Meta(description="Liquidated by size at entry, 0 to 1.")]
    outcome: SweepOutcomeWord
    overshoot_bp: Annotated[
        float | None,
        msgspec.Meta(description="How far the mark went beyond the far edge by the sweep's end; null: not crossed."),
    ]
    overshoot_1m_bp: Annotated[
        float | None, msgspec.Meta(description="By 1 minute after the crossing; below 0: turned inside.")
    ]
    overshoot_5m_bp: Bp | None
    overshoot_1h_bp: Bp | None
    overshoot_sigma: Sigmas | None
    overshoot_1m_sigma: Sigmas | None
    overshoot_5m_sigma: Sigmas | None
    overshoot_1h_sigma: Sigmas | None
    sigma_1m_bp: Bp | None
    depth_usd: Annotated[
        float | None, msgspec.Meta(description="Of the book within 1 % at entry; null without a book.")
    ]
    placebo_overshoot_bp: Annotated[
        float | None,
        msgspec.Meta(description="Median overshoot of lines at the same distance in sigma without a cluster."),
    ]
    placebo_count: int
    gap: IsGap
    known_at_ms: KnownAtMs


class OutcomeTotal(msgspec.Struct, frozen=True, kw_only=True):
    """Of all sweeps that fit, one outcome."""

    outcome: SweepOutcomeWord
    count: int
    usd_at_entry: Annotated[float | None, msgspec.Meta(description="USD; null where one of them is unknown.")]


class SweepsAnswer(StudyAnswer, frozen=True, kw_only=True):
    """Newest first, by entry."""

    coin: str
    open: Annotated[
        list[SweepAnswer],
        msgspec.Meta(
            description="Of the newest minute: those not over, and those that wait for the mark an hour after."
        ),
    ]
    totals: Annotated[list[OutcomeTotal], msgspec.Meta(description="Of all that fit and are over.")]
    sweeps: list[SweepAnswer]
    next_cursor: NextCursor = None


UnitWord = Literal["bp", "sigma"]
Quantile = Annotated[float | None, msgspec.Meta(description="In `unit`; null below 20 cases.")]
Bound = Annotated[
    float | None,
    msgspec.Meta(description="End of its 95 % interval, from days drawn again; null below 20 cases or of one day."),
]


class OvershootRow(msgspec.Struct, frozen=True, kw_only=True):
    """Overshoot of the sweeps of a class of coins and a size of clusters, beside lines without a cluster."""

    coin_class: Annotated[str, msgspec.Meta(description="By depth within 1 %: deep, medium, thin, unknown.")]
    size_class: Annotated[
        str, msgspec.Meta(description="Cluster USD / depth within 1 % at entry: `0.1-0.3`, `all` ...")
    ]
    horizon: Annotated[str, msgspec.Meta(description="end of the sweep, or 1m, 5m, 1h after the crossing.")]
    unit: UnitWord
    count: int
    day_count: int
    q10: Quantile
    q10_low: Bound
    q10_high: Bound
    q50: Quantile
    q50_low: Bound
    q50_high: Bound
    q90: Quantile
    q90_low: Bound
    q90_high: Bound
    placebo_count: int
    placebo_median: Annotated[float | None, msgspec.Meta(description="At the end; null where fewer than 20 have one.")]
    cases: Annotated[list[str], msgspec.Meta(description="Sweeps it stands on where they are fewer than 20.")]


class OvershootAnswer(StudyAnswer, frozen=True, kw_only=True):
    """How far sweeps overshoot; `coin` null: of all coins."""

    coin: str | None
    min_count: Annotated[int, msgspec.Meta(description="Fewer cases are listed, and no quantile is given.")]
    rows: list[OvershootRow]
