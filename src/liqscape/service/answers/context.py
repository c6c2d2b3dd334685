"""What stands beside the map of a coin through time: open interest, funding, longs and shorts, liquidations."""

from __future__ import annotations

from typing import Annotated

import msgspec

from liqscape.service.answers.cascade_states import CascadeStateWord
from liqscape.service.answers.parts import ProvenanceAnswer, TimeMs

DISTANCES = ("1", "2", "5", "10")
"""Percent of the mark."""


class ContextAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A coin by columns of time, those of its heatmap: column c shows the last frame before its end, null in a hole."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coin: str
    start_ms: TimeMs
    step_ms: Annotated[int, msgspec.Meta(description="Column c shows the last frame before its end.")]
    columns: int
    time_ms: Annotated[list[int | None], msgspec.Meta(description="Of the frame shown; null is a hole.")]
    mark: Annotated[list[float | None], msgspec.Meta(description="USD for one coin.")]
    open_interest: Annotated[list[float | None], msgspec.Meta(description="Coins, one side.")]
    open_interest_change: Annotated[
        list[float | None], msgspec.Meta(description="Coins against the column before; null where either is unknown.")
    ]
    open_interest_usd: Annotated[list[float | None], msgspec.Meta(description="At the mark of the frame.")]
    funding_hour_ms: Annotated[
        list[int | None], msgspec.Meta(description="Full hour whose funding was the last one paid at the frame.")
    ]
    funding_8h: Annotated[
        list[float | None],
        msgspec.Meta(
            description="Fraction: 8 times the hourly rate of that hour, USD due over oracle; longs pay if > 0."
        ),
    ]
    funding_annual: Annotated[list[float | None], msgspec.Meta(description="The same over 8,760 hours.")]
    long_notional: Annotated[list[float | None], msgspec.Meta(description="USD at the mark of all known longs.")]
    short_notional: Annotated[list[float | None], msgspec.Meta(description="The same of shorts.")]
    long_accounts: Annotated[
        list[int | None], msgspec.Meta(description="Known long positions: an account holds one of a coin at most.")
    ]
    short_accounts: Annotated[list[int | None], msgspec.Meta(description="The same of shorts.")]
    imbalance: Annotated[
        dict[str, list[float | None]],
        msgspec.Meta(
            description="By percent of the mark, 1, 2, 5 and 10: (short above - long below) / (both), -1 to 1; "
            "null without any."
        ),
    ]
    liquidated_long_usd: Annotated[
        list[float | None],
        msgspec.Meta(description="USD of longs whose liquidation began in the step; null where nobody watched."),
    ]
    liquidated_short_usd: Annotated[list[float | None], msgspec.Meta(description="The same of shorts.")]
    cascade_state: Annotated[
        list[CascadeStateWord | None],
        msgspec.Meta(
            description="Worst state of a cascade of either side in the step, by running, starting, fading, exhausted, "
            "over, none; null where it was not studied."
        ),
    ]
    notes: Annotated[list[str], msgspec.Meta(description="Why a figure is unknown in all columns, a sentence each.")]
