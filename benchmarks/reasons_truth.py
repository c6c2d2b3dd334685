"""How often the map gives the right reason for a change of a cluster, against the log of the sandbox's engine.

    python benchmarks/reasons_truth.py [--json] [--accounts 600] [--coins 8] [--minutes 60] [--seeds 7 8]

Worlds live in blocks of 3 s, after an hour in blocks of a minute. Spans are those of the clusters that the identity
rules find in the truth, so every source is asked about the same spans.

    size    by the fills of the engine: own trades and each kind of force, net of the minute
    level   the block in which it crossed the edge for good: what moved the account in that block. Where marks and one
            other thing did, marks are the cause if they alone carry the level over. Two others: undecided, said apart

    everything reported   fills, funding and cash of every account, and states at each minute's end (a node, the demo)
    public API            prints, funding due by the hour, and each account's state every ten minutes

right      share of the true coins that the map gave the same reason in the same minute
unknown    share for which it said corrected, learnt, forgotten, interaction or not reported (in another minute, too)
precision  share of the coins it gave a reason of the market that are true
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from coverage_growth import trades_of

from liqscape.exchange.columns import (
    NO_ROW,
    AccountColumn,
    ClockColumn,
    EventColumn,
    EventKind,
    FillColumn,
    Method,
    PoolColumn,
)
from liqscape.exchange.output import BlockOutput
from liqscape.exchange.scale import UUSD
from liqscape.exchange.to_model import accounts_of, to_snapshot
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.insight.identity import ClusterTracker
from liqscape.insight.minute import AddressKeys, Minute
from liqscape.insight.reasons import Causes, SpanPair
from liqscape.insight.records import ChangeReason
from liqscape.model import Accounts, MarketSnapshot
from liqscape.model.events import (
    AccountsObserved,
    Event,
    FrameDue,
    FundingDue,
    MarketDefined,
    MarksUpdated,
    TradesPrinted,
)
from liqscape.risk.liquidation import solve_liquidation
from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.world import WorldSettings
from liqscape.service.pipeline import Pipeline
from liqscape.units import HOUR_MS, MINUTE_MS, Float64Array, Int64Array, PoolMode, Side

BLOCK_MS = 3_000
COARSE_MINUTES = 60
READ_EVERY_MINUTES = 10
NEAR = 0.1
"""Clusters further than this share from the mark are not asked about."""
KNOWLEDGE = {
    ChangeReason.LEARNT,
    ChangeReason.FORGOTTEN,
    ChangeReason.CORRECTED,
    ChangeReason.NOT_REPORTED,
    ChangeReason.INTERACTION,
}
OURS = KNOWLEDGE | {ChangeReason.SPAN_MOVED}
"""Reasons that say nothing of the market."""
UNDECIDED = -1
"""Reason of a level that two things moved within one block."""
FORCED = {
    Method.MARKET: ChangeReason.LIQUIDATED_BOOK,
    Method.BACKSTOP: ChangeReason.LIQUIDATED_BACKSTOP,
    Method.ADL: ChangeReason.DELEVERAGED,
}
CASH = (EventKind.DEPOSIT, EventKind.MARGIN_MOVED, EventKind.TRANSFER)
Reasons = Counter[int]
Span = tuple[float, float]


class Block(NamedTuple):
    """The market after a block. All (N, M) but the last: lots, level, level with the marks alone moved; moved (N,)
    sets of reasons by account."""

    lots: Int64Array
    level: Float64Array
    by_marks: Float64Array
    moved: dict[int, set[ChangeReason]]


class Truth:
    """Listens to the blocks of a market and remembers those of a minute."""

    def __init__(self, market: SandboxMarket, known: Int64Array) -> None:
        self._world, self.known = market.world, known
        self._keys = AddressKeys()
        self.accounts, self.snapshot = self._look()
        self.blocks = [Block(*self._dense(self.accounts), self._levels(self.accounts, self.snapshot), {})]
        self.fills: list[tuple[int, int, ChangeReason, int]] = []
        self.is_moving = False
        market.listeners.append(self.take)

    def begin(self) -> None:
        """A minute from here."""
        self.accounts, self.snapshot = self._look()
        self.blocks = [Block(*self._dense(self.accounts), self._levels(self.accounts, self.snapshot), {})]
        self.fills = []

    def minute(self) -> Minute:
        """The truth as a stored frame."""
        tables = self._world.exchange.tables
        return Minute(
            snapshot=self.snapshot,
            accounts=self.accounts,
            tables=tables,
            level=solve_liquidation(self.accounts, self.snapshot, tables).price,
            key=self._keys.of(self.accounts.addresses),
            notes=None,
            is_gap=False,
        )

    def take(self, output: BlockOutput) -> None:
        """One block."""
        if not self.is_moving:
            return
        before, self.snapshot = self.accounts, to_snapshot(self._world.exchange)
        by_marks = self._levels(before, self.snapshot)
        self.accounts, _ = self._look()
        moved: dict[int, set[ChangeReason]] = {}
        for fill in output.fills.tolist():
            for account, sign in ((fill[FillColumn.BUYER], 1), (fill[FillColumn.SELLER], -1)):
                reason = None
                method = Method(fill[FillColumn.METHOD])
                if fill[FillColumn.LIQUIDATED] == account:
                    reason = FORCED[method]
                elif method is Method.ADL:
                    reason = ChangeReason.DELEVERAGED_AS_WINNER
                self.fills.append((account, fill[FillColumn.MARKET], reason, sign * fill[FillColumn.LOTS]))
                level_reason = ChangeReason.MOVED_BY_TRADES if reason is None else ChangeReason.MOVED_BY_LIQUIDATION
                moved.setdefault(account, set()).add(level_reason)
        for event in output.events.tolist():
            reasons = moved.setdefault(event[EventColumn.ACCOUNT], set())
            if event[EventColumn.KIND] in CASH:
                reasons.add(ChangeReason.MOVED_BY_MARGIN)
            elif event[EventColumn.KIND] == EventKind.FUNDING:
                reasons.add(ChangeReason.MOVED_BY_FUNDING)
            elif event[EventColumn.KIND] == EventKind.SETTLEMENT:
                reasons.add(ChangeReason.RULE_CHANGED)
                sign_lots = -event[EventColumn.A]
                self.fills.append(
                    (event[EventColumn.ACCOUNT], event[EventColumn.MARKET], ChangeReason.RULE_CHANGED, sign_lots)
                )
        self.blocks.append(Block(*self._dense(self.accounts), by_marks, moved))

    def reasons(self, market: int, side: Side, span: SpanPair) -> Reasons:
        """What truly changed the lots of a span in the minute (docs/clusters.md, eq. 2 and 3), position by position."""
        first, last = self.blocks[0], self.blocks[-1]
        found: Reasons = Counter()
        held, held_now = np.maximum(side * first.lots[:, market], 0), np.maximum(side * last.lots[:, market], 0)
        was_in = (held > 0) & _within(first.level[:, market], span.before)
        is_in = (held_now > 0) & _within(last.level[:, market], span.now)
        for account in np.flatnonzero(was_in | is_in).tolist():
            a, d = bool(was_in[account]), bool(is_in[account])
            staying = int(held[account])
            for reason, step in self._moves(account, market, side):
                if step < 0:
                    gone = min(-step, staying)
                    staying -= gone
                    found[reason] -= gone * a + (-step - gone) * d
                else:
                    found[reason] += step * d
            if staying and a != d:
                found[self._level_reason(account, market, span, is_out=a)] += staying if d else -staying
        return Counter({reason: lots for reason, lots in found.items() if lots})

    def _moves(self, account: int, market: int, side: Side) -> Iterator[tuple[int, int]]:
        """Net lots of the side by kind, in the order the kinds began."""
        net: dict[ChangeReason | None, int] = {}
        for who, where, reason, lots in self.fills:
            if who == account and where == market:
                net[reason] = net.get(reason, 0) + lots
        held = int(self.blocks[0].lots[account, market])
        for reason, lots in net.items():
            after = held + lots
            before_side, after_side = max(0, side * held), max(0, side * after)
            if reason is None and after_side > before_side:
                word = ChangeReason.ADDED if before_side else ChangeReason.OPENED if not held else ChangeReason.FLIPPED
            elif reason is None:
                word = (
                    ChangeReason.REDUCED if after_side else ChangeReason.CLOSED if not after else ChangeReason.FLIPPED
                )
            else:
                word = reason
            held = after
            if after_side != before_side:
                yield word, after_side - before_side
        assert held == self.blocks[-1].lots[account, market], "the log explains every lot"

    def _level_reason(self, account: int, market: int, span: SpanPair, *, is_out: bool) -> int:
        levels = np.array([block.level[account, market] for block in self.blocks])
        if is_out and _within(levels[-1:], span.before)[0]:
            return ChangeReason.INTERACTION if _within(levels[:1], span.now)[0] else ChangeReason.SPAN_MOVED
        if not is_out and _within(levels[:1], span.now)[0]:
            return ChangeReason.INTERACTION if _within(levels[-1:], span.before)[0] else ChangeReason.SPAN_MOVED
        edges = span.before if is_out else span.now
        inside = _within(levels, edges)
        block = self.blocks[int(np.flatnonzero(inside[1:] != inside[:-1])[-1]) + 1]
        moved = block.moved.get(account, set())
        if _within(block.by_marks[account, market : market + 1], edges)[0] == inside[-1]:
            return ChangeReason.MOVED_BY_MARKS
        if not moved:
            return ChangeReason.MOVED_BY_MARKS  # of collateral
        return next(iter(moved)) if len(moved) == 1 else UNDECIDED

    def _look(self) -> tuple[Accounts, MarketSnapshot]:
        exchange = self._world.exchange
        changed_ms = np.full(len(exchange.addresses), exchange.time_ms)
        return accounts_of(exchange, self.known, changed_ms), to_snapshot(exchange)

    def _levels(self, accounts: Accounts, snapshot: MarketSnapshot) -> Float64Array:
        pool = accounts.pool_of_position()
        price = solve_liquidation(accounts, snapshot, self._world.exchange.tables).price
        level = np.full((len(self._world.exchange.addresses), len(snapshot.markets)), np.nan)
        row = self.known[accounts.address_row[pool]]
        level[row, accounts.market_index] = np.where(accounts.is_exempt[pool], np.nan, price)
        return level

    def _dense(self, accounts: Accounts) -> tuple[Int64Array, Float64Array]:
        level = self._levels(accounts, self.snapshot)
        lots = np.zeros(level.shape, np.int64)
        decimals = np.array([row.size_decimals for row in self.snapshot.markets.rows])[accounts.market_index]
        row = self.known[accounts.address_row[accounts.pool_of_position()]]
        lots[row, accounts.market_index] = np.rint(accounts.size * 10.0**decimals).astype(np.int64)
        return lots, level


class ReportedMap:
    """What a source of everything tells: the events of the market itself."""

    last: Minute | None

    def __init__(self, market: SandboxMarket) -> None:
        self._pipeline = Pipeline(market.provenance, with_bands=False)
        self.keys, self.last = AddressKeys(), None
        self.feed(market.initial_events())

    def feed(self, events: Sequence[Event]) -> tuple[Minute | None, Minute]:
        """Events up to a frame; the minutes before and now."""
        moment = None
        for event in events:
            moment = self._pipeline.feed(event)
        assert moment is not None
        before, self.last = self.last, minute_of(moment, self.keys)
        return before, self.last


class PublicMap(ReportedMap):
    """What the public API tells: prints, hourly funding, states in turn."""

    def __init__(self, market: SandboxMarket, known: Int64Array) -> None:
        self._market, self._known = market, known
        self._waiting: list[Event] = []
        self._count = 0
        self._pipeline = Pipeline(Provenance("api", "", True, ""), with_bands=False)
        self.keys, self.last = AddressKeys(), None
        exchange = market.world.exchange
        self.feed(
            [
                MarketDefined(exchange.time_ms, 0, exchange.markets, exchange.tables),
                MarksUpdated(exchange.time_ms, 0, to_snapshot(exchange)),
                self._states(known),
                FrameDue(exchange.time_ms, 0),
            ]
        )
        market.listeners.append(self.take)

    def take(self, output: BlockOutput) -> None:
        """A block: prints and marks, funding where the hour is full."""
        exchange = self._market.world.exchange
        trades = trades_of(self._market.world, output)
        if trades is not None:
            self._waiting.append(TradesPrinted(output.time_ms, 0, trades))
        if output.is_mark_update:
            self._waiting.append(MarksUpdated(output.time_ms, 0, to_snapshot(exchange)))
        paid = output.events[output.events[:, EventColumn.KIND] == EventKind.FUNDING]
        if len(paid):
            due = np.full(len(exchange.markets), np.nan)
            lots = paid[:, EventColumn.A]
            scale = 10.0 ** np.array([row.size_decimals for row in exchange.markets.rows])[paid[:, EventColumn.MARKET]]
            due[paid[:, EventColumn.MARKET]] = paid[:, EventColumn.B] / 1e6 / (lots / scale)
            hour_ms = output.time_ms // HOUR_MS * HOUR_MS
            oracle = to_snapshot(exchange).oracle
            self._waiting.append(FundingDue(hour_ms, 0, due / oracle, oracle))

    def minute(self) -> tuple[Minute | None, Minute]:
        """The frame of a minute that is full; a tenth of the accounts is read."""
        exchange = self._market.world.exchange
        self._count += 1
        read = self._known[self._known % READ_EVERY_MINUTES == self._count % READ_EVERY_MINUTES]
        events, self._waiting = self._waiting, []
        return self.feed([*events, self._states(read), FrameDue(exchange.time_ms, 0)])

    def _states(self, rows: Int64Array) -> AccountsObserved:
        exchange = self._market.world.exchange
        changed_ms = np.full(len(exchange.addresses), exchange.time_ms)
        held = accounts_of(exchange, rows, changed_ms)
        empty = self._empty_pools(held, rows)
        accounts = Accounts.join(held.addresses, (held, empty), (held.address_row, empty.address_row))
        return AccountsObserved(time_ms=exchange.time_ms, received_ns=0, accounts=accounts)

    def _empty_pools(self, held: Accounts, rows: Int64Array) -> Accounts:
        """Cash of those who hold nothing on the first dex, which their state says too."""
        state = self._market.world.exchange.state
        pool = state.pool[: int(state.clock[ClockColumn.POOL_COUNT])]
        is_empty = (pool[:, PoolColumn.COUNT] == 0) & (pool[:, PoolColumn.ISOLATED_MARKET] == NO_ROW)
        pool = pool[is_empty & (pool[:, PoolColumn.GROUP] == 0) & np.isin(pool[:, PoolColumn.ACCOUNT], rows)]
        shared = held.address_row[held.mode != PoolMode.ISOLATED]
        place = np.searchsorted(rows, pool[:, PoolColumn.ACCOUNT])
        kept = ~np.isin(place, shared)
        return Accounts.build(
            addresses=held.addresses,
            address_row=place[kept],
            raw_usd=pool[kept, PoolColumn.CASH] / UUSD,
            offsets=np.zeros(int(kept.sum()) + 1, np.int64),
            market_index=(),
            size=(),
            table_row=(),
            mode=state.account[pool[kept, PoolColumn.ACCOUNT], AccountColumn.MODE],
            observed_ms=np.full(int(kept.sum()), self._market.world.exchange.time_ms),
        )


def minute_of(moment: Moment, keys: AddressKeys) -> Minute:
    """A stored moment as studies see it."""
    snapshot, accounts = moment.frame.snapshot, moment.accounts
    return Minute(
        snapshot=snapshot,
        accounts=accounts,
        tables=moment.tables,
        level=solve_liquidation(accounts, snapshot, moment.tables).price,
        key=keys.of(accounts.addresses),
        notes=moment.notes,
        is_gap=False,
    )


@dataclass
class Score:
    """USD at the mark, of one source: true by reason, given by reason, and what agrees."""

    true: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)

    def add(self, truth: Reasons, found: Reasons, usd: float) -> None:
        """One span of one minute; usd a lot."""
        for reason in truth.keys() | found.keys():
            name = "undecided" if reason == UNDECIDED else ChangeReason(reason).name.lower()
            true, given = truth[reason], found[reason]
            self.true[name] += abs(true) * usd
            self.given[name] += abs(given) * usd
            if true * given > 0:
                self.right[name] += min(abs(true), abs(given)) * usd

    def join(self, other: Score) -> None:
        """Add another world's."""
        self.true.update(other.true)
        self.given.update(other.given)
        self.right.update(other.right)

    def figures(self) -> dict[str, float]:
        """The shares."""
        market = [name for name in self.true if name not in {"undecided", *(each.name.lower() for each in OURS)}]
        true, given = sum(self.true[name] for name in market), sum(self.given[name] for name in market)
        right = sum(self.right[name] for name in market)
        unknown = sum(self.given[each.name.lower()] for each in KNOWLEDGE)
        every = sum(self.true.values())
        return {
            "true_usd": true,
            "right": right / true if true else np.nan,
            "precision": right / given if given else np.nan,
            "unknown": unknown / sum(self.given.values()) if self.given else np.nan,
            "undecided": self.true["undecided"] / every if every else np.nan,
            "span_moved": self.true["span_moved"] / every if every else np.nan,
        }


def span_pairs(before: dict[str, Span], now: dict[str, Span]) -> list[SpanPair]:
    """Every cluster that stood or stands."""
    return [SpanPair(name, before.get(name), now.get(name)) for name in sorted(before.keys() | now.keys())]


def is_near(pair: SpanPair, mark: float) -> bool:
    """Whether the cluster lies within NEAR of the mark."""
    low, high = pair.now or pair.before or (0.0, 0.0)
    return low < mark * (1.0 + NEAR) and high > mark * (1.0 - NEAR)


def run(seed: int, accounts: int, coins: int, minutes: int) -> dict[str, Score]:
    """One world: the score of each kind of source."""
    market = SandboxMarket.new(WorldSettings(seed=seed, accounts=accounts, coins=coins, block_ms=BLOCK_MS))
    for _ in range(COARSE_MINUTES):
        market.step()
    known = np.setdiff1d(
        np.arange(len(market.world.exchange.addresses)), np.flatnonzero(market.world.population.is_hidden)
    )
    truth, reported, public = Truth(market, known), ReportedMap(market), PublicMap(market, known)
    markets = market.world.exchange.markets
    trackers = {(row, side): ClusterTracker(coin, side) for row, coin in enumerate(markets.coins) for side in Side}
    spans: dict[tuple[int, Side], dict[str, Span]] = {place: {} for place in trackers}
    scores = {"everything reported": Score(), "public API": Score()}
    for minute in range(minutes + 1):
        if minute:
            truth.begin()
            truth.is_moving = True
            market.live(market.time_ms + MINUTE_MS - BLOCK_MS)
            pairs = [reported.feed(market.step())]
            truth.is_moving = False
            pairs.append(public.minute())
            causes = [Causes(before, now) for before, now in pairs if before is not None]
        frame = truth.minute()
        for (row, side), tracker in trackers.items():
            standing = tracker.advance(frame.held(row, side), frame.mark(row), frame.time_ms, is_gap=False).standing
            now = {each.cluster_id: (each.price_low, each.price_high) for each in standing}
            asked = span_pairs(spans[row, side], now)
            spans[row, side] = now
            if not minute or not asked:
                continue
            asked = [pair for pair in asked if is_near(pair, frame.mark(row))]
            usd = frame.mark(row) / 10 ** markets.rows[row].size_decimals
            for score, cause in zip(scores.values(), causes, strict=True):
                found: dict[str, Reasons] = {pair.cluster_id: Counter() for pair in asked}
                for given in cause.explain(row, side, asked):
                    found[given.cluster_id][given.reason] += given.lots
                for pair in asked:
                    score.add(truth.reasons(row, side, pair), found[pair.cluster_id], usd)
    return scores


def _within(level: Float64Array, span: Span | None) -> np.ndarray:
    return np.zeros(level.shape, np.bool_) if span is None else (level >= span[0]) & (level < span[1])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--accounts", type=int, default=600)
    parser.add_argument("--coins", type=int, default=8)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8])
    options = parser.parse_args()
    total: dict[str, Score] = {}
    rights: dict[str, list[float]] = {}
    for seed in options.seeds:
        for source, score in run(seed, options.accounts, options.coins, options.minutes).items():
            total.setdefault(source, Score()).join(score)
            rights.setdefault(source, []).append(score.figures()["right"])
    figures = {
        source: {**score.figures(), "right_lowest": min(rights[source]), "right_highest": max(rights[source])}
        for source, score in total.items()
    }
    if options.json:
        print(json.dumps(figures))
        return
    for source, score in total.items():
        print(source, {name: round(value, 3) for name, value in figures[source].items()})
        for name in sorted(score.true.keys() | score.given.keys()):
            true, given, right = score.true[name], score.given[name], score.right[name]
            print(f"  {name:22} true {true:14,.0f}  given {given:14,.0f}  right {right:14,.0f}")


if __name__ == "__main__":
    main()
