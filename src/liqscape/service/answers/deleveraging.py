"""What auto-deleveraging would take: of whom for each cluster, and where an account stands in its queues."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from liqscape.service.answers.parts import Coins, Percent, Price, ProvenanceAnswer, SideNumber, TimeMs, Usd

FigureSource = Literal["measured", "assumed", "given", "modelled"]
ScoreWord = Literal["binary", "documented", "symmetric", "water_filling"]

DeleveragingRisk = Annotated[
    float,
    msgspec.Meta(
        description="Simulated: USD deleveraged if the mark reaches the far edge, over the cluster's USD; above 1 "
        "where accounts on the way are many; null: not worked out, too old, or the edge is out of reach."
    ),
]
DeleveragedUsd = Annotated[
    float,
    msgspec.Meta(description="Simulated: USD of winners closed by the exchange, in all coins; null as the risk."),
]
RiskTimeMs = Annotated[
    int, msgspec.Meta(description="Frame the simulation started from, ms since 1970 UTC; null without one.")
]


class DeleveragingPayer(msgspec.Struct, frozen=True, kw_only=True):
    """A winner that would be closed, in whole or in part."""

    address: str
    coin: str
    side: SideNumber
    size: Annotated[float, msgspec.Meta(description="Coins closed, > 0.")]
    usd: Annotated[float, msgspec.Meta(description="At the price of the closing, the previous mark.")]
    share: Annotated[float, msgspec.Meta(description="Fraction of `deleveraged_usd`.")]


class ClusterDeleveraging(msgspec.Struct, frozen=True, kw_only=True):
    """One cluster and what the engine does until the mark stands at its far edge. Figures of the run are null where
    the mark did not come so far; `note` says why."""

    side: SideNumber
    price_low: Price
    price_high: Price
    price_peak: Price
    notional: Annotated[float, msgspec.Meta(description="Of the cluster, at the mark, USD.")]
    distance_percent: Percent
    cluster_id: str | None
    far_edge: Annotated[float, msgspec.Meta(description="The lower edge of longs, the upper one of shorts.")]
    deleveraged_usd: DeleveragedUsd | None
    deleveraging_risk: DeleveragingRisk | None
    simulated_ms: Annotated[int, msgspec.Meta(description="Until the mark stood at the far edge.")] | None
    filled_usd: Annotated[float, msgspec.Meta(description="Liquidation orders filled by books.")] | None
    backstop_usd: Annotated[float, msgspec.Meta(description="Taken over by liquidator vaults.")] | None
    deficit_usd: Annotated[float, msgspec.Meta(description="Below nothing, and nobody was left to pay.")] | None
    vault_equity_left_usd: Usd | None
    deleveraged_coin_count: int | None
    depth_usd: (
        Annotated[float, msgspec.Meta(description="What rests within 1 % on the side that would take the cluster.")]
        | None
    )
    depth_ratio: Annotated[float, msgspec.Meta(description="`notional` over `depth_usd`.")] | None
    notional_to_there: Annotated[
        float, msgspec.Meta(description="Of its side from the mark to the far edge, at the mark, USD.")
    ]
    share_to_there: (
        Annotated[
            float, msgspec.Meta(description="`deleveraged_usd` over `notional_to_there`: the clusters before too.")
        ]
        | None
    )
    side_share: (
        Annotated[
            float,
            msgspec.Meta(
                description="USD of its side as far from the mark as its far edge, over the USD of both sides there: "
                "1 is all of one side."
            ),
        ]
        | None
    )
    payer_count: int | None
    payers: Annotated[list[DeleveragingPayer], msgspec.Meta(description="At most 20, most USD first.")]
    note: str | None


class DeleveragingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """SIMULATED: what would be deleveraged if the mark reached each cluster of a coin, nearest first."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coin: str
    mark: Price | None
    is_simulated: bool
    pace_percent_a_minute: float
    settle_ms: int
    reach_percent: Annotated[
        float,
        msgspec.Meta(description="Below the mark, and the same factor above: what is further off is not simulated."),
    ]
    vault_equity_usd: Annotated[float, msgspec.Meta(description="Of the liquidator vaults of the coin's dex.")] | None
    vault_equity_source: FigureSource
    depth_bid_usd: Annotated[float, msgspec.Meta(description="Within 1 % of the mark.")] | None
    depth_ask_usd: Annotated[float, msgspec.Meta(description="Within 1 % of the mark.")] | None
    depth_source: FigureSource
    clusters: list[ClusterDeleveraging]
    assumptions: list[str]
    note: str | None


class QueueRank(msgspec.Struct, frozen=True, kw_only=True):
    """Where a position stands by one score."""

    score: ScoreWord
    is_default: Annotated[bool, msgspec.Meta(description="The one that the engine uses.")]
    value: Annotated[float, msgspec.Meta(description="null where the position may not be cut.")] | None
    rank: Annotated[int, msgspec.Meta(description="1 is cut first; null: not in the queue.")] | None
    queue_count: int
    queue_usd: Usd
    usd_ahead: Usd | None
    share_ahead: Annotated[float, msgspec.Meta(description="Fraction of `queue_usd`.")] | None


class QueuedPosition(msgspec.Struct, frozen=True, kw_only=True):
    """A position and its places in the queue of its side. Null: not known."""

    coin: str
    side: SideNumber
    size: Coins
    mark: Price | None
    entry_price: Price | None
    notional: Usd | None
    account_value: Annotated[float, msgspec.Meta(description="Of the margin pool behind it, USD.")] | None
    leverage: Annotated[float, msgspec.Meta(description="`notional` over `account_value`.")] | None
    unrealized_pnl: Usd | None
    is_profitable: Annotated[bool, msgspec.Meta(description="Who has no profit is cut only after all who have.")] | None
    side_notional: Annotated[float, msgspec.Meta(description="USD of everybody of its side who may be cut.")]
    side_share: Annotated[float, msgspec.Meta(description="Its fraction of `side_notional`.")] | None
    unranked_count: Annotated[
        int, msgspec.Meta(description="Positions of its side without a place: their margin or entry is not known.")
    ]
    unranked_usd: Usd
    ranks: list[QueueRank]
    note: Annotated[str, msgspec.Meta(description="Why it has no place; null where it has one.")] | None


class AccountDeleveragingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Where the positions of an address stand in the queues of winners now: the engine's own order."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    address: str
    score_default: ScoreWord
    rows: list[QueuedPosition]
    note: str | None
