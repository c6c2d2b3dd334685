"""What a score is made of: one coin's stored frames of full hours, the mark's path between, and what moved accounts.

A day of scores is the UTC day in which horizons end: it needs the frames of that day and the one before, and the path
of three days (the last 24 hours of a return before the first frame).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from liqscape.heatmap.asymmetry import DISTANCES_PERCENT, imbalance_of
from liqscape.insight.asymmetry import asymmetry_rows
from liqscape.insight.minute import Minute
from liqscape.units import DAY_MS, HOUR_MS, AnyArray, BoolArray, Float64Array, Int8Array, Int64Array, UInt8Array

HORIZON_MS = {"1h": HOUR_MS, "4h": 4 * HOUR_MS, "24h": DAY_MS}
"""Horizons by name."""
UNKNOWN = float("nan")
FRAMES_BACK_MS, PATH_BACK_MS = 2 * DAY_MS, 3 * DAY_MS
"""How far frames and path reach back from the end of a day."""


@dataclass(frozen=True, kw_only=True)
class CoinFrame:
    """One coin in one stored frame; P positions that are not exempt, by key of the owner.

    mark, oracle, open_interest, funding_rate  USD, USD, coins, per hour (longs pay if > 0); NaN unknown.
    key            (P,) of the owner (insight/minute.py), rising.
    side           (P,) 1 long, -1 short.
    size, lots     (P,) > 0, coins and exact lots.
    level          (P,) USD; NaN: none, or unknown.
    rate           (P,) maintenance rate of the tier at the level; NaN without one.
    raw_usd        (P,) of the pool; NaN unknown.
    margin_source  (P,) MarginSource.
    age_ms         (P,) since the state behind raw_usd was read; -1 unknown.
    is_only_pool   (P,) the pool is all there is of its address; is_alone: the position all there is of its pool.
    imbalance      of the map within 1, 2, 5, 10 % (docs/heatmap.md, eq. 3); NaN unknown.
    known          (N,) keys of all accounts on the map, with or without a position in this coin, rising.
    """

    time_ms: int
    mark: float
    oracle: float
    open_interest: float
    funding_rate: float
    key: Int64Array
    side: Int8Array
    size: Float64Array
    lots: Int64Array
    level: Float64Array
    rate: Float64Array
    raw_usd: Float64Array
    margin_source: UInt8Array
    age_ms: Int64Array
    is_only_pool: BoolArray
    is_alone: BoolArray
    imbalance: tuple[float, ...]
    known: Int64Array


@dataclass(frozen=True, kw_only=True)
class AccountMoves:
    """What was written down of accounts, of all coins, by key and then time (model/minute_notes.py).

    time_ms  of the frame that closed the minute; first_ms, last_ms: of what was summed.
    market   number of the coin in a list of whoever made these; NO_MARKET: cash.
    size     signed coins; usd: cash, NaN unknown.
    is_inferred  a liquidation that was inferred of prints, and not confirmed.
    """

    key: Int64Array
    time_ms: Int64Array
    first_ms: Int64Array
    last_ms: Int64Array
    kind: UInt8Array
    market: Int64Array
    size: Float64Array
    usd: Float64Array
    is_inferred: BoolArray

    @classmethod
    def of_rows(cls, **columns: AnyArray) -> AccountMoves:
        """Rows in any order."""
        order = np.lexsort((columns["first_ms"], columns["time_ms"], columns["key"]))
        return cls(**{name: columns[name][order] for name in cls.__dataclass_fields__})

    @classmethod
    def empty(cls) -> AccountMoves:
        """No rows."""
        whole, real = np.empty(0, np.int64), np.empty(0)
        kinds, flags = np.empty(0, np.uint8), np.empty(0, np.bool_)
        times = {"key": whole, "time_ms": whole, "first_ms": whole, "last_ms": whole, "market": whole}
        return cls(**times, kind=kinds, size=real, usd=real, is_inferred=flags)


@dataclass(frozen=True, kw_only=True)
class CoinDay:
    """One coin and UTC day to be scored: windows that end in it.

    day        days since 1970; first_ms, end_ms: of it, [first, end).
    frames     by time, at most one an hour, from FRAMES_BACK_MS before the end on.
    hours_ms   of each frame the full hour it stands for: its own time or a little later.
    path_ms, path_mark  (N,) known marks by time, from PATH_BACK_MS before the end on; frames' own marks are in it.
    watched    (K, 2) spans of time without a break in the path.
    moves      of accounts; market: this coin's number there.
    size_decimals  10 to that: lots a coin.
    last_ms    of the newest stored frame: what ends later is not over.
    slack_ms   how far a mark may lie before the time it stands for.
    step_ms    between frames; horizon_ms: by name, multiples of it.
    """

    coin: str
    day: int
    frames: tuple[CoinFrame, ...]
    hours_ms: tuple[int, ...]
    path_ms: Int64Array
    path_mark: Float64Array
    watched: Int64Array
    moves: AccountMoves
    market: int
    size_decimals: int
    last_ms: int
    slack_ms: int
    step_ms: int = HOUR_MS
    horizon_ms: Mapping[str, int] = field(default_factory=lambda: HORIZON_MS)

    @property
    def first_ms(self) -> int:
        """Beginning of the day."""
        return self.day * DAY_MS

    @property
    def end_ms(self) -> int:
        """End of the day, exclusive."""
        return (self.day + 1) * DAY_MS

    def is_over(self, time_ms: int) -> bool:
        """Whether a window that ends at a time is one of this day, and over."""
        return self.first_ms <= time_ms < self.end_ms and time_ms <= self.last_ms

    def mark_at(self, time_ms: int) -> float:
        """The last mark at or before a time; NaN without one within slack_ms."""
        place = int(np.searchsorted(self.path_ms, time_ms, side="right")) - 1
        if place < 0 or time_ms - int(self.path_ms[place]) > self.slack_ms:
            return UNKNOWN
        return float(self.path_mark[place])

    def is_whole(self, start_ms: int, end_ms: int) -> bool:
        """Whether the mark was watched from one time to another."""
        place = int(np.searchsorted(self.watched[:, 0], start_ms, side="right")) - 1
        return place >= 0 and bool(self.watched[place, 1] >= end_ms)


def coin_frame(
    minute: Minute, market_index: int, funding_rate: float = UNKNOWN, known: Int64Array | None = None
) -> CoinFrame:
    """One coin of a stored frame. known: rising keys of all its accounts, where they are sorted already."""
    accounts, snapshot = minute.accounts, minute.snapshot
    rows = minute.index.positions(market_index)
    pool = accounts.pool_of_position()[rows]
    rows, pool = rows[~accounts.is_exempt[pool]], pool[~accounts.is_exempt[pool]]
    order = np.argsort(minute.index.owner_key[rows], kind="stable")
    rows, pool = rows[order], pool[order]
    size, level = accounts.size[rows], minute.level[rows]
    observed = accounts.observed_ms[pool]
    lot = 10.0 ** snapshot.markets.rows[market_index].size_decimals
    pools_of_address = np.bincount(accounts.address_row, minlength=len(accounts.addresses))
    return CoinFrame(
        time_ms=minute.time_ms,
        mark=minute.mark(market_index),
        oracle=float(snapshot.oracle[market_index]),
        open_interest=float(snapshot.open_interest[market_index]),
        funding_rate=funding_rate,
        key=minute.index.owner_key[rows],
        side=np.sign(size).astype(np.int8),
        size=np.abs(size),
        lots=np.rint(np.abs(size) * lot).astype(np.int64),
        level=level,
        rate=_rates(minute, accounts.table_row[rows], np.abs(size) * level),
        raw_usd=accounts.raw_usd[pool],
        margin_source=accounts.margin_source[pool],
        age_ms=np.where(observed > 0, minute.time_ms - observed, -1),
        is_only_pool=pools_of_address[accounts.address_row[pool]] == 1,
        is_alone=accounts.is_lone[rows] == 1,
        imbalance=_imbalance(minute, market_index),
        known=np.sort(minute.key) if known is None else known,
    )


def merged_spans(spans: Sequence[tuple[int, int]]) -> Int64Array:
    """(K, 2) spans of time that touch or overlap, joined, by time."""
    joined: list[list[int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return np.array(joined, np.int64).reshape(-1, 2)


def _rates(minute: Minute, table: AnyArray, notional: Float64Array) -> Float64Array:
    """(P,) maintenance rate at a notional (docs/margin.md, eq. 1); NaN of NaN."""
    with np.errstate(invalid="ignore"):
        tier = np.maximum((notional[:, None] >= minute.tables.lower_bound[table]).sum(axis=1) - 1, 0)
    return np.where(np.isnan(notional), np.nan, minute.tables.rate[table, tier])


def _imbalance(minute: Minute, market_index: int) -> tuple[float, ...]:
    rows = asymmetry_rows(minute, market_index)
    longs, shorts = (
        np.array([UNKNOWN if usd is None else usd for usd in usds])
        for usds in ([row.long_usd for row in rows], [row.short_usd for row in rows])
    )
    assert len(rows) == len(DISTANCES_PERCENT)
    return tuple(imbalance_of(longs, shorts).tolist())
