"""A world of the sandbox as its engine's log has it, and as two kinds of source tell it (reasons_truth.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
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
from liqscape.insight.minute import AddressKeys, Minute
from liqscape.insight.reasons import SpanPair
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
from liqscape.service.pipeline import Pipeline
from liqscape.units import HOUR_MS, Float64Array, Int64Array, PoolMode, Side

READ_EVERY_MINUTES = 10
"""How often the public API is asked about each account."""
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


def _within(level: Float64Array, span: Span | None) -> np.ndarray:
    return np.zeros(level.shape, np.bool_) if span is None else (level >= span[0]) & (level < span[1])
