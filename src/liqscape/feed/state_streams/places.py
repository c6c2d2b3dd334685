"""The accounts whose states are subscribed to now. No I/O, no clock; a session (feed.socket) sends for it.

The first message of `allDexsClearinghouseState` is the account's state in every dex, that of `spotState` its balances.
An account is followed by keeping the subscription; it is read by taking the first message and unsubscribing: two
messages of the exchange's budget of messages and none of its weight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from liqscape.feed.reconcile import PlannedQuestion, StateSubscription
from liqscape.feed.state_streams.allowance import Allowance
from liqscape.wire.ws.clearinghouse_state import AllDexsClearinghouseStateSubscription
from liqscape.wire.ws.spot_state import SpotStateSubscription
from liqscape.wire.ws.subscription import Subscription

STATES, SPOT = AllDexsClearinghouseStateSubscription, SpotStateSubscription
READING_PLACES, FEW_READING_PLACES = 8, 2
"""Of the places, for unread accounts: while many wait, and while only newcomers do."""
MAX_READ_S = 5.0
"""An account whose state has not come by then gives up its place."""
FRUITLESS = 10
"""So many of them in a row: this server sends no first state."""


class Subscriber(Protocol):
    """Takes subscriptions: a session of a socket."""

    def subscribe(self, subscription: Subscription[Any]) -> None:
        """Want it."""

    def unsubscribe(self, subscription: Subscription[Any]) -> None:
        """Want it no longer."""


@dataclass(frozen=True, kw_only=True)
class StreamFigures:
    """users: places allowed now. followed, reading: accounts in them.

    read_count, failed_count: reads in turns so far. followed_count: messages of followed accounts. refused_count: users
    the server would not take. near_usd: notional near the mark of those followed. is_paused: no turns for now.
    """

    users: int
    followed: int
    reading: int
    read_count: int
    failed_count: int
    followed_count: int
    refused_count: int
    near_usd: float
    is_paused: bool


@dataclass(frozen=True)
class _Reading:
    question: PlannedQuestion[StateSubscription]
    since_s: float


class StateStreams:
    """Places among followed and unread accounts. Times are seconds of the session's clock.

    has_spot  whether an account's states are read together with its spot state, which is then followed too.
    """

    def __init__(
        self, subscriber: Subscriber, allowance: Allowance, has_spot: Callable[[str], bool] = lambda _: False
    ) -> None:
        self._subscriber = subscriber
        self._has_spot = has_spot
        self._allowance = allowance
        self._followed: dict[str, tuple[type[StateSubscription], ...]] = {}
        self._reading: dict[str, _Reading] = {}
        self._barren = 0
        self._read = self._failed = self._heard = self._refused = 0
        self.near_usd = 0.0

    @property
    def followed(self) -> Sequence[str]:
        """Addresses followed, in the order they came."""
        return tuple(self._followed)

    def reading(self) -> Sequence[str]:
        """Addresses whose state is waited for."""
        return tuple(self._reading)

    def places_to_follow(self, now_s: float, reading_places: int) -> int:
        """Accounts that may be followed beside so many that are read."""
        return max(0, self._allowance.users(now_s) - reading_places)

    def follow(self, addresses: Sequence[str], now_s: float) -> bool:
        """Follow these and nobody else; False where some have to wait until others have been read."""
        wanted = dict.fromkeys(addresses)
        for address in [each for each in self._followed if each not in wanted]:
            self._leave(address)
        for address in wanted:
            is_free = len(self._followed) + len(self._reading) < self._allowance.users(now_s)
            if is_free and address not in self._followed and address not in self._reading:
                self._followed[address] = (STATES, SPOT) if self._has_spot(address) else (STATES,)
                for kind in self._followed[address]:
                    self._subscriber.subscribe(kind(address))
        return len(self._followed) == len(wanted)

    def may_read(self, now_s: float, reading_places: int) -> bool:
        """Whether one more unread account may be subscribed to."""
        if not self._allowance.may_take_turns(now_s) or len(self._reading) >= reading_places:
            return False
        return len(self._reading) + len(self._followed) < self._allowance.users(now_s)

    def read(self, question: PlannedQuestion[StateSubscription], now_s: float) -> bool:
        """Subscribe to what the question asks; False where its account has a place already, and nothing is changed."""
        address = question.request.user
        if address in self._followed or address in self._reading:
            return False
        self._reading[address] = _Reading(question, now_s)
        self._subscriber.subscribe(question.request)
        return True

    def received(self, kind: type[StateSubscription], address: str) -> PlannedQuestion[StateSubscription] | None:
        """A state of an address has come; the question it answers, None where it was followed or is old.

        kind  STATES or SPOT.
        """
        self._heard += kind is STATES and address in self._followed
        waiting = self._reading.get(address)
        if waiting is None or not isinstance(waiting.question.request, kind):
            return None
        reading = self._end(address)
        assert reading is not None
        self._read += 1
        self._barren = 0
        return reading.question

    def refused(
        self, subscriptions: Iterable[Subscription[Any]], now_s: float
    ) -> list[PlannedQuestion[StateSubscription]]:
        """The server would not take these users; questions that are to be asked otherwise."""
        dropped = []
        for address in dict.fromkeys(each.user for each in subscriptions if isinstance(each, STATES | SPOT)):
            self._refused += 1
            reading = self._end(address)
            if reading is not None:
                dropped.append(reading.question)
            elif address in self._followed:
                self._leave(address)
            self._allowance.refused(now_s, len(self._followed) + len(self._reading))
        return dropped

    def expired(self, now_s: float) -> list[PlannedQuestion[StateSubscription]]:
        """Questions whose state has not come within MAX_READ_S."""
        late = [address for address, each in self._reading.items() if now_s - each.since_s >= MAX_READ_S]
        ended = [self._end(address) for address in late]
        self._failed += len(ended)
        self._barren += len(ended)
        if self._barren >= FRUITLESS:
            self._allowance.fruitless(now_s)
            self._barren = 0
        return [each.question for each in ended if each is not None]

    def lost(self) -> list[PlannedQuestion[StateSubscription]]:
        """The connection is gone: nobody is being read any more; who is followed comes again with the next one."""
        ended = [self._end(address) for address in list(self._reading)]
        return [each.question for each in ended if each is not None]

    def figures(self, now_s: float) -> StreamFigures:
        """As it stands."""
        return StreamFigures(
            users=self._allowance.users(now_s),
            followed=len(self._followed),
            reading=len(self._reading),
            read_count=self._read,
            failed_count=self._failed,
            followed_count=self._heard,
            refused_count=self._refused,
            near_usd=self.near_usd,
            is_paused=not self._allowance.may_take_turns(now_s),
        )

    def _end(self, address: str) -> _Reading | None:
        reading = self._reading.pop(address, None)
        if reading is not None:
            self._subscriber.unsubscribe(reading.question.request)
        return reading

    def _leave(self, address: str) -> None:
        for kind in self._followed.pop(address):
            self._subscriber.unsubscribe(kind(address))
