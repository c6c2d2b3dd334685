"""What a cascade gives back: tables as columns (docs/cascade.md, "Results"). Everything in it is modelled.

Times are ms from the start of the run. USD and coins, float64. `market_index` is a row of the snapshot's markets.
Notional of orders and takeovers is at the mark of their block, of fills at the fill's price.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from liqscape.cascade.trigger_results import EnsembleStops, StopFlow
from liqscape.heatmap.clusters import Cluster
from liqscape.units import Float64Array, Int64Array


@dataclass(frozen=True, kw_only=True)
class FlowRows:
    """Liquidated flow, one row a key; what kind of key the owner says. Only keys with flow have a row.

    sent      USD of stage 1 orders sent to the book.
    filled    USD of them filled.
    backstop  USD taken over by liquidator vaults.
    adl       USD closed by auto-deleveraging.
    accounts  accounts liquidated for the first time (any stage; winners of ADL are not liquidated).
    slippage  USD lost by stage 1 fills against the mark of their block, > 0 a loss.
    """

    market_index: Int64Array
    sent: Float64Array
    filled: Float64Array
    backstop: Float64Array
    adl: Float64Array
    accounts: Int64Array
    slippage: Float64Array


@dataclass(frozen=True, kw_only=True)
class SecondRows(FlowRows):
    """One row a second and market."""

    second: Int64Array
    """Whole seconds from the start."""


@dataclass(frozen=True, kw_only=True)
class LevelRows(FlowRows):
    """One row a band of the price grid (level LEVEL: 0.2 %) and market: where the mark stood when it happened."""

    price_low: Float64Array
    price_high: Float64Array


PartialRows = SecondRows
"""What `progress` is given: the seconds since the last call."""
Progress = Callable[[float, PartialRows], None]
"""Told the share done in 0..1 and the seconds since the last call."""


@dataclass(frozen=True, kw_only=True)
class PricePath:
    """(T,) times, (T, M) prices in USD; NaN where a market has no price or no book.

    mark, mid        of the run; mid is the exchange's own book (GIVEN: NaN).
    outside          mid of outside venues in the run.
    exogenous        outside mid as the shock alone has it.
    calm_mark, calm_mid   the same run without liquidations.
    withdrawal_bid, withdrawal_ask   W of each side (GIVEN: NaN).
    """

    time_ms: Int64Array
    mark: Float64Array
    mid: Float64Array
    outside: Float64Array
    exogenous: Float64Array
    calm_mark: Float64Array
    calm_mid: Float64Array
    withdrawal_bid: Float64Array
    withdrawal_ask: Float64Array


@dataclass(frozen=True, kw_only=True)
class Overshoot:
    """How far liquidations carried one coin past the path without them.

    overshoot         of the mid: min / calm min - 1 for a fall, max / calm max - 1 for a rise. NaN in mode GIVEN.
    mark_overshoot    the same of the mark.
    widest_gap        mid / calm mid - 1 where it is widest in the direction of the shock, and its time.
    half_recovery_ms  time from there until half the gap is closed; None if that did not happen.
    lowest_withdrawal least W of the side liquidations sell into.
    """

    market_index: int
    coin: str
    extreme_mark: float
    overshoot: float
    mark_overshoot: float
    widest_gap: float
    widest_gap_ms: int
    half_recovery_ms: int | None
    lowest_withdrawal: float


@dataclass(frozen=True, kw_only=True)
class Branching:
    """n(p) = l(p) / q_eff(p) of one coin along the shock's direction, (K,) price bins from the start outwards.

    liquidatable   USD of positions whose level lies in the bin, by unit of log price.
    depth          USD executable within 1 % there, by unit of log price: quiet depth times withdrawal.
    withdrawal     W when the mark first passed the bin; beyond the furthest mark: W there.
    ratio          n; amplification 1 / (1 - n), infinite where n >= 1 (a run until the bin ends).
    """

    market_index: int
    coin: str
    price_low: Float64Array
    price_high: Float64Array
    liquidatable: Float64Array
    depth: Float64Array
    withdrawal: Float64Array
    ratio: Float64Array
    amplification: Float64Array


@dataclass(frozen=True, kw_only=True)
class Winners:
    """Who is cut by ADL, in the order it happened. (W,) rows.

    rank          place in the queue of its batch, from 0.
    score         ADL score by the rule; NaN where it is not known.
    size          coins cut, > 0; price in USD; side the winner's position side, 1 long, -1 short.
    closed_pnl    USD the winner realised.
    given_up_1s, _5s, _60s   USD the cut size would have gained more by the mark that much later; < 0: it would have
                  lost. NaN past the horizon.
    """

    time_ms: Int64Array
    batch: Int64Array
    rank: Int64Array
    score: Float64Array
    address: tuple[str, ...]
    loser: tuple[str, ...]
    market_index: Int64Array
    side: Int64Array
    size: Float64Array
    price: Float64Array
    closed_pnl: Float64Array
    given_up_1s: Float64Array
    given_up_5s: Float64Array
    given_up_60s: Float64Array


STAGE_ORDERS, STAGE_BACKSTOP, STAGE_ADL = 1, 2, 3


@dataclass(frozen=True, kw_only=True)
class Fates:
    """One row a pool that was liquidated, in order of time. (F,)

    market_index  of an isolated pool; -1 a cross pool of the address.
    dex           of the pool; None where it backs several dexs.
    first_ms      first liquidation; stage the last one reached (STAGE_ORDERS, STAGE_BACKSTOP, STAGE_ADL).
    sent, filled, backstop, adl   USD.
    value_left    USD account value of the pool at the end.
    exposure_left USD abs notional it still holds.
    """

    address: tuple[str, ...]
    market_index: Int64Array
    dex: tuple[str | None, ...]
    first_ms: Int64Array
    stage: Int64Array
    sent: Float64Array
    filled: Float64Array
    backstop: Float64Array
    adl: Float64Array
    value_left: Float64Array
    exposure_left: Float64Array


@dataclass(frozen=True)
class ClusterReach:
    """Clusters of the starting map on the shock's side of one coin: those the mark reached, and the nearest not."""

    market_index: int
    coin: str
    reached: tuple[Cluster, ...]
    next: Cluster | None


@dataclass(frozen=True, kw_only=True)
class InputReport:
    """What of the input the run could use."""

    addresses: int
    pools: int
    positions: int
    left_out_pools: int
    """Pools with unknown raw USD or in a market without a mark: not simulated."""
    residual: Float64Array
    """(M,) coins by which the input's positions did not sum to zero; held by one account "rest of the market"."""
    real_books: int
    parametric_books: int
    markets_without_mark: int


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Sums over the run, USD unless said."""

    sent: float
    filled: float
    backstop: float
    adl: float
    accounts: int
    orders: int
    takeovers: int
    adl_fills: int
    slippage: float
    deficit: float
    """Negative value left uncovered at the end, > 0."""
    vault_equity_start: float
    vault_equity_end: float
    blocks: int
    checks: int


@dataclass(frozen=True, kw_only=True)
class CascadeResult:
    """One run. `digest` is a SHA-256 over tables and final state: equal input and settings give an equal one."""

    label: str
    mode: int
    start_ms: int
    coins: tuple[str, ...]
    focus: tuple[int, ...]
    """Markets the shock moves, largest move first (at most FOCUS_MARKETS of run.py); overshoot and others follow it."""
    per_second: SecondRows
    per_level: LevelRows
    path: PricePath
    overshoot: tuple[Overshoot, ...]
    branching: tuple[Branching, ...]
    vault_equity: Float64Array
    """(T, V) USD at path.time_ms."""
    vault_dex: tuple[str, ...]
    """(V,) dex whose pools each vault takes over; "" the first."""
    first_adl_ms: int | None
    winners: Winners
    fates: Fates
    next_cluster: tuple[ClusterReach, ...]
    totals: Totals
    report: InputReport
    assumptions: tuple[str, ...]
    digest: str
    is_simulated: bool = True
    triggers: StopFlow | None = None
    """Stops and take-profits that were taken along; None: the run was made without."""


@dataclass(frozen=True, kw_only=True)
class EnsembleResult:
    """Runs that differ only in what is drawn. (N,) members.

    drawn      name -> (N,) what was drawn (start_withdrawal, theta, vault_choice, account_order, depth_scale).
    outcome    name -> (N,) figures of each run (NaN where it has none, such as the time of an ADL that never came).
    quantiles  name -> (Q,) of the members that have the figure, at `levels`; share_known says how many have it.
    """

    label: str
    mode: int
    seed: int
    count: int
    levels: tuple[float, ...]
    drawn: dict[str, Float64Array]
    outcome: dict[str, Float64Array]
    quantiles: dict[str, Float64Array]
    share_known: dict[str, float]
    assumptions: tuple[str, ...]
    digest: str
    is_simulated: bool = True
    central: CascadeResult | None = field(default=None, repr=False)
    """The run with nothing drawn."""
    triggers: EnsembleStops | None = None
    """Stops and take-profits over the runs; None: they were made without."""
