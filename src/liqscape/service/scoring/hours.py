"""Stored history as a score takes it: coins of each UTC day with their hourly frames, paths of marks, account moves.

Days are read one after the other, so that frames and notes of the day before are read once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from liqscape.insight.minute import AddressKeys, Minute, address_key
from liqscape.insight.score.columns import (
    FRAMES_BACK_MS,
    PATH_BACK_MS,
    UNKNOWN,
    AccountMoves,
    CoinDay,
    CoinFrame,
    coin_frame,
)
from liqscape.insight.score.forced import ForcedCloses
from liqscape.insight.score.gathering import MarkPoints, ReportedLiquidation, corrected, moves_of_minutes
from liqscape.model.minute_notes import NO_MARKET
from liqscape.risk.liquidation import solve_liquidation
from liqscape.service.folders import LIQUIDATIONS
from liqscape.store.liquidations import LiquidationReader
from liqscape.store.liquidations.reader import LiquidationFilter
from liqscape.units import DAY_MS, HOUR_MS, AnyArray, Int64Array

if TYPE_CHECKING:
    from liqscape.model.markets import Markets
    from liqscape.store.history import HistoryReader
    from liqscape.store.liquidations.schema import StoredLiquidation

ALL_EVENTS = 10**9
EXACT = ("exact", "confirmed")


@dataclass(frozen=True, kw_only=True)
class ScoredHours:
    """A day to be scored. addresses: by key, of all who are in its tables; forced: liquidations by coin."""

    day: int
    coins: tuple[CoinDay, ...]
    forced: dict[str, ForcedCloses]
    addresses: dict[int, str]
    hour_count: int


class HourReader:
    """Days of a history, for some coins. coins that were never listed have no frames."""

    def __init__(self, reader: HistoryReader, coins: Sequence[str]) -> None:
        self._reader = reader
        self._coins = tuple(coins)
        self._number = {coin: place for place, coin in enumerate(self._coins)}
        self._keys = AddressKeys()
        self._addresses: dict[int, str] = {}
        self._frames: dict[str, list[tuple[int, CoinFrame]]] = {coin: [] for coin in self._coins}
        self._hours: list[int] = []
        self._points = MarkPoints()
        self._moves: list[dict[str, AnyArray]] = []
        self._decimals: dict[str, int] = {}
        self._due: dict[tuple[str, int], tuple[int, float]] = {}
        self._last: Sequence[str] = ()
        self._read_ms = 0
        self._slack_ms = min(reader.hold_ms, HOUR_MS)

    def days(self, first: int, last: int) -> Iterator[ScoredHours]:
        """Days [first, last], each as it is read."""
        for day in range(first, last + 1):
            yield self._day(day)

    def _day(self, day: int) -> ScoredHours:
        end_ms, last_ms = (day + 1) * DAY_MS, self._reader.last_ms or 0
        self._read_notes(end_ms - PATH_BACK_MS, end_ms)
        self._read_frames(end_ms - FRAMES_BACK_MS, end_ms)
        events = self._events(end_ms - FRAMES_BACK_MS, end_ms)
        moves = corrected(self._all_moves(end_ms - FRAMES_BACK_MS), list(self._reported(events)))
        coins = []
        for coin in self._coins:
            if not self._frames[coin]:
                continue
            number = self._number[coin]
            path_ms, path_mark = self._points.of_coin(number, end_ms - PATH_BACK_MS, end_ms)
            coins.append(
                CoinDay(
                    coin=coin,
                    day=day,
                    frames=tuple(frame for _, frame in self._frames[coin]),
                    hours_ms=tuple(hour for hour, _ in self._frames[coin]),
                    path_ms=path_ms,
                    path_mark=path_mark,
                    watched=self._points.watched(number),
                    moves=moves,
                    market=number,
                    size_decimals=self._decimals[coin],
                    last_ms=last_ms,
                    slack_ms=self._slack_ms,
                )
            )
        hours = sum(hour >= end_ms - DAY_MS for hour in self._hours)
        return ScoredHours(
            day=day, coins=tuple(coins), forced=self._forced(events), addresses=self._addresses, hour_count=hours
        )

    def _read_notes(self, start_ms: int, end_ms: int) -> None:
        """Go on to a time; what is older than the span is let go."""
        self._points.forget_before(start_ms)
        self._moves = [part for part in self._moves if int(part["time_ms"].max()) > start_ms]
        for noted in self._reader.noted(max(start_ms, self._read_ms), end_ms):
            number = self._numbers(noted.markets)
            self._points.add_minutes(noted.coins, noted.path, number)
            for addresses, rows in noted.accounts:
                key = self._know(addresses)
                self._moves.append(moves_of_minutes(rows, key, number))
            columns = [noted.funding[name].tolist() for name in ("market_index", "hour_ms", "time_ms", "due")]
            for market, hour, time_ms, due in zip(*columns, strict=True):
                self._due[noted.markets.coins[market], hour] = time_ms, due
        self._read_ms = end_ms

    def _read_frames(self, start_ms: int, end_ms: int) -> None:
        for coin, frames in self._frames.items():
            self._frames[coin] = [each for each in frames if each[0] >= start_ms]
        self._hours = [hour for hour in self._hours if hour >= start_ms]
        first = self._hours[-1] + HOUR_MS if self._hours else start_ms
        for hour in range(first, end_ms, HOUR_MS):
            time_ms = self._reader.frame_time_at(hour)
            if time_ms is not None and hour - time_ms < self._slack_ms:
                self._read_frame(hour, time_ms)
                self._hours.append(hour)

    def _read_frame(self, hour: int, time_ms: int) -> None:
        frame = self._reader.frame_at(time_ms, with_bands=False)
        assert frame is not None
        snapshot, accounts = frame.snapshot, self._reader.accounts_at(time_ms)
        tables, markets = self._reader.tables_at(time_ms), snapshot.markets
        key = self._know(accounts.addresses)
        minute = Minute(
            snapshot=snapshot,
            accounts=accounts,
            tables=tables,
            level=solve_liquidation(accounts, snapshot, tables).price,
            key=key,
            notes=None,
            is_gap=True,
        )
        known = np.sort(key)
        number = self._numbers(markets)[:-1]
        self._points.add_frame(number, time_ms, snapshot.mark)
        for index, coin in enumerate(markets.coins):
            if coin in self._number:
                self._decimals[coin] = markets.rows[index].size_decimals
                rate = self._rate(coin, hour, time_ms, float(snapshot.oracle[index]))
                held = coin_frame(minute, index, rate, known)
                self._frames[coin].append((hour, held))

    def _rate(self, coin: str, hour: int, time_ms: int, oracle: float) -> float:
        """Funding of the last full hour that a frame holds, as a fraction; NaN unknown (insight/funding_rows.py)."""
        for each in (hour, hour - HOUR_MS):
            held_ms, due = self._due.get((coin, each), (time_ms + 1, UNKNOWN))
            if held_ms <= time_ms:
                return due / oracle if oracle > 0.0 else UNKNOWN
        return UNKNOWN

    def _numbers(self, markets: Markets) -> Int64Array:
        """(M + 1,) of each market; -2 of coins that are not scored; NO_MARKET of the last one, cash."""
        return np.array([*(self._number.get(coin, -2) for coin in markets.coins), NO_MARKET], np.int64)

    def _know(self, addresses: Sequence[str]) -> Int64Array:
        key = self._keys.of(addresses)
        if addresses is not self._last:
            self._addresses.update(zip(key.tolist(), addresses, strict=True))
            self._last = addresses
        return key

    def _all_moves(self, start_ms: int) -> AccountMoves:
        if not self._moves:
            return AccountMoves.empty()
        joined = {name: np.concatenate([part[name] for part in self._moves]) for name in self._moves[0]}
        kept = joined["time_ms"] > start_ms
        return AccountMoves.of_rows(**{name: values[kept] for name, values in joined.items()})

    def _events(self, start_ms: int, end_ms: int) -> list[StoredLiquidation]:
        folder = self._reader.folder / LIQUIDATIONS
        if not Path(folder).is_dir():
            return []
        found = LiquidationReader(folder).find(LiquidationFilter(from_ms=start_ms, to_ms=end_ms), ALL_EVENTS)
        return [event for event in reversed(found.rows) if event.coin in self._number]

    def _reported(self, events: Sequence[StoredLiquidation]) -> Iterator[ReportedLiquidation]:
        for event in events:
            yield ReportedLiquidation(
                address_key(event.address),
                self._number[event.coin],
                event.first_ms,
                event.last_ms,
                -event.side * event.size,
                event.evidence,
            )

    def _forced(self, events: Sequence[StoredLiquidation]) -> dict[str, ForcedCloses]:
        by_coin: dict[str, list[StoredLiquidation]] = {}
        for event in events:
            if event.evidence != "refuted":
                by_coin.setdefault(event.coin, []).append(event)
        return {coin: self._closes(own) for coin, own in by_coin.items()}

    def _closes(self, events: Sequence[StoredLiquidation]) -> ForcedCloses:
        return ForcedCloses(
            first_ms=np.array([event.first_ms for event in events], np.int64),
            key=self._know_some([event.address for event in events]),
            side=np.array([event.side for event in events], np.int64),
            notional=np.array([event.notional for event in events], np.float64),
            mark=np.array([event.mark for event in events], np.float64),
            method=np.array([event.method for event in events]),
            is_exact=np.array([event.evidence in EXACT for event in events], np.bool_),
        )

    def _know_some(self, addresses: Sequence[str]) -> Int64Array:
        keys = [address_key(address) for address in addresses]
        self._addresses.update(zip(keys, addresses, strict=True))
        return np.array(keys, np.int64)
