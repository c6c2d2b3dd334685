"""Sweeps of a sandbox's map beside the exchange's own log of fills, each fill one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from liqscape.exchange.columns import NO_ROW, FillColumn, Method
from liqscape.exchange.output import BlockOutput
from liqscape.exchange.to_model import to_snapshot
from liqscape.insight.identity import ClusterTracker
from liqscape.insight.minute import AddressKeys, Minute
from liqscape.insight.study_rows import SweepRow
from liqscape.insight.sweeps import SweepTracker
from liqscape.risk.liquidation import solve_liquidation
from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.world import WorldSettings
from liqscape.service.pipeline import Pipeline
from liqscape.units import Side

BLOCK_MS = 3_000
PARTS = ("liquidated_book", "liquidated_backstop", "deleveraged", "closed_before", "closed_after")
FORCED = {Method.MARKET: "liquidated_book", Method.BACKSTOP: "liquidated_backstop", Method.ADL: "deleveraged"}


class Move(NamedTuple):
    """One side of one fill."""

    time_ms: int
    market: int
    lots: int
    forced: str | None


class TrueParts(NamedTuple):
    """Lots by how they went, those still held, and all that stood there at the entry."""

    parts: dict[str, int]
    rest: int
    total: int


@dataclass
class SweptWorld:
    """A sandbox in blocks of 3 s, its map minute by minute, and what the exchange itself knows."""

    settings: WorldSettings
    minutes: dict[int, Minute] = field(default_factory=dict)
    marks: list[tuple[int, np.ndarray]] = field(default_factory=list)
    moves: dict[str, list[Move]] = field(default_factory=dict)
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

    def _observe(self, output: BlockOutput) -> None:
        if output.is_mark_update:
            self.marks.append((output.time_ms, to_snapshot(self._exchange).mark.copy()))
        for fill in output.fills.tolist():
            lots, victim = fill[FillColumn.LOTS], fill[FillColumn.LIQUIDATED]
            method = Method(fill[FillColumn.METHOD])
            for account, signed in ((fill[FillColumn.BUYER], lots), (fill[FillColumn.SELLER], -lots)):
                forced = FORCED[method] if victim == account else None
                if victim != NO_ROW and method is Method.ADL:
                    forced = "deleveraged"
                move = Move(fill[FillColumn.TIME_MS], fill[FillColumn.MARKET], signed, forced)
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
        parts, rest = dict.fromkeys(PARTS, 0), 0
        for address, lots in members.items():
            reached = self._reached(address, index, side, entry, end)
            held = remaining = lots
            for move in self.moves.get(address, ()):
                if move.market != index or not entry < move.time_ms <= end:
                    continue
                held += side * move.lots
                lost = remaining - max(0, min(remaining, held))
                remaining -= lost
                closed = "closed_before" if reached is None or move.time_ms < reached else "closed_after"
                parts[move.forced or closed] += lost
            rest += remaining
        return TrueParts(parts, rest, sum(members.values()))

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
