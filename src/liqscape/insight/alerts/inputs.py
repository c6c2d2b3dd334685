"""What rules are held against: facts of a frame, marks, liquidations, levels and cash of accounts.

The same records are made of a live map and of stored minutes, so that a trial of a rule is what the rule itself does.
Clusters, sweeps, cascades and asymmetry come as the rows of a study (insight/study_rows.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

from liqscape.heatmap.frame import Provenance
from liqscape.insight.alerts.records import SideWord
from liqscape.units import Float64Array


@dataclass(frozen=True, kw_only=True)
class FrameFacts:
    """What a frame says of all coins, (M,) each; NaN is unknown.

    coverage        share of each coin's open interest in the map; coverage_all: of all coins, by USD.
    funding_8h      percent per 8 hours of the full hour paid last; longs pay if > 0.
    account_age_ms  median age of the account states.
    """

    time_ms: int
    coins: tuple[str, ...]
    mark: Float64Array
    open_interest: Float64Array
    coverage: Float64Array
    coverage_all: float
    funding_8h: Float64Array
    account_age_ms: int | None
    provenance: Provenance


@dataclass(frozen=True)
class MarkBatch:
    """Marks of all coins at one time, (M,) USD; NaN: not known."""

    time_ms: int
    coins: tuple[str, ...]
    mark: Float64Array


class LiquidationSeen(Struct, frozen=True, kw_only=True, gc=False):
    """One liquidation of one position. evidence: exact, inferred, confirmed or refuted."""

    coin: str
    side: SideWord
    address: str
    notional: float
    size: float
    price: float
    mark: float | None
    level: float | None
    method: str
    evidence: str
    first_ms: int
    last_ms: int


class AccountLevel(Struct, frozen=True, kw_only=True, gc=False):
    """Where a position of an account is liquidated, as of a frame."""

    address: str
    coin: str
    side: SideWord
    price: float
    size: float
    time_ms: int


class KnownStopCluster(Struct, frozen=True, kw_only=True, gc=False):
    """Known stops that stand close together. notional: USD at their trigger prices; order_count: how many."""

    price_low: float
    price_high: float
    price_peak: float
    notional: float
    order_count: int


class KnownStops(Struct, frozen=True, kw_only=True, gc=False):
    """Known stops of a coin that close positions of one side, as of a frame: sells of longs, buys of shorts.

    clusters  largest first; none: no known account has a stop that waits.
    coverage  open size of the side whose account's trigger orders were read / open interest; None unknown.
    age_ms    median time since they were read; None where no account was.
    """

    coin: str
    side: SideWord
    time_ms: int
    clusters: tuple[KnownStopCluster, ...]
    coverage: float | None
    age_ms: int | None


class CashReceived(Struct, frozen=True, kw_only=True, gc=False):
    """USD that an account received. coin: of the isolated position it went to; None: the cross pool.

    is_inferred  nobody wrote it down: the account held so much more at the next reading, with the same positions.
    """

    address: str
    coin: str | None
    usd: float
    time_ms: int
    is_inferred: bool
