"""Sweeps of a sandbox's map beside the exchange's own log of fills, each fill one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

import numpy as np

from liqscape.exchange.columns import NO_ROW, TAKE_PROFIT, EventColumn, EventKind, FillColumn, Method
from liqscape.exchange.output import BlockOutput
from liqscape.exchange.to_model import to_snapshot
from liqscape.heatmap.moment import Moment
from liqscape.insight.identity import ClusterTracker
from liqscape.insight.minute import AddressKeys, Minute, Triggers
from liqscape.insight.study_rows import SweepRow
from liqscape.insight.sweeps import SweepTracker
from liqscape.model.triggers import NEVER_READ_MS, TriggerKind
from liqscape.risk.liquidation import solve_liquidation
from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.world import WorldSettings
from liqscape.service.pipeline import Pipeline
from liqscape.units import MINUTE_MS, Side

BLOCK_MS = 3_000
PARTS = ("liquidated_book", "liquidated_backstop", "deleveraged", "closed_before", "closed_after")
FORCED = {Method.MARKET: "liquidated_book", Method.BACKSTOP: "liquidated_backstop", Method.ADL: "deleveraged"}


class Move(NamedTuple):
    """One side of one fill; order: the one it filled."""

    time_ms: int
    market: int
    lots: int
    forced: str | None
    order: int


class TrueParts(NamedTuple):
    """Lots by how they went, those still held, and all that stood there at the entry. by_stop: lots of accounts that
    were read which orders filled that waited before the level as stops; read: lots of all such accounts. is_told:
    nobody in it bought and sold within a minute, which its sums cannot tell."""

    parts: dict[str, int]
    rest: int
    total: int
    by_stop: int
    read: int
    is_told: bool


@dataclass
class SweptWorld:
    """A sandbox in blocks of 3 s, its map minute by minute, and what the exchange itself knows."""

    settings: WorldSettings
    is_read: Callable[[str], bool] = lambda _: True
    """Whether the map has read the trigger orders of an account."""
    minutes: dict[int, Minute] = field(default_factory=dict)
    marks: list[tuple[int, np.ndarray]] = field(default_factory=list)
    moves: dict[str, list[Move]] = field(default_factory=dict)
    fired: set[int] = field(default_factory=set)
    """Order numbers of stops that fired."""
    rows: list[SweepRow] = field(default_factory=list)
    """Finished."""
    left: list[SweepRow] = field(default_factory=list)
    """Not over at the end, but the mark had left: their parts stand unless it comes again."""

    def run(self, minute_count: int, bursts: Mapping[int, float]) -> SweptWorld:
        """Live on, and study each stored frame. bursts: log moves of the whole market that begin at a minute."""
        market = SandboxMarket.new(self.settings)
        pipeline, keys = Pipeline(market.provenance, with_bands=False), AddressKeys()
        self._exchange = market.world.exchange
        market.listeners.append(self._observe)
        coins = self._exchange.markets.coins
        clusters = [[ClusterTracker(coin, side) for side in (Side.LONG, Side.SHORT)] for coin in coins]
        sweeps = [SweepTracker(coin) for coin in coins]
        before: Minute | None = None
        for count in range(minute_count + 1):
            if count in bursts:
                prices = market.world._prices
                burst = prices.burst.copy()
                burst[-1] += bursts[count]
                market.world._prices = replace(prices, burst=burst)
            if count:
                market.live(market.time_ms + BLOCK_MS)  # so the step goes on in blocks
            for event in market.step() if count else market.initial_events():
                moment = pipeline.feed(event)
                if moment is None:
                    continue
                now = Minute(
                    snapshot=moment.frame.snapshot,
                    accounts=moment.accounts,
                    tables=moment.tables,
                    level=solve_liquidation(moment.accounts, moment.frame.snapshot, moment.tables).price,
                    key=keys.of(moment.accounts.addresses),
                    notes=moment.notes,
                    is_gap=before is None,
                    read_triggers=partial(self._triggers, moment),
                )
                self.minutes[now.time_ms] = now
                for index in range(len(coins)):
                    mark = now.mark(index)
                    standing = [
                        each
                        for tracker, side in zip(clusters[index], (Side.LONG, Side.SHORT), strict=True)
                        for each in tracker.advance(now.held(index, side), mark, now.time_ms, now.is_gap).standing
                    ]
                    self.rows += sweeps[index].advance(before, now, index, standing).finished
                before = now
        assert before is not None
        self.left = [
            row
            for index, tracker in enumerate(sweeps)
            for row in tracker.open_rows(before, index)
            if row.left_ms is not None
        ]
        return self

    def _triggers(self, moment: Moment) -> Triggers | None:
        if moment.triggers is None:
            return None
        orders, knowledge = moment.triggers
        is_read = [self.is_read(address) for address in moment.accounts.addresses]
        return orders, knowledge._replace(known_ms=np.where(is_read, knowledge.known_ms, NEVER_READ_MS))

    def _observe(self, output: BlockOutput) -> None:
        if output.is_mark_update:
            self.marks.append((output.time_ms, to_snapshot(self._exchange).mark.copy()))
        for event in output.events.tolist():
            if event[EventColumn.KIND] == EventKind.TRIGGER_FIRED and not event[EventColumn.DETAIL] & TAKE_PROFIT:
                self.fired.add(event[EventColumn.C])
        for fill in output.fills.tolist():
            lots, victim = fill[FillColumn.LOTS], fill[FillColumn.LIQUIDATED]
            method = Method(fill[FillColumn.METHOD])
            sides = (
                (fill[FillColumn.BUYER], lots, fill[FillColumn.BUYER_ORDER]),
                (fill[FillColumn.SELLER], -lots, fill[FillColumn.SELLER_ORDER]),
            )
            for account, signed, order in sides:
                forced = FORCED[method] if victim == account else None
                if victim != NO_ROW and method is Method.ADL:
                    forced = "deleveraged"
                move = Move(fill[FillColumn.TIME_MS], fill[FillColumn.MARKET], signed, forced, order)
                self.moves.setdefault(self._exchange.addresses[account], []).append(move)

    def index_of(self, row: SweepRow) -> int:
        """Market of a sweep."""
        return self._exchange.markets.index_of(row.coin)

    def truth(self, row: SweepRow) -> TrueParts:
        """Lots of the size at entry by how they went, fill by fill; the rest was still held when it ended."""
        index, side = self.index_of(row), Side[row.side.upper()]
        times = sorted(self.minutes)
        if row.left_ms is not None:
            end = next(time for time in times if time >= row.left_ms)
        else:
            assert row.ended_ms is not None
            end = next(time for time in times if time > row.ended_ms)
        entry, members = self._met(row, index, side, times)
        parts, rest, by_stop = dict.fromkeys(PARTS, 0), 0, 0
        stops, is_told = self._stops(entry, index, side), True
        read = sum(lots for address, lots in members.items() if self.is_read(address))
        for address, lots in members.items():
            reached = self._reached(address, index, side, entry, end)
            held = remaining = lots
            own = [each for each in self.moves.get(address, ()) if each.market == index and entry < each.time_ms <= end]
            signs = {((each.time_ms - 1) // MINUTE_MS, each.lots > 0) for each in own if each.forced is None}
            is_told = is_told and len({minute for minute, _ in signs}) == len(signs)
            for move in own:
                held += side * move.lots
                lost = remaining - max(0, min(remaining, held))
                remaining -= lost
                closed = "closed_before" if reached is None or move.time_ms < reached else "closed_after"
                parts[move.forced or closed] += lost
                if self.is_read(address) and move.forced is None and move.order in self.fired & stops:
                    by_stop += lost
            rest += remaining
        return TrueParts(parts, rest, sum(members.values()), by_stop, read, is_told)

    def lots(self, row: SweepRow, coins: float) -> int:
        """Coins in lots of the sweep's market."""
        return round(coins * 10 ** self._exchange.markets.rows[self.index_of(row)].size_decimals)

    def _met(self, row: SweepRow, index: int, side: Side, times: list[int]) -> tuple[int, dict[str, int]]:
        """Frame whose positions the sweep met, and those: the last before the entry, or that of the entry itself."""
        earlier = [time for time in times if time < row.entered_ms][-1:]
        same = [time for time in times if time == row.entered_ms]
        for time in [*earlier, *same]:
            now = self.minutes[time]
            held = now.held(index, side)
            inside = (held.level >= row.price_low) & (held.level < row.price_high)
            owner = now.accounts.address_row[now.accounts.pool_of_position()[held.row[inside]]]
            found = {
                now.accounts.addresses[each]: self.lots(row, size)
                for each, size in zip(owner.tolist(), held.size[inside].tolist(), strict=True)
            }
            if sum(found.values()) == self.lots(row, row.size_at_entry):
                return time, found
        raise AssertionError(f"nobody stood in the span of {row.sweep_id}")

    def _stops(self, entry: int, index: int, side: Side) -> set[int]:
        """Numbers of stops that waited at a frame between the mark and the level of their account's position."""
        now, found = self.minutes[entry], set()
        if now.triggers is None:
            return found
        orders, _ = now.triggers
        own = (orders.market == index) & (orders.kind == TriggerKind.STOP) & (orders.side == -side)
        for row in np.flatnonzero(own & (orders.account >= 0)).tolist():
            level = self._level(now, now.accounts.addresses[orders.account[row]], index, side)
            price = side * float(orders.trigger_price[row])
            if level is not None and side * level < price < side * now.mark(index):
                found.add(int(orders.order_id[row]))
        return found

    def _reached(self, address: str, index: int, side: Side, entry: int, end: int) -> int | None:
        """First mark at or beyond the level that the frame before it showed."""
        levels = {}
        for time in sorted(self.minutes):
            if entry <= time < end:
                now = self.minutes[time]
                levels[time] = self._level(now, address, index, side)
        for time, mark in self.marks:
            if entry < time <= end:
                level = levels[max(each for each in levels if each < time)]
                if level is not None and side * mark[index] <= side * level:
                    return time
        return None

    def _level(self, now: Minute, address: str, index: int, side: Side) -> float | None:
        accounts = now.accounts
        if address not in accounts.addresses:
            return None
        owner = accounts.address_row[accounts.pool_of_position()]
        rows = np.flatnonzero(
            (owner == accounts.addresses.index(address)) & (accounts.market_index == index) & (accounts.size * side > 0)
        )
        return float(now.level[rows[0]]) if len(rows) and now.level[rows[0]] > 0.0 else None
