"""Writes down, a minute at a time, what stored frames do not hold: the mark's path, mids, depth, why accounts changed.

Owned by the one pipeline, so that every driver has the same notes of the same events: live, node, archive, import,
preroll, replay. Sums of accounts come from the ledger when the minute closes (ledger/minute_sums.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from liqscape.insight.funding_rows import HeldThen, with_funding
from liqscape.insight.impact import ImpactWatch
from liqscape.insight.minute_prices import BandPath, FourPoints
from liqscape.ledger import Ledger
from liqscape.ledger.minute_sums import MinuteMoves
from liqscape.model.accounts import Accounts
from liqscape.model.doubt import sure_marks
from liqscape.model.events import (
    DepthObserved,
    Event,
    FillsObserved,
    GapDetected,
    MarketDefined,
    MarksUpdated,
    MidsObserved,
    TradesPrinted,
)
from liqscape.model.funding import HourlyFunding
from liqscape.model.markets import Markets
from liqscape.model.minute_notes import Columns, MinuteNotes
from liqscape.units import MINUTE_MS, Float64Array, Int64Array

COLLECT_MS = 5 * MINUTE_MS
"""The ledger remembers legs for ten minutes: where frames are further apart, they are collected before it forgets."""
FindAccounts = Callable[[], Accounts]
"""Gives accounts that are not put together before they are read."""
DEPTHS = ("0_5", "1", "2")
DEPTH_DIGITS = 4
"""A book is another one a second later; written down to the cent, depth alone took half of the table's room."""


class _HeldLater:
    """A function that gives what was held at a frame; once it was asked, it keeps no other column of the accounts."""

    def __init__(self, accounts: FindAccounts) -> None:
        self._held: HeldThen | FindAccounts = accounts

    def __call__(self) -> HeldThen:
        """What was held."""
        held = self._held
        if not isinstance(held, HeldThen):
            held = self._held = HeldThen.of(held())
        return held


@dataclass(frozen=True, kw_only=True)
class ClosedMinute:
    """All that notes are made of; nothing of it changes any more, so they may be made in any thread.

    moves  None: nobody summed what moved accounts.
    held, before  what was held at the frame and at the one before; None where not all the time since was watched.
    paid   funding paid since; None: none was.
    liquidations  events of which it is known by now what price did after them.
    """

    time_ms: int
    coins: Columns
    path: Columns
    moves: MinuteMoves | None
    accounts: FindAccounts
    held: _HeldLater
    before: _HeldLater | None
    paid: HourlyFunding | None
    liquidations: Columns | None

    def notes(self) -> MinuteNotes:
        """The notes."""
        self.held()  # narrowed to what the next minute needs of it, where the accounts are put together anyway
        rows: Columns | None = None
        if self.moves is not None:
            rows = self.moves.columns()
            rows["known_at_ms"] = np.full(len(rows["kind"]), self.time_ms, np.int64)
        notes = MinuteNotes(coins=self.coins, path=self.path, accounts=rows, liquidations=self.liquidations)
        if self.before is None or self.paid is None:
            return notes
        return with_funding(notes, self.before(), self.accounts(), self.paid, self.time_ms)


class NoteTaker:
    """`observe` each event once it was applied to the ledger; `close` at each frame that is stored."""

    def __init__(self) -> None:
        self._markets: Markets | None = None
        self._since_ms: int | None = None
        self._gap_ms = self._collected_ms = 0
        self._closed_ms = -1
        self._before: _HeldLater | None = None
        self._funded_ms = -1
        self._impact = ImpactWatch()
        self._resize(0)

    def _resize(self, markets: int) -> None:
        self._mark, self._mid, self._path = FourPoints(markets), FourPoints(markets), BandPath(markets)
        self._depth = np.full((markets, 2 * len(DEPTHS)), np.nan)

    def observe(self, event: Event, ledger: Ledger) -> None:
        """Take in one event. Times do not fall."""
        self._impact.observe(event, ledger)
        if self._since_ms is None:
            self._since_ms = max(event.time_ms, self._gap_ms)
            self._collected_ms = event.time_ms
            ledger.begin_moves()
        if isinstance(event, (TradesPrinted, FillsObserved)):
            if event.time_ms - self._collected_ms > COLLECT_MS:
                self._collected_ms = event.time_ms
                ledger.collect_moves()
        elif isinstance(event, MarksUpdated):
            mark = sure_marks(event.snapshot.mark, event.snapshot.doubt)
            self._mark.add(mark, event.time_ms)
            self._path.add(mark, event.time_ms)
        elif isinstance(event, MidsObserved):
            self._mid.add(event.mid, event.time_ms)
        elif isinstance(event, DepthObserved):
            self._depth[event.market_index] = np.hstack((event.bid_usd, event.ask_usd))
        elif isinstance(event, MarketDefined):
            self._define(event, ledger)
        elif isinstance(event, GapDetected) and event.market_index is None and event.addresses is None:
            self._gap_ms, self._since_ms = event.time_ms, None

    def close(self, time_ms: int, ledger: Ledger, funding: HourlyFunding | None) -> ClosedMinute:
        """What notes of the minute up to a frame are made of; begins the next one. funding: the newest known."""
        known = self._mark.is_known | self._mid.is_known | ~np.isnan(self._depth).all(axis=1)
        hour_ms = -1 if funding is None else funding.hour_ms
        closed = ClosedMinute(
            time_ms=time_ms,
            coins=self._coins(np.flatnonzero(known), time_ms),
            path=self._path.take(),
            moves=ledger.take_moves(),
            accounts=ledger.state.accounts,
            held=_HeldLater(ledger.state.accounts),
            before=self._before if self._since_ms == self._closed_ms else None,
            paid=funding if hour_ms > self._funded_ms else None,
            liquidations=self._impact.take(time_ms),
        )
        self._mark.clear()
        self._mid.clear()
        self._depth.fill(np.nan)
        self._since_ms = self._collected_ms = self._closed_ms = time_ms
        self._before, self._funded_ms = closed.held, max(hour_ms, self._funded_ms)
        return closed

    def _coins(self, rows: Int64Array, time_ms: int) -> Columns:
        found: Columns = {"market_index": rows.astype(np.int32)}
        found |= self._mark.columns("mark", rows) | self._mid.columns("mid", rows)
        for number, name in enumerate(f"{side}_usd_{share}pct" for side in ("bid", "ask") for share in DEPTHS):
            found[name] = rounded_depth(self._depth[rows, number])
        since_ms = self._gap_ms if self._since_ms is None else self._since_ms
        return found | {"since_ms": np.full(len(rows), since_ms), "known_at_ms": np.full(len(rows), time_ms)}

    def _define(self, event: MarketDefined, ledger: Ledger) -> None:
        """Markets in force. Where they do not extend those before, rows mean others and all begins anew."""
        markets = event.markets
        before, self._markets = self._markets, markets
        known = () if before is None else before.coins
        if markets.coins[: len(known)] != known:
            self._resize(len(markets))
            self._since_ms, self._before = event.time_ms, None
            ledger.begin_moves()
            return
        more = len(markets) - len(known)
        for prices in (self._mark, self._mid, self._path):
            prices.grow(len(markets))
        self._depth = np.vstack((self._depth, np.full((more, self._depth.shape[1]), np.nan)))


def rounded_depth(usd: Float64Array) -> Float64Array:
    """USD to DEPTH_DIGITS significant digits; NaN and 0 stay."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 10.0 ** (DEPTH_DIGITS - 1 - np.floor(np.log10(usd)))
        rounded: Float64Array = np.where(usd > 0.0, np.rint(usd * scale) / scale, usd)
    return rounded
