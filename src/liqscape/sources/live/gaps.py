"""What was printed and may have been missed, as gaps: while a connection does not stand, while one that stands is
silent, before a coin is followed, and while more is held of a coin than is open.

A gap puts whoever may have traded in doubt until they are read again. What is missed for long is said again, for who
was read meanwhile may have traded since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import msgspec
import numpy as np

from liqscape.errors import RemoteWireError
from liqscape.feed.records import Record
from liqscape.model.events import Event, GapDetected
from liqscape.sources.live.clock import VenueClock
from liqscape.sources.live.markets import LiveMarkets
from liqscape.units import Int32Array
from liqscape.wire.decode import decode_record, try_decode
from liqscape.wire.ws.trades import TradesSubscription

LEFT_OUT = "limit"
"""Subject of LOST where no connection is meant: coins for whose prints the exchange's limits leave no room."""
RENEWED_NS = 10_000_000_000
"""While prints of a coin are missed, whoever is read is in doubt again after so long: as old as marks may be."""
VOLUME = "volume"
"""Subject of LOST where no connection is meant: coins whose volume rises without a print."""
SILENCE = "silence"
"""Key of the gap while nothing comes over connections that stand."""
SILENT_NS = 10_000_000_000
"""Contexts come about every second, pongs every five where the exchange has nothing to say: what was printed while
neither came for longer may never have been sent."""
SETTLED_NS = 10_000_000_000
"""A subscription gives prints again that are long past when it begins; later, such prints have lost their time."""


class LostConnection(msgspec.Struct, frozen=True):
    """Content of a LOST record."""

    reason: str
    subscriptions: tuple[msgspec.Raw, ...] = ()


class GapWatch:
    """Told of connections that are lost and made, and of what comes over that of contexts.

    Gaps have times of the exchange, ours where its time stands still: states that are read go on having times. Nothing
    is said before `are_markets_known`.
    """

    def __init__(self, clock: VenueClock, markets: LiveMarkets) -> None:
        self._clock, self._markets = clock, markets
        self.are_markets_known = False
        self.open: dict[str, tuple[int, Int32Array | None]] = {}
        """Since when, and of which markets, by connection or SILENCE."""
        self.contexts_on = ""
        """The connection over which contexts come."""
        self.heard_ns = 0
        """When anything last came over it, or a connection was made since; 0 before."""
        self._followed: set[str] = set()
        """Coins of whose prints a subscription has stood."""
        self._renewed_ns = 0
        self._exceeded_ns: dict[int, int] = {}
        """When the holders of markets of which more is held than is open were put in doubt."""
        self._connected_ns: dict[str, int] = {}
        self._early: list[GapDetected] = []

    def gap(self, rows: Int32Array | None, from_ms: int, reason: str, received_ns: int) -> GapDetected:
        """Prints of markets, None: of all, may have been missed from a time up to now."""
        return GapDetected(
            time_ms=self._clock.beyond(received_ns),
            received_ns=received_ns,
            from_ms=from_ms,
            market_index=rows,
            reason=reason,
        )

    def doubt(self, addresses: Iterable[str], received_ns: int) -> GapDetected:
        """Of these a position could not be read, or not believed: they are in doubt until a state can be."""
        now_ms = self._clock.beyond(received_ns)
        reason = "a position could not be read or believed"
        return GapDetected(
            time_ms=now_ms,
            received_ns=received_ns,
            from_ms=now_ms - 1,
            market_index=None,
            reason=reason,
            addresses=tuple(dict.fromkeys(addresses)),
        )

    def timed(self, events: list[Event], received_ns: int) -> list[Event]:
        """Hold gaps until time is confirmed: one wrong time of tomorrow would leave everybody in doubt for a day."""
        if self._clock.is_confirmed:
            if not self._early:
                return events
            now_ms = self._clock.beyond(received_ns)
            early, self._early = self._early, []
            return [*events, *(replace(gap, time_ms=now_ms) for gap in early)]
        self._early += [event for event in events if isinstance(event, GapDetected)]
        return [event for event in events if not isinstance(event, GapDetected)]

    def heard(self, record: Record, events: list[Event]) -> list[Event]:
        """Events of a message, and the end of a silence that it is."""
        if record.subject != self.contexts_on:
            return events
        if record.received_ns - self.heard_ns > SILENT_NS or SILENCE in self.open:
            events = [*self._end_silence(record.received_ns), *events]
        self.heard_ns = record.received_ns
        return events

    def due(self, received_ns: int) -> list[Event]:
        """What a moment without a message leads to."""
        return [*self._silence(received_ns), *self._renewed(received_ns), *self._exceeded(received_ns)]

    def lost(self, record: Record, lost: LostConnection) -> list[Event]:
        """From here on prints of these subscriptions are missed."""
        coins = _printed(lost.subscriptions)
        if record.subject == LEFT_OUT:
            self._followed -= set(coins)
        rows = self._rows_of(coins)
        if not self.are_markets_known or rows is None:
            return []
        from_ms = self._clock.stamp_ms
        began_ms, missed = self.open.get(record.subject, (from_ms, rows))
        joined = rows if missed is None else np.union1d(missed, rows).astype(np.int32)
        self.open[record.subject] = (began_ms, joined)
        self._renewed_ns = record.received_ns
        return [self.gap(rows, from_ms, lost.reason, record.received_ns)]

    def connected(self, record: Record) -> list[Event]:
        """What was printed before the connection stood again is as much in doubt as what was lost with the old one.

        So is all that was printed of coins that were never followed before: states may be older.
        """
        try:
            coins = set(_printed(decode_record(record.content, tuple[msgspec.Raw, ...], "connection made")))
        except RemoteWireError:
            coins = set()  # the gap ends all the same
        received_ns = record.received_ns
        self._connected_ns[record.subject] = received_ns
        if self.heard_ns:  # silence of what stands now begins now
            self.heard_ns = received_ns
        fresh = coins - self._followed
        self._followed |= coins
        from_ms, rows = self.open.pop(record.subject, (0, None))
        if not self.are_markets_known:
            return []
        events: list[Event] = []
        if rows is not None:
            events.append(self.gap(rows, from_ms, "connection made again", received_ns))
        first = self._rows_of(fresh)
        if first is not None:
            events.append(self.gap(first, 0, "prints are followed from now on", received_ns))
        return events

    def is_settled(self, record: Record) -> bool:
        """Whether the subscriptions of its connection have given again what is long past."""
        return record.received_ns - self._connected_ns.get(record.subject, record.received_ns) > SETTLED_NS

    def long_past(self, coins: Iterable[str], newest_ms: int, received_ns: int) -> list[Event]:
        """Prints of these coins came with a time long past over a connection that is settled."""
        rows = self._rows_of(coins)
        if rows is None:
            return []
        return [self.gap(rows, newest_ms, "prints came with a time long past", received_ns)]

    def unfollow(self, coins: set[str]) -> None:
        """Nothing of these is printed any more."""
        self._followed -= coins

    def _silence(self, received_ns: int) -> list[Event]:
        """A gap where nothing comes over the connection of contexts though it stands, not even the answers to pings.

        Where these come, all that was sent has come: the exchange itself has nothing to say.
        """
        is_silent = 0 < self.heard_ns < received_ns - SILENT_NS and SILENCE not in self.open
        if not is_silent or any(subject.isdigit() for subject in self.open):
            return []
        rows = self._rows_of(self._followed)
        if rows is None or not self.are_markets_known:
            return []
        self.open[SILENCE] = (self._clock.stamp_ms, rows)
        self._renewed_ns = received_ns
        return [self.gap(rows, self._clock.stamp_ms, "the connection is silent", received_ns)]

    def _end_silence(self, received_ns: int) -> list[Event]:
        """Silence is over, and what was read meanwhile may have traded since."""
        events = self._silence(received_ns)
        from_ms, rows = self.open.pop(SILENCE, (0, None))
        return events if rows is None else [self.gap(rows, from_ms, "the connection was silent", received_ns)]

    def _renewed(self, received_ns: int) -> list[Event]:
        """Prints that are missed for long: who was read meanwhile may have traded since."""
        missed = [rows for _, rows in self.open.values() if rows is not None]
        if not missed or not self.are_markets_known or received_ns - self._renewed_ns < RENEWED_NS:
            return []
        self._renewed_ns = received_ns
        from_ms = min(from_ms for from_ms, _ in self.open.values())
        rows = np.unique(np.concatenate(missed)).astype(np.int32)
        return [self.gap(rows, from_ms, "prints are still missed", received_ns)]

    def _exceeded(self, received_ns: int) -> list[Event]:
        """Open interest is asked for again, and so are those who hold it: either may be what is wrong."""
        rows = self._markets.exceeded.tolist()
        said = self._exceeded_ns
        self._exceeded_ns = {row: said[row] for row in rows if row in said}
        due = [row for row in rows if received_ns - said.get(row, -RENEWED_NS) >= RENEWED_NS]
        if not due or not self.are_markets_known:
            return []
        self._exceeded_ns |= dict.fromkeys(due, received_ns)
        reason = "positions exceed the open interest"
        return [self.gap(np.array(due, np.int32), self._clock.beyond(received_ns) - 1, reason, received_ns)]

    def _rows_of(self, coins: Iterable[str]) -> Int32Array | None:
        """Those that are markets here, rising; None where there are none."""
        market_of = self._markets.market_of
        rows = {market_of[coin] for coin in coins if coin in market_of}
        return np.array(sorted(rows), np.int32) if rows else None


def _printed(subscriptions: Iterable[msgspec.Raw]) -> list[str]:
    """Coins whose prints come over these."""
    found = [try_decode(bytes(each), TradesSubscription) for each in subscriptions]
    return [each.coin for each in found if each is not None]
