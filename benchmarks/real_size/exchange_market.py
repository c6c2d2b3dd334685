"""The world as an exchange that runs: prints one after the other, marks that move every few seconds, states when asked.

Its time may run faster than the clock. What a minute of the world holds is printed over that minute, in order of time,
and applied to the truth when it is printed, so a state that is asked for in between is of that moment.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np

from liqscape.ledger import Ledger
from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS, Accounts
from liqscape.model.events import Event, FrameDue, FundingDue, MarksUpdated, TradesPrinted
from liqscape.model.markets import MarketSnapshot
from liqscape.model.trades import Trades
from liqscape.units import Float64Array
from real_size.world import HOUR_MS, INTEREST_RATE, MINUTE_MS, World, truth

MARKS_MS = 3_000
"""Marks move so often (HL.DOC.ORACLE)."""
QUIET_MS = 45_000
"""Into a minute: its prints are over."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the exchange says at one moment."""

    time_ms: int
    mark: Float64Array
    funding: Float64Array
    volume: Float64Array
    held: Accounts


class RunningMarket:
    """`advance` from one thread; `shown` from any."""

    def __init__(self, world: World, minutes_before: int) -> None:
        """After so many minutes of the world, at the full minute."""
        self.world = world
        self.ledger: Ledger = truth(world)
        for _ in range(minutes_before):
            for event in world.minute(lambda: self.ledger.accounts):
                self.ledger.apply(event)
        self._from = self._to = world.snapshot.mark
        self._funding = INTEREST_RATE + world.premium
        self._volume = np.zeros(len(self._to))
        self._time_ms = world.time_ms
        self._rest: Iterator[Event] | None = None
        self._trades: Trades | None = None
        self._printed = 0
        self._funded: FundingDue | None = None
        self.rows = {address: row for row, address in enumerate(self.ledger.accounts.addresses)}
        self.open_interest = world.snapshot.open_interest
        self._frozen_ms = 0
        self._lock = threading.Lock()
        self._shown = self._look()

    @property
    def shown(self) -> Shown:
        """The newest state, all of one moment."""
        with self._lock:
            return self._shown

    @property
    def frozen_ms(self) -> int:
        """When everybody stopped to trade; 0 while they do."""
        return self._frozen_ms

    def freeze(self) -> None:
        """Nobody trades any more: time goes on, marks stand."""
        self._frozen_ms = self._frozen_ms or self.shown.time_ms

    def advance(self, to_ms: int) -> list[Trades]:
        """Go on to a time; what was printed meanwhile."""
        printed: list[Trades] = []
        if self._frozen_ms:
            with self._lock:
                self._shown = replace(self._shown, time_ms=to_ms)
            return printed
        while self._time_ms < to_ms:
            began = self._time_ms // MINUTE_MS * MINUTE_MS
            if self._rest is None:
                self._begin()
            step = min(to_ms, began + MINUTE_MS, began + QUIET_MS if self._time_ms < began + QUIET_MS else to_ms)
            printed += self._print(step)
            self._time_ms = step
            if step - began == QUIET_MS:
                self._finish()
            if step == began + MINUTE_MS:
                self._end(step)
        shown = self._look()
        with self._lock:
            self._shown = shown
        return printed

    def _begin(self) -> None:
        """Draw the prints of the minute that begins."""
        self._rest = self.world.minute(lambda: self.ledger.accounts)
        first = next(self._rest)
        assert isinstance(first, TradesPrinted)
        self._trades, self._printed = first.trades, 0

    def _print(self, to_ms: int) -> list[Trades]:
        """Prints up to a time, applied."""
        assert self._trades is not None
        end = int(np.searchsorted(self._trades.time_ms, to_ms, "right"))
        if end == self._printed:
            return []
        part = rows_of(self._trades, slice(self._printed, end))
        self._printed = end
        self.ledger.apply(TradesPrinted(int(part.time_ms[-1]), 0, part))
        np.add.at(self._volume, part.market_index, part.price * part.size)
        return [part]

    def _finish(self) -> None:
        """All else of the minute, which nobody is told of: cash, and who comes and goes."""
        assert self._rest is not None
        for event in self._rest:
            if isinstance(event, FundingDue):
                self._funded = event
            elif not isinstance(event, MarksUpdated | FrameDue):
                self.ledger.apply(event)

    def _end(self, time_ms: int) -> None:
        self._rest = None
        self._from, self._to = self._to, self.world.snapshot.mark
        self.open_interest = self.world.snapshot.open_interest
        self.ledger.apply(MarksUpdated(time_ms, 0, self._snapshot(time_ms, self._from)))
        if self._funded is not None:
            assert time_ms % HOUR_MS == 0
            self.ledger.apply(FundingDue(time_ms, 0, self._funded.rate, oracle_of(self._from)))
            self._funded, self._funding = None, INTEREST_RATE + self.world.premium
        self.ledger.take_liquidations()
        self.ledger.take_differences()

    def _snapshot(self, time_ms: int, mark: Float64Array) -> MarketSnapshot:
        return replace(self.world.snapshot, time_ms=time_ms, mark=mark, oracle=oracle_of(mark))

    def _look(self) -> Shown:
        passed = self._time_ms % MINUTE_MS // MARKS_MS * MARKS_MS / MINUTE_MS
        mark = significant(self._from * (self._to / self._from) ** passed)
        held = self.ledger.accounts
        for row in range(len(self.rows), len(held.addresses)):
            self.rows[held.addresses[row]] = row
        return Shown(time_ms=self._time_ms, mark=mark, funding=self._funding, volume=self._volume.copy(), held=held)

    def part_of(self, shown: Shown, address: str) -> Accounts | None:
        """What one address holds, by itself; None for one that never came here."""
        row = self.rows.get(address)
        held = shown.held
        if row is None or row >= len(held.addresses):
            return None
        # Numbers of another type would be looked for in a converted copy of the column.
        low, high = np.searchsorted(held.address_row, np.array((row, row + 1), np.int32)).tolist()
        first, last = held.offsets[[low, high]].tolist()
        return Accounts(
            addresses=(address,),
            address_row=np.zeros(high - low, np.int32),
            offsets=held.offsets[low : high + 1] - first,
            **{name: getattr(held, name)[low:high] for name in POOL_COLUMNS},
            **{name: getattr(held, name)[first:last] for name in POSITION_COLUMNS},
        )


def rows_of(trades: Trades, rows: slice) -> Trades:
    """Some of the prints."""
    columns = {each.name: getattr(trades, each.name) for each in fields(trades)}
    return Trades(**{name: value[rows] if isinstance(value, np.ndarray) else value for name, value in columns.items()})


def significant(price: Float64Array) -> Float64Array:
    """To six digits, as marks are printed."""
    places = 10.0 ** (5 - np.floor(np.log10(price)))
    rounded: Float64Array = np.rint(price * places) / places
    return rounded


def oracle_of(mark: Float64Array) -> Float64Array:
    """The index a little above the mark, as everywhere in this world."""
    return significant(mark * 1.0001)
