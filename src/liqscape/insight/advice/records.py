"""Records of the advice on a stop: the trade, clusters as it sees them, terms of its size, its own liquidation.

Prices are USD for one coin, sizes coins, notionals USD; None is unknown, never 0. A share of a price times 10,000 is in
basis points (bp).
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

PlaceWord = Literal["ahead of the entry", "between", "at the stop", "beyond the stop"]
VerdictWord = Literal[
    "inside a cluster", "just beyond one", "clear of clusters", "liquidated before the stop", "unknown"
]
OvershootSource = Literal["measured", "simulated", "unknown"]
SlippageSource = Literal["measured", "modelled", "unknown"]
WindowRule = Literal["90 % overshoot", "0.5 sigma_1h"]
PoolWord = Literal["isolated", "cross"]
BackingWord = Literal["margin", "leverage", "account"]

UNKNOWN_BACKING = "unknown: needs margin, leverage or account"

Quantile = Annotated[float | None, Meta(description="Basis points beyond the far edge; null where it is not known.")]
QuantileEnd = Annotated[
    float | None, Meta(description="End of its 95 % interval, days drawn again; null of one day, or simulated.")
]


class StopTrade(Struct, frozen=True):
    """side 1 long, -1 short; entry and stop USD, the stop on the losing side of the entry."""

    side: int
    entry: float
    stop: float


class SpanOfLevels(Struct, frozen=True):
    """Where levels of one side stand close together: [low, high] USD, notional USD at the mark."""

    low: float
    high: float
    notional: float

    def edges(self, side: int) -> tuple[float, float]:
        """(near, far) as the mark meets them on its way against a position of that side."""
        return (self.high, self.low) if side > 0 else (self.low, self.high)


class ClusterOvershoot(Struct, frozen=True, kw_only=True):
    """How far the mark went beyond the far edge of clusters like this one, where it crossed them."""

    source: OvershootSource
    q50_bp: Quantile = None
    q50_low_bp: QuantileEnd = None
    q50_high_bp: QuantileEnd = None
    q90_bp: Quantile = None
    q90_low_bp: QuantileEnd = None
    q90_high_bp: QuantileEnd = None
    n: Annotated[int, Meta(description="Sweeps of its class that crossed, or runs of the simulation.")] = 0
    day_count: Annotated[int, Meta(description="UTC days they come from.")] = 0
    coin_class: Annotated[str | None, Meta(description="By depth within 1 %: deep, medium, thin, unknown.")] = None
    size_class: Annotated[str | None, Meta(description="Cluster USD / depth within 1 %; `all`: of any size.")] = None


class MetCluster(Struct, frozen=True, kw_only=True):
    """A cluster as a trade sees it.

    distance_bp  of the stop beyond the far edge, below 0 in or before the cluster.
    window_bp    within which a stop is `just beyond`, None where nothing says how far; window_rule: what says it.
    """

    place: PlaceWord
    span: SpanOfLevels
    far_edge: float
    distance_bp: float
    overshoot: ClusterOvershoot
    window_bp: float | None
    window_rule: WindowRule | None


class StopSizing(Struct, frozen=True, kw_only=True):
    """Size at a dollar risk; every term in USD for one coin.

    loss_per_coin = distance + entry_fee + stop_fee + slippage (left out where unknown)
    loss_usd = size * loss_per_coin
    """

    stop: Annotated[float, Meta(description="USD for one coin.")]
    risk_usd: Annotated[float, Meta(description="What may be lost, USD.")]
    size: Annotated[float, Meta(description="Coins, whole lots: the largest that loses no more.")]
    lot: Annotated[float, Meta(description="Smallest step of a size, coins.")]
    notional: Annotated[float, Meta(description="Size at the entry, USD.")]
    distance: Annotated[float, Meta(description="Entry to stop, USD for one coin.")]
    entry_fee: Annotated[float, Meta(description="Taker fee at the entry, USD for one coin.")]
    stop_fee: Annotated[float, Meta(description="Taker fee at the stop, USD for one coin.")]
    slippage: Annotated[
        float | None,
        Meta(description="Average price worse than the stop, USD for one coin; null: unknown, and in no sum."),
    ]
    slippage_source: Annotated[
        SlippageSource,
        Meta(description="measured: a stored book; modelled: its depth within 0.5, 1, 2 %; unknown: neither."),
    ]
    loss_per_coin: Annotated[float, Meta(description="Sum of the known terms, USD for one coin.")]
    loss_usd: Annotated[float, Meta(description="Size times that.")]


class OwnLevel(Struct, frozen=True, kw_only=True):
    """Liquidation price of the trade's own pool at its size, by the solver of the map."""

    pool: Annotated[PoolWord | None, Meta(description="Which margin backs it; null: not said.")] = None
    backed_by: Annotated[BackingWord | None, Meta(description="What its margin was made of; null: not said.")] = None
    margin_usd: Annotated[float | None, Meta(description="Of a pool of its own, before the entry fee, USD.")] = None
    leverage: Annotated[float | None, Meta(description="Notional over that margin.")] = None
    solo: Annotated[
        float | None, Meta(description="This coin moving alone, USD for one coin; null: none, or unknown (`note`).")
    ] = None
    joint: Annotated[
        float | None,
        Meta(description="All coins moving with BTC against the position: this coin's mark at its liquidation."),
    ] = None
    is_before_stop: Annotated[
        bool | None, Meta(description="It is met before the stop on the way from the entry; null: unknown.")
    ] = None
    note: str | None = None


class StopVerdict(Struct, frozen=True):
    """A verdict and why: sentences, the first one decided."""

    word: VerdictWord
    reasons: tuple[str, ...]
