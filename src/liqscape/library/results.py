"""What a map answers where one table is not enough: records of frames and arrays, each with what it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import polars

from liqscape.service.tables.of_records import TIMESTAMP
from liqscape.units import AnyArray, Float32Array, Float64Array

if TYPE_CHECKING:
    from liqscape.insight.advice import OwnLevel, StopSizing
    from liqscape.service.answers.book import BookAnswer
    from liqscape.service.answers.cascade_records import CascadeAnswer
    from liqscape.service.answers.deleveraging import DeleveragingAnswer
    from liqscape.service.answers.joint import JointAnswer
    from liqscape.service.answers.stop import StopAnswer
    from liqscape.service.answers.tracked import ClusterLifeAnswer
    from liqscape.states.account_answer import SolveAnswer


def utc(time_ms: int) -> datetime:
    """A time of the API as a datetime."""
    return datetime.fromtimestamp(time_ms / 1_000.0, UTC)


@dataclass(frozen=True, kw_only=True)
class About:
    """What figures are made of, and how complete they are. None: not known, or not said of this answer.

    provenance_kind      "api", "node", "archive", "recording", "sandbox".
    provenance_name      what exactly.
    is_simulated         True where no real account stands behind the figures.
    note                 a sentence a reader must know; may be empty.
    as_of                time of the frame, UTC.
    coin                 of which coin the rest is; None: of the whole map.
    coverage             sum of abs(size) / (2 * open interest): the share of all positions that is seen.
    margin_source_share  fractions of the notional by how the accounts' raw USD became known.
    oldest_age_ms, median_age_ms  of the account states at `as_of`.
    doubt                why figures are in doubt, in words; empty: they are not.
    is_live              frames arrive and are of now.
    """

    provenance_kind: str
    provenance_name: str
    is_simulated: bool
    note: str
    as_of: datetime
    coin: str | None = None
    coverage: float | None = None
    margin_source_share: dict[str, float] | None = None
    oldest_age_ms: int | None = None
    median_age_ms: int | None = None
    doubt: tuple[str, ...] = ()
    is_live: bool | None = None


def about(answer: Any, **known: Any) -> About:
    """Of an answer of the API: where it is from and when, and what else is known."""
    made_of = answer.provenance
    return About(
        provenance_kind=made_of.kind,
        provenance_name=made_of.name,
        is_simulated=made_of.is_simulated,
        note=made_of.note,
        as_of=utc(answer.as_of_ms),
        **known,
    )


@dataclass(frozen=True, repr=False, kw_only=True)
class Heatmap:
    """A window of history, time by price: what would be liquidated where, in USD, longs and shorts apart.

    time        (T,) datetime64[ms], UTC: beginnings of the columns; the step between them is `step_ms`.
    as_of       (T,) datetime64[ms]: the frame each column shows, the last before its end; NaT is a hole.
    price       (K + 1,) edges of the rows, USD, rising; row k is [price[k], price[k + 1]).
    mark        (T,) USD; NaN where not known.
    long_notional, short_notional  (K, T) float32 USD; NaN in holes and where the mark is unknown.
    value       "mark": size * mark; "level": size * liquidation price.
    """

    about: About
    coin: str
    value: str
    step_ms: int
    time: AnyArray
    as_of: AnyArray
    price: Float64Array
    mark: Float64Array
    long_notional: Float32Array
    short_notional: Float32Array

    def __repr__(self) -> str:
        rows, columns = self.long_notional.shape
        return (
            f"<Heatmap of {self.coin}, {columns} times by {rows} prices, as of {self.about.as_of:%Y-%m-%d %H:%M} UTC>"
        )

    def frame(self) -> polars.DataFrame:
        """The cells that hold something, by time, then price: time, as_of, coin, mark, price_low, price_high,
        long_notional, short_notional."""
        long, short = np.nan_to_num(self.long_notional), np.nan_to_num(self.short_notional)
        columns, rows = np.nonzero((long + short).T)
        return polars.DataFrame(
            {
                "time": polars.Series(self.time[columns]).cast(TIMESTAMP),
                "as_of": polars.Series(self.as_of[columns]).cast(TIMESTAMP),
                "coin": polars.Series([self.coin], dtype=polars.String).new_from_index(0, len(rows)),
                "mark": self.mark[columns],
                "price_low": self.price[rows],
                "price_high": self.price[rows + 1],
                "long_notional": long[rows, columns],
                "short_notional": short[rows, columns],
            }
        )


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How hot hot is on the map of a coin: densities in USD per 0.1 % of price. None: no cell is there to tell.

    low, high    just worth a colour, and as hot as it gets.
    quantiles    of the cells that are not empty, by 0.55, 0.85 and 0.985.
    computed     the full hour of the map that it is as of; `since` is the first frame counted.
    cell_count, frame_count  what it is of.
    mass         prices that hold 80 % of the USD near the mark, in the frame of `about.as_of`.
    note         a sentence a reader must know; may be empty.
    """

    about: About
    low: float | None
    high: float | None
    quantiles: dict[float, float]
    computed: datetime
    since: datetime | None
    cell_count: int
    frame_count: int
    mass: tuple[float, float] | None
    note: str


@dataclass(frozen=True, repr=False, kw_only=True)
class Book:
    """Resting orders of a coin by time and price, bids and asks apart; no liquidation levels.

    kind     "archive" (whole books, in `cells`), "live summary" or "sandbox" (USD near the mid, in `summary`); None
             where no book is loaded, with the reason in `note`.
    cells    the cells that hold something: time, book_time, side, price_low, price_high, usd.
    summary  one row a step of `step_ms`: time, book_time (null: not loaded), mid, bid_usd_0_5pct to ask_usd_2pct.
    low, high  USD per 0.1 % of price on one side: quantiles 0.55 and 0.985 of what is not empty; None: too little.
    record   the whole answer of the API.
    """

    about: About
    coin: str
    kind: str | None
    step_ms: int
    cells: polars.DataFrame
    summary: polars.DataFrame
    low: float | None
    high: float | None
    note: str | None
    record: BookAnswer

    def __repr__(self) -> str:
        return (
            f"<Book of {self.coin}, {self.kind or 'not loaded'}, {self.cells.height} cells, {self.summary.height} rows>"
        )


@dataclass(frozen=True, repr=False, kw_only=True)
class Account:
    """One address: its margin pools, its positions with every price at which something happens, expected orders.

    `pool` in the tables counts the margin pools. isolated_margin_left: USD beside all listed pockets; None: not known.
    """

    about: About
    address: str
    pools: polars.DataFrame
    positions: polars.DataFrame
    orders: polars.DataFrame
    isolated_margin_left: float | None

    def __repr__(self) -> str:
        return f"<Account {self.address}, {self.pools.height} pools, {self.positions.height} positions>"


@dataclass(frozen=True, repr=False, kw_only=True)
class ClusterLife:
    """The life of one cluster, from its birth (docs/clusters.md).

    life      one row a time at which it was told, oldest first; changes: one a step of `step_ms` and reason; sweeps:
              newest first.
    children  clusters that split from it; merged: that ended in it.
    record    the whole answer of the API.
    """

    about: About
    cluster_id: str
    life: polars.DataFrame
    step_ms: int
    changes: polars.DataFrame
    sweeps: polars.DataFrame
    children: tuple[str, ...]
    merged: tuple[str, ...]
    record: ClusterLifeAnswer

    def __repr__(self) -> str:
        return f"<ClusterLife {self.cluster_id}, {self.life.height} rows, {self.sweeps.height} sweeps>"


@dataclass(frozen=True, repr=False, kw_only=True)
class Joint:
    """What is liquidated if BTC moves by `at_percent` and every coin follows by its beta, USD.

    joint_notional  all coins moving, at the present marks; joint_level_notional at the marks reached.
    solo_notional   what the maps of single coins add up to at the same marks.
    coins           one row a coin; curve: one a point of the way down and up; positions: of the largest pools that
                    are liquidated; betas: how each coin follows.
    record          the whole answer of the API.
    """

    about: About
    at_percent: float
    joint_notional: float
    joint_level_notional: float
    solo_notional: float
    coins: polars.DataFrame
    curve: polars.DataFrame
    positions: polars.DataFrame
    betas: polars.DataFrame
    record: JointAnswer

    def __repr__(self) -> str:
        return f"<Joint: BTC {self.at_percent:+g} %, {self.joint_notional:,.0f} USD liquidated>"


@dataclass(frozen=True, repr=False, kw_only=True)
class Cascade:
    """A simulated run of what happens if price gets there; nothing in it is observed.

    totals       USD sent to the book, filled, taken over by the backstop, closed by auto-deleveraging, and counts.
    assumptions  what was assumed, in sentences.
    coins, per_second, per_price, path, winners, fates  tables; times are of the simulated clock.
    stops_per_second, stops_per_price  stops and take-profits that fired, apart from all others; None: without them.
    ensemble     of several runs: quantiles of each figure by name at `ensemble_levels`; None of a single run.
    ensemble_stops            the same of stops and take-profits; None of a single run, and without them.
    ensemble_stops_per_price  one row a coin, band and quantile over the runs.
    record       the whole answer of the API; of an ensemble the central run.
    """

    about: About
    label: str
    totals: dict[str, float]
    assumptions: tuple[str, ...]
    coins: polars.DataFrame
    per_second: polars.DataFrame
    per_price: polars.DataFrame
    path: polars.DataFrame
    winners: polars.DataFrame
    fates: polars.DataFrame
    record: CascadeAnswer
    ensemble: dict[str, list[float | None]] | None = None
    ensemble_levels: tuple[float, ...] = field(default=())
    stops_per_second: polars.DataFrame | None = None
    stops_per_price: polars.DataFrame | None = None
    ensemble_stops: dict[str, list[float]] | None = None
    ensemble_stops_per_price: polars.DataFrame | None = None

    def __repr__(self) -> str:
        stops = "without stops" if self.stops_per_price is None else "with stops"
        return f"<Cascade, simulated {stops}: {self.label}, {self.totals['sent']:,.0f} USD sent to the book>"


@dataclass(frozen=True, repr=False, kw_only=True)
class Deleveraging:
    """SIMULATED: what would be deleveraged if the mark reached each cluster of a coin; nothing in it is observed.

    clusters      one row a cluster, nearest first: `deleveraged_usd`, `deleveraging_risk` (that over the USD of the
                  cluster), and what decides it. Null where the walk did not come so far; `note` says why.
    payers        one row a winner and coin of each cluster, at most 20 a cluster, by its `far_edge`.
    vault_equity  USD of the liquidator vaults of the coin's dex, None: it has none. `vault_equity_source`: measured
                  (seen on the map), given or assumed.
    note          why there are no clusters; None where there are.
    record        the whole answer of the API.
    """

    about: About
    mark: float | None
    clusters: polars.DataFrame
    payers: polars.DataFrame
    vault_equity: float | None
    vault_equity_source: str
    assumptions: tuple[str, ...]
    note: str | None
    record: DeleveragingAnswer

    def __repr__(self) -> str:
        return f"<Deleveraging of {self.record.coin}, simulated, {self.clusters.height} clusters>"


@dataclass(frozen=True, repr=False, kw_only=True)
class Solution:
    """Saved account states solved: `pools` with their free margin, `positions` with ours and the published price.

    notes    what was left out or could not be read, in sentences.
    records  one an account, with everything.
    """

    pools: polars.DataFrame
    positions: polars.DataFrame
    notes: tuple[str, ...]
    records: tuple[SolveAnswer, ...]

    def __repr__(self) -> str:
        return f"<Solution of {len(self.records)} accounts, {self.positions.height} positions>"


@dataclass(frozen=True, repr=False, kw_only=True)
class StopAdvice:
    """Where a stop stands among clusters, and how large a position may be (docs/stops.md).

    verdict      "inside a cluster", "just beyond one", "clear of clusters", "liquidated before the stop", "unknown".
    reasons      the rules that hold, the first one decided.
    sizing       size at the dollar risk with every term of it.
    liquidation  own liquidation price at that size, solo and joint.
    clusters     frame: those between entry and stop, at the stop and close beyond it, with overshoot and its `n`.
    next_stops   frame: two a cluster, at 50 and 90 % overshoot, each with its size and verdict.
    odds         frame: of reaching the stop within 1 h, 4 h, 24 h; empty: no record.
    record       the answer of the API.
    """

    about: About
    verdict: str
    reasons: tuple[str, ...]
    sizing: StopSizing
    liquidation: OwnLevel
    clusters: polars.DataFrame
    next_stops: polars.DataFrame
    odds: polars.DataFrame
    notes: tuple[str, ...]
    record: StopAnswer

    def __repr__(self) -> str:
        asked = self.record
        return f"<StopAdvice {asked.coin} stop {asked.stop:.15g}: {self.verdict}, size {self.sizing.size:.15g}>"
