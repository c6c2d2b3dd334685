"""Records of a simulated cascade, of the API and of `--json`. Times are ms from the start of the run, money USD."""

from __future__ import annotations

from typing import Annotated

import msgspec

from liqscape.service.answers.parts import (
    Coverage,
    MarginSourceShare,
    Price,
    ProvenanceAnswer,
    SideNumber,
    TimeMs,
    Usd,
)
from liqscape.service.answers.unread import UnreadAccounts

Flow = Annotated[list[float], msgspec.Meta(description="USD.")]
SinceMs = Annotated[int, msgspec.Meta(description="Milliseconds from the start of the run.")]
Fraction = Annotated[float, msgspec.Meta(description="A fraction: -0.02 is 2 % lower.")]


class CascadeInputReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the run started from."""

    address_count: int
    pool_count: int
    position_count: int
    left_out_pools: Annotated[int, msgspec.Meta(description="Margin or a mark not known: not simulated.")]
    real_books: Annotated[int, msgspec.Meta(description="Markets with a recorded order book.")]
    parametric_books: Annotated[int, msgspec.Meta(description="Markets whose depth is assumed.")]
    markets_without_mark: int
    coverage: Coverage | None
    margin_source_share: MarginSourceShare
    unread: UnreadAccounts


class CascadeTotals(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over the run, USD unless a count."""

    sent: Annotated[float, msgspec.Meta(description="USD of liquidation orders sent to the book.")]
    filled: Annotated[float, msgspec.Meta(description="USD of them filled.")]
    backstop: Annotated[float, msgspec.Meta(description="USD taken over by liquidator vaults.")]
    adl: Annotated[float, msgspec.Meta(description="USD closed by auto-deleveraging.")]
    account_count: Annotated[int, msgspec.Meta(description="Accounts liquidated, any stage.")]
    orders: int
    takeovers: int
    adl_fills: int
    slippage: Annotated[float, msgspec.Meta(description="USD lost by fills against the mark.")]
    deficit: Annotated[float, msgspec.Meta(description="USD of negative account value left uncovered.")]
    vault_equity_start: Usd
    vault_equity_end: Usd
    blocks: int
    checks: int


class ReachedCluster(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster of the starting map."""

    side: SideNumber
    price_low: Price
    price_high: Price
    price_peak: Price
    notional: Usd


class CoinOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to one coin."""

    coin: str
    start_mark: Price
    end_mark: Price | None
    extreme_mark: Annotated[float, msgspec.Meta(description="Furthest mark in the shock's direction, USD.")] | None
    calm_extreme_mark: (
        Annotated[float, msgspec.Meta(description="The same without liquidations, USD; null in mode given.")] | None
    )
    overshoot: (
        Annotated[float, msgspec.Meta(description="Furthest mid over that without liquidations, minus 1.")] | None
    )
    mark_overshoot: Annotated[float, msgspec.Meta(description="The same of the mark.")] | None
    widest_gap: Annotated[float, msgspec.Meta(description="Mid over mid without liquidations, minus 1, widest.")] | None
    widest_gap_ms: SinceMs
    half_recovery_ms: (
        Annotated[int, msgspec.Meta(description="From there until half of it is closed; null: not closed.")] | None
    )
    lowest_withdrawal: Annotated[float, msgspec.Meta(description="Least share of quiet depth that was left.")] | None
    peak_branching: Annotated[float, msgspec.Meta(description="Largest n(p) over prices the mark passed.")] | None
    peak_branching_price: Price | None
    reached: list[ReachedCluster]
    next_cluster: ReachedCluster | None
    sent: Usd
    filled: Usd
    backstop: Usd
    adl: Usd


class SecondColumns(msgspec.Struct, frozen=True, kw_only=True):
    """One row a second and coin with flow; columns of equal length."""

    second: list[int]
    coin: list[str]
    sent: Flow
    filled: Flow
    backstop: Flow
    adl: Flow
    account_count: list[int]
    slippage: Flow


class LevelColumns(msgspec.Struct, frozen=True, kw_only=True):
    """One row a price band of 0.2 % and coin with flow: where the mark stood."""

    coin: list[str]
    price_low: list[float]
    price_high: list[float]
    sent: Flow
    filled: Flow
    backstop: Flow
    adl: Flow
    account_count: list[int]
    slippage: Flow


class StopFlowColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Flow of stops and take-profits that fired, columns of equal length."""

    coin: list[str]
    stops_sent: Annotated[list[float], msgspec.Meta(description="USD of fired stops at the mark.")]
    stops_filled: Annotated[list[float], msgspec.Meta(description="USD of them filled.")]
    profits_sent: Annotated[list[float], msgspec.Meta(description="USD of fired take-profits at the mark.")]
    profits_filled: Annotated[list[float], msgspec.Meta(description="USD of them filled.")]
    order_count: list[int]
    slippage: Flow


class StopSecondColumns(StopFlowColumns, frozen=True, kw_only=True):
    """One row a second and coin."""

    second: list[int]


class StopLevelColumns(StopFlowColumns, frozen=True, kw_only=True):
    """One row a price band of 0.2 % and coin: where the mark stood when they fired."""

    price_low: list[float]
    price_high: list[float]


class CascadeStops(msgspec.Struct, frozen=True, kw_only=True):
    """Stops and take-profits of a run that took them along; never part of the liquidations' figures."""

    loaded: Annotated[int, msgspec.Meta(description="Orders taken along.")]
    left_out: Annotated[dict[str, int], msgspec.Meta(description="Orders that were not, by reason.")]
    fired: int
    closed_before: Annotated[int, msgspec.Meta(description="Went with a position that something else closed.")]
    still_waiting: Annotated[int, msgspec.Meta(description="At the end of the run.")]
    stops_filled: Annotated[float, msgspec.Meta(description="USD over the whole run.")]
    profits_filled: Annotated[float, msgspec.Meta(description="USD over the whole run.")]
    per_second: StopSecondColumns
    per_level: StopLevelColumns


class StopLevelQuantiles(msgspec.Struct, frozen=True, kw_only=True):
    """One row a price band of 0.2 % and coin in which orders of some run fired; columns of equal length."""

    coin: list[str]
    price_low: list[float]
    price_high: list[float]
    fired_share: Annotated[list[float], msgspec.Meta(description="Part of the runs in which some fired there.")]
    stops_filled: Annotated[
        list[list[float]], msgspec.Meta(description="USD of stops filled there, a row's list at the levels.")
    ]
    profits_filled: Annotated[list[list[float]], msgspec.Meta(description="The same of take-profits.")]


class EnsembleStopsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Stops and take-profits over the runs of an ensemble; never part of the liquidations' figures."""

    loaded: Annotated[int, msgspec.Meta(description="Orders taken along in every run.")]
    left_out: Annotated[dict[str, int], msgspec.Meta(description="Orders that were not, by reason.")]
    outcome: Annotated[dict[str, list[float]], msgspec.Meta(description="Figures of each run; USD, or orders.")]
    quantiles: Annotated[dict[str, list[float]], msgspec.Meta(description="Of them, at the levels.")]
    per_level: StopLevelQuantiles


class CoinPath(msgspec.Struct, frozen=True, kw_only=True):
    """Prices of one coin at `path_ms`, USD; null where there is none."""

    coin: str
    mark: list[float | None]
    mid: Annotated[list[float | None], msgspec.Meta(description="Of the exchange's own book; null in mode given.")]
    outside: Annotated[list[float | None], msgspec.Meta(description="Mid of outside venues.")]
    exogenous: Annotated[list[float | None], msgspec.Meta(description="Outside mid as the shock alone has it.")]
    calm_mark: Annotated[list[float | None], msgspec.Meta(description="Mark of the run without liquidations.")]
    calm_mid: list[float | None]
    withdrawal_bid: Annotated[list[float | None], msgspec.Meta(description="Share of quiet bids that is there.")]
    withdrawal_ask: list[float | None]


class BranchingColumns(msgspec.Struct, frozen=True, kw_only=True):
    """n(p) of one coin by price bin, from the start outwards."""

    coin: str
    price_low: list[float]
    price_high: list[float]
    liquidatable: Annotated[list[float], msgspec.Meta(description="USD by unit of log price.")]
    depth: Annotated[list[float | None], msgspec.Meta(description="USD by unit of log price.")]
    ratio: Annotated[list[float | None], msgspec.Meta(description="n = liquidatable / depth.")]
    amplification: Annotated[list[float | None], msgspec.Meta(description="1 / (1 - n); null where n >= 1: a run.")]


class WinnerColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Who is cut by auto-deleveraging, in order."""

    time_ms: list[int]
    batch: list[int]
    rank: Annotated[list[int], msgspec.Meta(description="Place in the queue of its batch, from 0.")]
    score: list[float | None]
    address: list[str]
    loser: list[str]
    coin: list[str]
    side: list[int]
    size: list[float]
    price: list[float]
    closed_pnl: list[float | None]
    given_up_1s: Annotated[list[float | None], msgspec.Meta(description="USD the cut size would have gained more.")]
    given_up_5s: list[float | None]
    given_up_60s: list[float | None]


class FateColumns(msgspec.Struct, frozen=True, kw_only=True):
    """One row a margin pool that was liquidated, in order."""

    address: list[str]
    coin: Annotated[list[str | None], msgspec.Meta(description="Of an isolated pool; null is a cross pool.")]
    dex: Annotated[
        list[str | None],
        msgspec.Meta(description="Of the pool; the empty text is the first dex, null a pool over several dexs."),
    ]
    first_ms: list[int]
    stage: Annotated[list[str], msgspec.Meta(description="The last one reached: orders, backstop or adl.")]
    sent: Flow
    filled: Flow
    backstop: Flow
    adl: Flow
    value_left: list[float]
    exposure_left: list[float]


class CascadeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One simulated run, complete unless rows were cut as the counts say."""

    is_simulated: Annotated[bool, msgspec.Meta(description="Always true.")]
    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    label: Annotated[str, msgspec.Meta(description="The shock in words.")]
    coin: str
    target_price: Price | None
    mark: Price
    mode: Annotated[str, msgspec.Meta(description="given, book or coupled.")]
    horizon_ms: int
    shock_ms: int
    block_ms: int
    seed: int
    theta: Annotated[float, msgspec.Meta(description="Share of outside impact that stays; used in mode coupled.")]
    assumptions: list[str]
    input: CascadeInputReport
    totals: CascadeTotals
    coins: Annotated[list[CoinOutcome], msgspec.Meta(description="The coin asked about first, then by flow.")]
    first_adl_ms: SinceMs | None
    per_second: SecondColumns
    per_level: LevelColumns
    path_ms: list[int]
    paths: list[CoinPath]
    vault_equity: Annotated[list[list[float]], msgspec.Meta(description="USD at path_ms, one list a vault.")]
    vault_dex: Annotated[
        list[str], msgspec.Meta(description="Whose pools each vault takes over; the empty text is the first dex.")
    ]
    branching: list[BranchingColumns]
    winners: WinnerColumns
    winner_count: int
    fates: FateColumns
    fate_count: int
    digest: Annotated[str, msgspec.Meta(description="SHA-256: equal input and settings give an equal one.")]
    stops: Annotated[
        CascadeStops | None, msgspec.Meta(description="null: the run took no stops and take-profits along.")
    ] = None


class EnsembleAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Many runs that differ in what is drawn, and the central one. Columns have one row a run."""

    is_simulated: bool
    count: int
    seed: int
    levels: Annotated[list[float], msgspec.Meta(description="Of the quantiles.")]
    drawn: dict[str, list[float | None]]
    outcome: Annotated[dict[str, list[float | None]], msgspec.Meta(description="Figures of each run; null: none.")]
    quantiles: dict[str, list[float | None]]
    share_known: Annotated[dict[str, float], msgspec.Meta(description="Part of the runs that have the figure.")]
    assumptions: list[str]
    digest: str
    central: CascadeAnswer | None
    stops: Annotated[
        EnsembleStopsAnswer | None, msgspec.Meta(description="null: the runs took no stops and take-profits along.")
    ] = None


class CascadePreparing(msgspec.Struct, frozen=True, tag="preparing", tag_field="type"):
    """A line of the stream: the simulator is being compiled, once for this machine; the run begins after that."""

    compiled: Annotated[int, msgspec.Meta(description="Functions compiled so far.")]
    functions: Annotated[int, msgspec.Meta(description="Functions to compile, as far as is known.")]


class CascadeProgress(msgspec.Struct, frozen=True, kw_only=True, tag="progress", tag_field="type"):
    """A line of the stream: how far the run is, and the flow since the line before."""

    share: Annotated[float, msgspec.Meta(description="Part done, 0 to 1.")]
    sent: Usd
    filled: Usd
    backstop: Usd
    adl: Usd
    account_count: int
