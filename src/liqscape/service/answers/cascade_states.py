"""How cascades stand and how they ended: rows of the tables `cascades` and `cascade_outcomes`, and their shares."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from liqscape.service.answers.parts import NextCursor, Price, SideNumber, TimeMs, Usd
from liqscape.service.answers.study_parts import Bp, KnownAtMs, Share, StudyAnswer

CascadeStateWord = Literal["none", "starting", "running", "fading", "exhausted", "over"]
OutcomeWord = Literal["reversal", "continuation", "neither"]
HorizonWord = Literal["5m", "1h", "4h", "24h"]


class CascadeStateRow(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a cascade's state, with the rule and the figures that decided it."""

    cascade_id: Annotated[str | None, msgspec.Meta(description="null: there is none.")]
    coin: str
    side: Annotated[int, msgspec.Meta(description="Side that is liquidated: 1 long, -1 short.")]
    direction: Annotated[Literal["sell", "buy"], msgspec.Meta(description="Of the forced flow.")]
    time_ms: TimeMs
    state: CascadeStateWord
    rate_usd: Annotated[float | None, msgspec.Meta(description="USD liquidated in the last minute.")]
    threshold_usd: Annotated[float | None, msgspec.Meta(description="USD a minute from which it is a cascade.")]
    threshold_rule: Annotated[str, msgspec.Meta(description="What the threshold is, in words.")]
    peak_rate_usd: Usd | None
    account_count: Annotated[
        int | None, msgspec.Meta(description="Accounts liquidated in the last minute; null: wallets are not told.")
    ]
    liquidated_usd: Annotated[float | None, msgspec.Meta(description="USD since it started.")]
    fuel_ahead_usd: Annotated[
        float | None, msgspec.Meta(description="USD of levels within 2 sigma of 5 minutes ahead.")
    ]
    sigma_5m_bp: Bp | None
    extreme_mark: Price | None
    known_at_ms: KnownAtMs


class CascadeOutcomeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What price had done at a horizon after a cascade was exhausted."""

    cascade_id: str
    coin: str
    side: SideNumber
    horizon: HorizonWord
    exhausted_ms: TimeMs
    mark_at: Annotated[float | None, msgspec.Meta(description="Mark at the horizon, USD for one coin.")]
    return_bp: Annotated[float | None, msgspec.Meta(description="Against the cascade's direction, basis points.")]
    share_of_move: Annotated[float | None, msgspec.Meta(description="The same by the cascade's move.")]
    outcome: OutcomeWord | None
    reached_reversal: Annotated[bool | None, msgspec.Meta(description="On the way, whatever stood at the horizon.")]
    reached_continuation: bool | None
    baseline_reversal: Annotated[
        float | None, msgspec.Meta(description="Fraction of like moves without a cascade, 0 to 1.")
    ]
    baseline_continuation: Share | None
    baseline_count: int
    known_at_ms: KnownAtMs


class CascadesAnswer(StudyAnswer, frozen=True, kw_only=True):
    """Changes of state, newest first."""

    coin: str
    now: Annotated[
        list[CascadeStateRow], msgspec.Meta(description="Present state of each side; `none` where nothing runs.")
    ]
    cascade_count: int
    cascades: list[CascadeStateRow]
    outcomes: Annotated[
        list[CascadeOutcomeAnswer],
        msgspec.Meta(description="Of the cascades listed, as far as their horizons have passed."),
    ]
    next_cursor: NextCursor = None


CaseShare = Annotated[float | None, msgspec.Meta(description="Fraction of the cases, 0 to 1; null below 20 cases.")]
CaseBound = Annotated[
    float | None, msgspec.Meta(description="End of its 95 % interval by Wilson; null below 20 cases.")
]


class OutcomeShares(msgspec.Struct, frozen=True, kw_only=True):
    """What price did after cascades, at one horizon, beside moves of the same size without a cascade."""

    coin_class: Annotated[str, msgspec.Meta(description="all: coins are not told apart.")]
    horizon: HorizonWord
    count: Annotated[int, msgspec.Meta(description="Cascades judged.")]
    unjudged_count: Annotated[int, msgspec.Meta(description="Those without a mark at the horizon.")]
    reversal_share: CaseShare
    reversal_low: CaseBound
    reversal_high: CaseBound
    continuation_share: CaseShare
    continuation_low: CaseBound
    continuation_high: CaseBound
    neither_share: CaseShare
    neither_low: CaseBound
    neither_high: CaseBound
    median_return_bp: Annotated[float | None, msgspec.Meta(description="Against the cascade; null below 20 cases.")]
    reached_reversal_share: Annotated[
        float | None, msgspec.Meta(description="At any time on the way, of reached_count.")
    ]
    reached_continuation_share: CaseShare
    reached_count: Annotated[int, msgspec.Meta(description="Cases whose way is known.")]
    baseline_reversal: Annotated[
        float | None, msgspec.Meta(description="The same of moves of this size without a cascade; null below 20 cases.")
    ]
    baseline_continuation: CaseShare
    baseline_cases: Annotated[int, msgspec.Meta(description="Cases that have such moves beside them.")]
    cases: Annotated[list[str], msgspec.Meta(description="Cascades it stands on where they are fewer than 20.")]


class OutcomesAnswer(StudyAnswer, frozen=True, kw_only=True):
    """What price did after cascades; `coin` null: of all coins."""

    coin: str | None
    min_count: Annotated[int, msgspec.Meta(description="Fewer cases are listed, and no share is given.")]
    rows: list[OutcomeShares]
