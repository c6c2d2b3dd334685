"""The present queue of winners, coin by coin, side by side: the order in which the exchange would close them.

    rank      = 1 + winners of the same coin and side that would be cut before                               (1)
    usd ahead = sum(|size| * mark) of them                                                                   (2)

The order is not made here. A state of the exchange engine is loaded with the accounts of the map, and the engine's own
kernel ranks them (exchange/kernels/adl.py): highest score first, ties by address, only pools that may be cut. Winners
have a profit at the mark; the engine takes those without one only after all of them, so they have no rank (except by
water-filling, which looks at leverage alone).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from liqscape.exchange.columns import NO_ROW, BookKind, ClockColumn, MarketColumn, PoolColumn, PositionColumn, Role
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.market_loader import load_accounts
from liqscape.exchange.rules import AdlScore, MarkSource, RuleAt, Rules
from liqscape.exchange.scale import UUSD
from liqscape.model.accounts import Accounts
from liqscape.model.collateral import Collateral
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.units import BoolArray, Float64Array, Int64Array

DEFAULT_SCORE = AdlScore(Rules().adl_score)


@dataclass(frozen=True, kw_only=True)
class ScorePlace:
    """Where one position stands by one score.

    value      the score; None where the position may not be cut at all.
    rank       1: cut first; None: not in the queue.
    count, usd of the whole queue. usd_ahead: of those before it; None without a rank.
    """

    score: AdlScore
    value: float | None
    rank: int | None
    count: int
    usd: float
    usd_ahead: float | None


@dataclass(frozen=True, kw_only=True)
class QueuePlace:
    """One position of an account and its places, one a score in the order of AdlScore.

    size           signed coins; value, profit and notional USD at the mark. None: not known.
    account_value  of the margin pool behind it.
    side_usd       of everybody on its side who may be cut, in profit or not.
    unranked_count, unranked_usd  positions of its side whose place is not known: their margin, or the price at which
                   they were opened, is not.
    reason         why it has no place at all; None where it has one or just no profit.
    """

    market_index: int
    size: float
    entry_price: float | None
    notional: float
    account_value: float | None
    profit: float | None
    side_usd: float
    unranked_count: int
    unranked_usd: float
    places: tuple[ScorePlace, ...]
    reason: str | None


AccountPlaces = tuple[QueuePlace, ...]
"""One a position, in the order of the accounts."""

EXEMPT = "an account of the exchange's own, which is never cut"
UNKNOWN_MARGIN = "the margin behind it is not known"
UNKNOWN_MARK = "the mark is not known"
UNDER_WATER = "its margin pool is worth less than nothing: it would be closed, not cut"
TOO_SMALL = "smaller than half a lot of the coin"


class _Queue(NamedTuple):
    """Pools in the order they would be cut; only winners."""

    pool: Int64Array
    score: Float64Array
    ahead: Float64Array
    """(n + 1,) USD before each place; the last is all of it."""


class DeleveragingQueues:
    """The queues of one instant; each is made when first asked for. For one thread at a time.

    Raises ModelError where amounts pass the exchange's bounds.
    """

    def __init__(
        self,
        accounts: Accounts,
        snapshot: MarketSnapshot,
        tables: MarginTables,
        collateral: Collateral | None = None,
    ) -> None:
        self.accounts, self.snapshot = accounts, snapshot
        rules = Rules(mark_source=int(MarkSource.GIVEN))
        exchange = Exchange.build(
            snapshot.markets, tables, rules, time_ms=snapshot.time_ms, book_kind=BookKind.AT_MARK, can_trade=False
        )
        self._pool_row = load_accounts(
            exchange, accounts, snapshot, exempt_role=Role.MAKER, collateral=collateral
        ).pool_row
        self._state = exchange.state
        pools = int(self._state.clock[ClockColumn.POOL_COUNT])
        count = self._state.pool[:pools, PoolColumn.COUNT]
        self._holder = np.repeat(np.arange(pools), count)
        start = np.cumsum(count) - count
        rows = np.arange(int(count.sum())) - np.repeat(start - self._state.pool[:pools, PoolColumn.START], count)
        self._market = self._state.position[rows, PositionColumn.MARKET]
        self._lots = self._state.position[rows, PositionColumn.LOTS]
        self._value, _ = exchange.pool_margin()
        self._sides: dict[tuple[int, int], tuple[Int64Array, Int64Array, Float64Array]] = {}
        self._queues: dict[tuple[int, int, AdlScore], _Queue] = {}

    def of_account(self, address_row: int) -> AccountPlaces:
        """Places of all positions of an address; none where it holds nothing."""
        accounts = self.accounts
        pools = np.flatnonzero(accounts.address_row == address_row)
        return tuple(
            self._place(int(pool), row)
            for pool in pools.tolist()
            for row in range(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1]))
        )

    def order(self, market_index: int, side: int, score: AdlScore = DEFAULT_SCORE) -> tuple[str, ...]:
        """Addresses of the winners of a side in the order they would be cut."""
        owner = np.full(int(self._state.clock[ClockColumn.POOL_COUNT]), NO_ROW)
        known = self._pool_row != NO_ROW
        owner[self._pool_row[known]] = self.accounts.address_row[known]
        return tuple(
            self.accounts.addresses[owner[pool]] for pool in self._queue(market_index, side, score).pool.tolist()
        )

    def _place(self, pool: int, row: int) -> QueuePlace:
        accounts, market = self.accounts, int(self.accounts.market_index[row])
        size, mark = float(accounts.size[row]), float(self.snapshot.mark[market])
        side = 1 if size > 0.0 else -1
        entry = float(accounts.entry_price[row])
        loaded = int(self._pool_row[pool])
        value = None if loaded == NO_ROW else float(self._value[loaded]) / UUSD
        reason = self._reason(pool, row, loaded)
        is_entry_known = bool(np.isfinite(entry) and entry > 0.0)
        unranked = self._unranked(market, side)
        _, _, side_usd = self._side(market, side)
        return QueuePlace(
            market_index=market,
            size=size,
            entry_price=entry if is_entry_known else None,
            notional=abs(size) * mark,
            account_value=value,
            profit=size * (mark - entry) if is_entry_known and mark > 0.0 else None,
            side_usd=float(side_usd.sum()),
            unranked_count=int(np.count_nonzero(unranked)),
            unranked_usd=float(np.abs(accounts.size[unranked]).sum() * mark),
            places=tuple(self._score_place(market, side, score, loaded, reason, is_entry_known) for score in AdlScore),
            reason=reason,
        )

    def _reason(self, pool: int, row: int, loaded: int) -> str | None:
        """Why a position may not be cut."""
        if self.accounts.is_exempt[pool]:
            return EXEMPT
        if loaded == NO_ROW:
            is_marked = self._state.market[self.accounts.market_index[row], MarketColumn.MARK] > 0
            return UNKNOWN_MARGIN if np.isnan(self.accounts.raw_usd[pool]) or is_marked else UNKNOWN_MARK
        if self._value[loaded] < 0:
            return UNDER_WATER
        is_held = np.any((self._holder == loaded) & (self._market == self.accounts.market_index[row]))
        return None if is_held else TOO_SMALL

    def _score_place(
        self, market: int, side: int, score: AdlScore, pool: int, reason: str | None, is_entry_known: bool
    ) -> ScorePlace:
        queue = self._queue(market, side, score)
        found = np.flatnonzero(queue.pool == pool) if reason is None else np.empty(0, np.int64)
        at = int(found[0]) if len(found) else None
        if not is_entry_known and score != AdlScore.WATER_FILLING:
            value = None
        elif at is not None:
            value = float(queue.score[at])
        else:
            value = None if reason is not None else self._score_of(market, side, score, pool)
        return ScorePlace(
            score=score,
            value=value,
            rank=None if at is None else at + 1,
            count=len(queue.pool),
            usd=float(queue.ahead[-1]),
            usd_ahead=None if at is None else float(queue.ahead[at]),
        )

    def _unranked(self, market: int, side: int) -> BoolArray:
        """(P,) positions of a side whose place is not known; the exchange's own accounts are no winners."""
        accounts = self.accounts
        pool = accounts.pool_of_position()
        is_entry_known = np.isfinite(accounts.entry_price) & (accounts.entry_price > 0.0)
        of_side = (accounts.market_index == market) & (np.sign(accounts.size) == side) & ~accounts.is_exempt[pool]
        unranked: BoolArray = of_side & ((self._pool_row[pool] == NO_ROW) | ~is_entry_known)
        return unranked

    def _side(self, market: int, side: int) -> tuple[Int64Array, Int64Array, Float64Array]:
        """(pools, their values, their USD in the coin) of everybody on a side who may be cut."""
        kept = self._sides.get((market, side))
        if kept is None:
            from liqscape.exchange.kernels.adl_queue import who_may_be_cut

            batches = np.zeros(2 * len(self.snapshot.markets), np.int64)
            batch = 2 * market + (1 if side > 0 else 0)
            batches[batch] = 1
            starts, pools, values = who_may_be_cut(self._state, batches)
            rows = slice(int(starts[batch]), int(starts[batch + 1]))
            kept = (pools[rows], values[rows], self._usd(market)[pools[rows]])
            self._sides[market, side] = kept
        return kept

    def _usd(self, market: int) -> Float64Array:
        """(A,) USD of each pool of the exchange in a coin."""
        rows = np.flatnonzero(self._market == market)
        usd = np.zeros(int(self._state.clock[ClockColumn.POOL_COUNT]))
        worth = np.abs(self._lots[rows]) * self._state.market[market, MarketColumn.MARK]
        usd[self._holder[rows]] = worth / UUSD
        return usd

    def _ranked(self, market: int, side: int, score: AdlScore) -> tuple[Int64Array, Float64Array, Int64Array]:
        from liqscape.exchange.kernels.adl_queue import queue_of

        pools, values, _ = self._side(market, side)
        self._state.rules[RuleAt.ADL_SCORE] = int(score)
        return queue_of(self._state, market, pools, values)

    def _score_of(self, market: int, side: int, score: AdlScore, pool: int) -> float | None:
        """The score of somebody without a profit."""
        pools, scores, _ = self._ranked(market, side, score)
        found = np.flatnonzero(pools == pool)
        return float(scores[found[0]]) if len(found) else None

    def _queue(self, market: int, side: int, score: AdlScore) -> _Queue:
        kept = self._queues.get((market, side, score))
        if kept is None:
            pools, scores, profits = self._ranked(market, side, score)
            if score != AdlScore.WATER_FILLING:  # those without profit follow all others and are no winners
                count = int(np.count_nonzero(profits > 0))
                pools, scores = pools[:count], scores[:count]
            ahead = np.concatenate(([0.0], np.cumsum(self._usd(market)[pools])))
            kept = self._queues[market, side, score] = _Queue(pools, scores, ahead)
        return kept
