"""The whole exchange through time: accounts of `population.py`, moved minute by minute by events of the real kind.

    world = World(seed=7)                              # 300,000 accounts; World(7, 300, markets=8) for a test
    pipeline = Pipeline(PROVENANCE)
    for moment in run(world, pipeline, minutes=180):
        writer.append(moment)                          # what a live map would store

`run` feeds the events through the pipeline, so frames and accounts are what the product makes of them. Whoever needs
the events themselves (an exchange that answers, a log) holds a ledger of his own and takes `world.opening()`, then
`world.minute(accounts)` again and again; each event is to be applied before the next is drawn, because re-reads tell
what is held by then. The same seed gives the same events.

What is assumed of a minute, and why:

- Marks are correlated random walks: 4.5 bp a minute for the four majors, 10 bp for the rest (daily volatilities of
  1.7 % and 3.8 %), 70 % of the variance in common. Six significant digits, as printed.
- 660 prints, which change some 1,040 (account, coin): 1.5 million changed positions a day. The exchange prints more,
  but again and again of the same accounts; what is stored a minute depends on how many differ. Takers are drawn by a
  Pareto weight (heavy-tailed); 22 % close, 22 % reduce, 31 % add, 25 % take a coin at random. The other side is one of
  20 market makers with 40 and more positions (all of them every minute) in six of ten, else a holder of the coin.
- Whoever falls below maintenance is closed at the mark against a maker, all positions at once.
- 600 accounts are read again, half of them recent traders: the budget of the public API (1,200 weight a minute, 2 an
  answer). A state has a new time, mark and published price, and raw USD that differs by 1e-6 USD of rounding.
- 1.4 accounts come and as many go (2,000 a day); 7 pools get or give cash (10,000 a day).
- Each full hour everybody pays funding: rates around 0.00125 % an hour, as by the interest of the formula, moved by
  the premium.
- Published prices are printed with ten digits; a source that prints none would store less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from population import MAJORS, TIME_MS, make_population

from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.ledger import Ledger
from liqscape.model.accounts import Accounts, PublishedState
from liqscape.model.cash import CashMovements
from liqscape.model.events import (
    AccountsObserved,
    CashMoved,
    Event,
    FrameDue,
    FundingDue,
    MarketDefined,
    MarksUpdated,
    TradesPrinted,
)
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets, MarketSnapshot
from liqscape.model.trades import Trades
from liqscape.risk.liquidation import LevelStatus, solve_liquidation
from liqscape.risk.margin import maintenance_margin
from liqscape.service.pipeline import Pipeline
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, MarginSource, PoolMode

PROVENANCE = Provenance("benchmark", "real size", is_simulated=True, note="")
DAY_MS, HOUR_MS, MINUTE_MS = 86_400_000, 3_600_000, 60_000
START_MS = TIME_MS // DAY_MS * DAY_MS + 9 * HOUR_MS + HOUR_MS // 2
"""Half past nine: three hours hold three payments of funding and no change of the day."""
MAJOR_VOLATILITY, VOLATILITY = 4.5e-4, 10e-4
COMMON_SHARE = 0.7
NEAR_SHARE, NEAR_KEPT = 0.06, 0.02
PRINTS = 660
MAKERS, MAKER_SHARE, MAKER_CASH = 20, 0.6, 5e8
CLOSE, REDUCE, ADD = 0.22, 0.44, 0.75
"""Limits of one draw: close below the first, reduce below the second, add below the third, else another coin."""
READS = 600
NEW_AN_HOUR = 2_000 / 24
MOVED_CASH = 7
INTEREST_RATE, PREMIUM_RATE = 1.25e-5, 0.6e-5
PRICE_DIGITS, PUBLISHED_DIGITS = 6, 10
PUBLISHED_NOISE = 1e-6


class World:
    """Who holds what, where the marks stand, and what comes next."""

    def __init__(
        self,
        seed: int = 7,
        accounts: int = 300_000,
        positions: int | None = None,
        markets: int = 250,
        start_ms: int = START_MS,
        minutes_a_step: int = 1,
    ) -> None:
        self.random = np.random.default_rng([seed, 1])
        population = make_population(seed, accounts, positions, markets)
        self.tables = population.tables
        self.time_ms = start_ms
        self.step_minutes = minutes_a_step
        self.share = accounts / 300_000 * minutes_a_step
        held, first = _in_lots(population.accounts, population.snapshot)
        self.makers = _makers(held)
        raw_usd = held.raw_usd + self._spare(held, first, population.tables)
        raw_usd[self.makers] += MAKER_CASH
        open_interest = _open_interest(held, markets)
        mark = _rounded(first.mark, PRICE_DIGITS)
        self.snapshot = MarketSnapshot(
            markets=first.markets, time_ms=start_ms, mark=mark, oracle=_oracle(mark), open_interest=open_interest
        )
        held = replace(held, raw_usd=raw_usd, observed_ms=held.observed_ms + (start_ms - TIME_MS))
        self.first = self._as_read(held)
        self._maker_rows = held.address_row[self.makers]
        self._is_major = np.arange(markets) < len(MAJORS)
        self._lot = 10.0 ** -np.array([market.size_decimals for market in first.markets.rows])
        self._weight = self.random.pareto(1.1, accounts) + 0.05
        self._recent = np.empty(0, np.int64)
        self.premium = self.random.normal(0.0, PREMIUM_RATE, markets)
        self._trade_id = 1
        self._come = 0.0

    def opening(self) -> Iterator[Event]:
        """Markets, marks, everybody, and the first frame."""
        at = self.time_ms
        yield MarketDefined(at, 0, self.snapshot.markets, self.tables)
        yield MarksUpdated(at, 0, self.snapshot)
        yield AccountsObserved(time_ms=at, received_ns=0, accounts=self.first, is_complete=True)
        yield FrameDue(at, 0)

    def minute(self, accounts: Callable[[], Accounts]) -> Iterator[Event]:
        """What happens until the next frame, which comes last. `accounts`: what is held after all drawn so far.

        A step of several minutes has as many times the trades, reads and variance of one, in its last minute.
        """
        self.time_ms += self.step_minutes * MINUTE_MS
        began = self.time_ms - MINUTE_MS
        held = accounts()
        self._grow(len(held.addresses))
        trades = self._trades(held, began)
        if len(trades):
            yield TradesPrinted(began + 40_000, 0, trades)
        movements = self._cash(held, began + 45_000)
        if len(movements):
            yield CashMoved(began + 45_000, 0, movements)
        yield from self._reads(accounts(), began + 50_000)
        yield from self._come_and_go(accounts(), began + 55_000)
        self._walk(accounts())
        if self.time_ms % HOUR_MS == 0:
            yield FundingDue(self.time_ms, 0, INTEREST_RATE + self.premium, self.snapshot.oracle)
            self.premium = 0.8 * self.premium + self.random.normal(0.0, 0.6 * PREMIUM_RATE, len(self.premium))
        yield MarksUpdated(self.time_ms, 0, self.snapshot)
        yield FrameDue(self.time_ms, 0)

    def _spare(self, held: Accounts, first: MarketSnapshot, tables: MarginTables) -> Float64Array:
        """Cash for most of the pools that a move of a few per cent would close: else thousands go in the first hour."""
        above, gross = _room(held, first, tables)
        with np.errstate(invalid="ignore"):
            is_helped = (above < NEAR_SHARE * gross) & (self.random.random(held.pool_count) > NEAR_KEPT)
        helped: Float64Array = np.where(
            is_helped, self.random.uniform(1.0, 3.0, held.pool_count) * NEAR_SHARE * gross, 0.0
        )
        return helped

    def _grow(self, addresses: int) -> None:
        """Who came gets a weight, and trades rather more than others."""
        more = addresses - len(self._weight)
        if more > 0:
            self._weight = np.append(self._weight, self.random.pareto(1.1, more) + 1.0)

    def _walk(self, held: Accounts) -> None:
        """Marks and open interest of the next full minute."""
        random, count = self.random, len(self._is_major)
        own = random.normal(0.0, np.sqrt(1.0 - COMMON_SHARE), count)
        steps = (own + random.normal() * np.sqrt(COMMON_SHARE)) * np.sqrt(self.step_minutes)
        mark = self.snapshot.mark * np.exp(steps * np.where(self._is_major, MAJOR_VOLATILITY, VOLATILITY))
        mark = _rounded(mark, PRICE_DIGITS)
        open_interest = _open_interest(held, count)
        self.snapshot = MarketSnapshot(
            markets=self.snapshot.markets,
            time_ms=self.time_ms,
            mark=mark,
            oracle=_oracle(mark),
            open_interest=open_interest,
        )

    def _trades(self, held: Accounts, began: int) -> Trades:
        """Prints of the minute: those by choice, then those that are forced."""
        pool = held.pool_of_position()
        owner = held.address_row[pool]
        count = max(1, round(PRINTS * self.share))
        taken = self._chosen(owner, held, count)
        forced = _liquidated(held, self.snapshot, self.tables)
        taker = np.concatenate((taken[0], owner[forced]))
        market = np.concatenate((taken[1], held.market_index[forced])).astype(np.int32)
        change = np.concatenate((taken[2], -held.size[forced]))
        other = self._others(held, owner, market, change, is_forced=np.arange(len(market)) >= len(taken[0]))
        is_real = (change != 0.0) & (taker != other)
        taker, other, market, change = taker[is_real], other[is_real], market[is_real], change[is_real]
        self._recent = np.unique(np.concatenate((self._recent[-20_000:], taker, other)))
        price = self.snapshot.mark[market] * (1.0 + self.random.normal(0.0, 1e-4, len(market)))
        time_ms = np.sort(began + 1 + self.random.integers(0, 39_000, len(market)))
        first, self._trade_id = self._trade_id, self._trade_id + len(market)
        named, rows = np.unique(np.concatenate((taker, other)), return_inverse=True)
        rows = rows.astype(np.int32).reshape(2, -1)
        is_bought = change > 0.0
        return Trades(
            addresses=tuple(held.addresses[row] for row in named.tolist()),
            buyer=np.where(is_bought, rows[0], rows[1]),
            seller=np.where(is_bought, rows[1], rows[0]),
            market_index=market,
            price=_rounded(price, PRICE_DIGITS),
            size=np.abs(change),
            is_buyer_taker=is_bought,
            time_ms=time_ms,
            trade_id=np.arange(first, self._trade_id),
        )

    def _chosen(self, owner: Int32Array, held: Accounts, count: int) -> tuple[Int32Array, Int32Array, Float64Array]:
        """Taker, market and signed change of those who trade because they want to; each position once."""
        random = self.random
        reach = np.cumsum(self._weight[owner])
        position = np.unique(np.searchsorted(reach, random.random(count) * reach[-1], side="right"))
        position = position[position < len(owner)]
        size, market, draw = held.size[position], held.market_index[position].copy(), random.random(len(position))
        part = np.where(
            draw < CLOSE, -1.0, np.where(draw < REDUCE, -1.0, 1.0) * random.uniform(0.1, 0.9, len(position))
        )
        change = size * part
        # Another coin, as much of it as somebody else holds.
        away = np.flatnonzero(draw >= ADD)
        like = random.integers(0, len(owner), len(away))
        market[away] = held.market_index[like]
        change[away] = held.size[like] * np.where(random.random(len(away)) < 0.5, 1.0, -1.0)
        is_whole = draw < CLOSE
        lot = self._lot[market]
        change = np.where(is_whole, change, np.rint(change / lot) / np.rint(1.0 / lot))
        return owner[position], market, change

    def _others(
        self, held: Accounts, owner: Int32Array, market: Int32Array, change: Float64Array, *, is_forced: BoolArray
    ) -> Int32Array:
        """Who takes the other side: a maker, or somebody whose position in the coin is more than twice the trade."""
        random, count = self.random, len(market)
        by_coin = np.argsort(held.market_index, kind="stable")
        starts = np.searchsorted(held.market_index[by_coin], np.arange(len(self._lot) + 1))
        width = starts[market + 1] - starts[market]
        place = starts[market] + (random.random(count) * width).astype(np.int64)
        position = by_coin[np.minimum(place, len(by_coin) - 1)]
        is_maker = (random.random(count) < MAKER_SHARE) | is_forced | (width == 0)
        is_maker |= np.abs(held.size[position]) < 2.0 * np.abs(change)
        return np.where(is_maker, self._maker_rows[np.arange(count) % len(self._maker_rows)], owner[position])

    def _cash(self, held: Accounts, at: int) -> CashMovements:
        """Deposits and withdrawals of up to a tenth of what backs a cross pool."""
        count = min(MOVED_CASH, held.pool_count) if self.share >= 1.0 else 1
        pools = np.unique(self.random.integers(0, held.pool_count, count))
        pools = pools[(held.mode[pools] == PoolMode.CROSS) & ~np.isnan(held.raw_usd[pools])]
        rows = np.unique(held.address_row[pools])
        amount = np.round(self.random.uniform(-0.02, 0.1, len(rows)) * 1e4, 2)
        return CashMovements(
            addresses=tuple(held.addresses[row] for row in rows.tolist()),
            dexs=("",),
            user=np.arange(len(rows), dtype=np.int32),
            dex=np.zeros(len(rows), np.int32),
            time_ms=np.full(len(rows), at),
            amount=amount,
            whole=amount,
        )

    def _reads(self, held: Accounts, at: int) -> Iterator[Event]:
        """States of some accounts as they are now."""
        count = max(2, round(READS * self.share))
        recent = self._recent[self.random.integers(0, len(self._recent), count // 2)] if len(self._recent) else []
        rows = np.unique(np.concatenate((recent, self.random.integers(0, len(held.addresses), count - count // 2))))
        rows = rows.astype(np.int64)
        seen = self._as_read(_only(held, rows), at)
        yield AccountsObserved(time_ms=at, received_ns=0, accounts=seen, dexs=("",), address_ms=np.full(len(rows), at))

    def _come_and_go(self, held: Accounts, at: int) -> Iterator[Event]:
        """New accounts that hold what an older one does, and others that hold nothing any more."""
        self._come += NEW_AN_HOUR / 60.0 * self.share
        count, self._come = int(self._come), self._come % 1.0
        if not count:
            return
        rows = np.unique(self.random.choice(held.address_row, 2 * count))
        rows = rows[~np.isin(rows, self._maker_rows)].astype(np.int64)
        like, gone = rows[: len(rows) // 2 or 1], rows[len(rows) // 2 or 1 :]
        come = tuple("0x" + self.random.bytes(20).hex() for _ in like)
        seen = self._as_read(replace(_only(held, like), addresses=come), at)
        yield AccountsObserved(time_ms=at, received_ns=0, accounts=seen, dexs=("",), address_ms=np.full(len(come), at))
        if len(gone):
            names = tuple(held.addresses[row] for row in gone.tolist())
            nothing = replace(Accounts.empty(), addresses=names)
            yield AccountsObserved(
                time_ms=at, received_ns=0, accounts=nothing, dexs=("",), address_ms=np.full(len(gone), at)
            )

    def _as_read(self, held: Accounts, at: int | None = None) -> Accounts:
        """The same accounts as an answer of the exchange tells them; `at` None: when each was read before."""
        mark = self.snapshot.mark[held.market_index]
        raw_usd = held.raw_usd
        if at is not None:
            # Cash that prints left unknown is known when read: a margin of what the positions need.
            need = held.size * mark - 1.5 * np.abs(held.size) * mark / np.where(
                np.isnan(held.leverage), 20.0, held.leverage
            )
            known = -np.bincount(held.pool_of_position(), need, held.pool_count)
            raw_usd = np.where(np.isnan(raw_usd), known, raw_usd)
            raw_usd = raw_usd + self.random.integers(-1, 2, len(raw_usd)) * PUBLISHED_NOISE
        read = replace(held, raw_usd=raw_usd, observed_mark=mark)
        if at is not None:
            margin_source = np.full(held.pool_count, MarginSource.STATE, np.uint8)
            read = replace(read, margin_source=margin_source, observed_ms=np.full(held.pool_count, at, np.int64))
        level = solve_liquidation(read, self.snapshot, self.tables)
        is_given = level.status == LevelStatus.OK
        return replace(
            read,
            published=np.where(is_given, PublishedState.PRICE, PublishedState.NONE).astype(np.uint8),
            published_price=_rounded(np.where(is_given, level.price, np.nan), PUBLISHED_DIGITS),
        )


def run(world: World, pipeline: Pipeline, minutes: int) -> Iterator[Moment]:
    """The opening and so many minutes through a new pipeline: a moment each."""
    for event in world.opening():
        moment = pipeline.feed(event)
    assert moment is not None
    yield moment
    yield from go_on(world, pipeline, minutes)


def go_on(world: World, pipeline: Pipeline, minutes: int) -> Iterator[Moment]:
    """So many minutes more."""
    for _ in range(minutes):
        moment = None
        for event in world.minute(lambda: pipeline.ledger.accounts):
            moment = pipeline.feed(event)
        assert moment is not None
        pipeline.ledger.take_liquidations()
        pipeline.ledger.take_differences()
        yield moment


def truth(world: World) -> Ledger:
    """A ledger that stands at the opening of the world."""
    ledger = Ledger()
    for event in world.opening():
        ledger.apply(event)
    return ledger


def _in_lots(held: Accounts, first: MarketSnapshot) -> tuple[Accounts, MarketSnapshot]:
    """Lots of at most a dollar, as the exchange has them, and every size a whole number of them."""
    decimals = np.clip(np.ceil(np.log10(first.mark)), 0, 5).astype(np.int64)
    markets = Markets.build(
        replace(market, size_decimals=int(digits)) for market, digits in zip(first.markets.rows, decimals, strict=True)
    )
    lots = 10.0 ** decimals[held.market_index]
    size = np.sign(held.size) * np.maximum(1.0, np.rint(np.abs(held.size) * lots)) / lots
    return replace(held, size=size), replace(first, markets=markets)


def _open_interest(held: Accounts, markets: int) -> Float64Array:
    """Coins of the larger side, and a tenth that nobody has found: the sides of made-up positions are not equal."""
    long = np.bincount(held.market_index, np.maximum(held.size, 0.0), markets)
    short = np.bincount(held.market_index, np.maximum(-held.size, 0.0), markets)
    return 1.1 * np.maximum(long, short)


def _makers(held: Accounts) -> Int64Array:
    """Pools of the market makers: the largest by positions that are not exempt and whose cash is known."""
    lengths = np.diff(held.offsets).astype(np.float64)
    lengths[held.is_exempt | np.isnan(held.raw_usd)] = -1.0
    return np.sort(np.argsort(-lengths, kind="stable")[: min(MAKERS, held.pool_count // 10 or 1)])


def _liquidated(held: Accounts, snapshot: MarketSnapshot, tables: MarginTables) -> Int64Array:
    """Positions of pools below maintenance."""
    above, _ = _room(held, snapshot, tables)
    with np.errstate(invalid="ignore"):
        is_below = (above < 0.0) & ~held.is_exempt
    return np.flatnonzero(is_below[held.pool_of_position()])


def _room(held: Accounts, snapshot: MarketSnapshot, tables: MarginTables) -> tuple[Float64Array, Float64Array]:
    """(A,) USD above maintenance, NaN unknown, and (A,) USD of all positions."""
    pool, count = held.pool_of_position(), held.pool_count
    exposure = held.size * snapshot.mark[held.market_index]
    gross = np.bincount(pool, np.abs(exposure), count)
    maintenance = np.bincount(pool, maintenance_margin(np.abs(exposure), held.table_row, tables), count)
    return held.raw_usd + np.bincount(pool, exposure, count) - maintenance, gross


def _only(held: Accounts, rows: Int64Array) -> Accounts:
    """All pools of some addresses; `rows` rise."""
    is_meant = np.zeros(len(held.addresses), np.bool_)
    is_meant[rows] = True
    part = held.take(np.flatnonzero(is_meant[held.address_row]))
    names = tuple(held.addresses[row] for row in rows.tolist())
    return replace(part, addresses=names, address_row=np.searchsorted(rows, part.address_row).astype(np.int32))


def _oracle(mark: Float64Array) -> Float64Array:
    return _rounded(mark * 1.0001, PRICE_DIGITS)


def _rounded(price: Float64Array, digits: int) -> Float64Array:
    """To so many significant digits; NaN stays."""
    with np.errstate(invalid="ignore", divide="ignore"):
        places = 10.0 ** (digits - 1 - np.floor(np.log10(price)))
        rounded: Float64Array = np.rint(price * places) / places
    return rounded
