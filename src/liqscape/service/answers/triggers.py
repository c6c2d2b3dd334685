"""Trigger orders of one coin: bands by kind, coverage of their own, levels with a stop before them, absorption."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from liqscape.service.answers.parts import Doubts, Percent, Price, ProvenanceAnswer, TimeMs

TriggerWord = Literal["stop_sell", "stop_buy", "take_profit_sell", "take_profit_buy"]
"""Stop sells and take-profit buys wait below the mark, the other two above it."""
LeftOutWord = Literal["unreadable", "fired", "unknown_account", "no_position", "wrong_side", "nothing_left"]
RestingWord = Literal["book", "summary"]

TriggerUsd = Annotated[float, msgspec.Meta(description="USD at the trigger prices.")]
AgeOfReading = Annotated[
    int | None, msgspec.Meta(description="Milliseconds since triggers of the known accounts were read; null: of none.")
]
KnownColumn = list[float | None]


class TriggerCoverageAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Of how much of the coin the trigger orders are known: fractions of open size, not of stops."""

    share: Annotated[
        float | None,
        msgspec.Meta(description="Known open size / (2 * open interest); null: open interest is unknown."),
    ]
    long_share: Annotated[
        float | None, msgspec.Meta(description="The same of longs, whose orders are sells, / open interest.")
    ]
    short_share: Annotated[float | None, msgspec.Meta(description="The same of shorts, whose orders are buys.")]
    map_share: Annotated[float | None, msgspec.Meta(description="Known open size / that of all positions on the map.")]
    account_count: Annotated[int, msgspec.Meta(description="Accounts of the map that hold the coin.")]
    known_account_count: Annotated[int, msgspec.Meta(description="Of them, those whose trigger orders were read.")]
    median_age_ms: AgeOfReading
    oldest_age_ms: AgeOfReading


class TriggerTotal(msgspec.Struct, frozen=True, kw_only=True):
    """All known orders of one kind, at whatever price."""

    kind: TriggerWord
    size: Annotated[float, msgspec.Meta(description="Coins that would be sent.")]
    notional: TriggerUsd
    limit_notional: Annotated[float, msgspec.Meta(description="Of it, by orders that rest at a limit once fired.")]
    whole_position_notional: Annotated[
        float, msgspec.Meta(description="Of it, by orders that take their size from the position as it stands now.")
    ]
    order_count: int
    account_count: Annotated[int, msgspec.Meta(description="Accounts of the map behind them.")]
    nearest_price: Annotated[float | None, msgspec.Meta(description="The one the mark meets first; null: no order.")]


class TriggerBandColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Bands as columns of equal length, one row per band and kind, sorted so."""

    band: Annotated[list[int], msgspec.Meta(description="Index in the price grid at the answer's level.")]
    price_low: Annotated[list[float], msgspec.Meta(description="Lower edge, USD; belongs to the band.")]
    price_high: Annotated[list[float], msgspec.Meta(description="Upper edge, USD; belongs to the next band.")]
    kind: list[TriggerWord]
    size: Annotated[list[float], msgspec.Meta(description="Coins that would be sent.")]
    notional: Annotated[list[float], msgspec.Meta(description="USD at the trigger prices.")]
    limit_notional: Annotated[
        list[float], msgspec.Meta(description="Of it, by orders that rest at a limit once fired.")
    ]
    whole_position_notional: Annotated[
        list[float], msgspec.Meta(description="Of it, by orders that take their size from the position.")
    ]
    order_count: list[int]
    account_count: Annotated[list[int], msgspec.Meta(description="Accounts of the map behind them.")]


class TriggerClusterAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Neighbouring bands of one kind that hold much, by the rules of liquidation clusters."""

    kind: TriggerWord
    price_low: Price
    price_high: Price
    price_peak: Price
    size: Annotated[float, msgspec.Meta(description="Coins that would be sent.")]
    notional: TriggerUsd
    order_count: int
    distance_percent: Percent


class StoppedLevelColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Liquidation bands of the map as columns, one row per band and side, with what has an own stop before it.

    The bands of the map hold these positions all the same: nothing is subtracted.
    """

    band: Annotated[list[int], msgspec.Meta(description="Index in the price grid at the answer's level.")]
    price_low: Annotated[list[float], msgspec.Meta(description="Lower edge, USD; belongs to the band.")]
    price_high: Annotated[list[float], msgspec.Meta(description="Upper edge, USD; belongs to the next band.")]
    side: Annotated[list[int], msgspec.Meta(description="1 long, -1 short.")]
    size: Annotated[list[float], msgspec.Meta(description="Coins liquidated in this band, as in the frame.")]
    notional: Annotated[KnownColumn, msgspec.Meta(description="size * mark, USD.")]
    known_notional: Annotated[
        KnownColumn, msgspec.Meta(description="Of it, of accounts whose trigger orders were read, at the mark.")
    ]
    coverage: Annotated[list[float], msgspec.Meta(description="known / size: 0 says that nothing is known of stops.")]
    median_age_ms: Annotated[
        list[int | None], msgspec.Meta(description="Milliseconds since they were read; null: none was.")
    ]
    stopped_notional: Annotated[
        KnownColumn,
        msgspec.Meta(description="Of it, closed by own known market stops between mark and level, at the mark."),
    ]
    limit_stopped_notional: Annotated[
        KnownColumn,
        msgspec.Meta(description="Of it, by own stops that rest at a limit once fired: they may stay unfilled."),
    ]


class AbsorptionColumns(msgspec.Struct, frozen=True, kw_only=True):
    """On the way from the mark to each price, rising: three figures side by side, never to be summed.

    Below the mark: levels of longs, stop sells, bids. Above it: levels of shorts, stop buys, asks.
    """

    price: Annotated[list[float], msgspec.Meta(description="Edges of bands, USD. Empty where the mark is unknown.")]
    distance_percent: list[float]
    liquidation_notional: Annotated[
        list[float], msgspec.Meta(description="USD at their levels, from the mark to there.")
    ]
    stop_notional: Annotated[
        KnownColumn, msgspec.Meta(description="USD of known stops at their prices; null: this source has none.")
    ]
    resting_notional: Annotated[
        KnownColumn, msgspec.Meta(description="USD of the book from its mid to there; null: not known so far.")
    ]


class RestingStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What the resting figures are of."""

    source: Annotated[
        RestingWord,
        msgspec.Meta(
            description="book: levels as stored; summary: USD within 0.5, 1 and 2 % of the mid, spread evenly."
        ),
    ]
    as_of_ms: TimeMs
    mid: Price


class LeftOutOrders(msgspec.Struct, frozen=True, kw_only=True):
    """Known orders that are in no band, and why."""

    reason: LeftOutWord
    order_count: int
    text: str


class TriggerStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a coin's trigger orders as of a frame, in short: no bands, no levels of liquidations."""

    coin: str
    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    mark: Price | None
    has_triggers: Annotated[
        bool, msgspec.Meta(description="False: this source reads none; what is null then is unknown, not zero.")
    ]
    coverage: TriggerCoverageAnswer | None
    totals: Annotated[list[TriggerTotal] | None, msgspec.Meta(description="The four kinds, at all prices.")]
    clusters: Annotated[list[TriggerClusterAnswer] | None, msgspec.Meta(description="Largest first, at all prices.")]


class TriggersAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Stops and take-profits of a coin as far as they were read: never summed with liquidations or with the book."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coin: str
    mark: Price | None
    level: Annotated[int, msgspec.Meta(description="A band of this level merges 2^level base bands of 5 bp.")]
    within_percent: Annotated[
        float, msgspec.Meta(description="Bands, levels and absorption reach so far from the mark.")
    ]
    has_triggers: Annotated[
        bool, msgspec.Meta(description="False: this source reads none; what is null then is unknown, not zero.")
    ]
    coverage: TriggerCoverageAnswer | None
    totals: Annotated[list[TriggerTotal] | None, msgspec.Meta(description="The four kinds, at all prices.")]
    bands: TriggerBandColumns | None
    clusters: Annotated[list[TriggerClusterAnswer] | None, msgspec.Meta(description="Largest first, at all prices.")]
    levels: StoppedLevelColumns | None
    absorption: AbsorptionColumns
    resting: Annotated[RestingStanding | None, msgspec.Meta(description="Null: no book of this time is known.")]
    left_out: Annotated[list[LeftOutOrders] | None, msgspec.Meta(description="Reasons that any order has.")]
    notes: list[str]
    doubt: Doubts = []
