"""The connection that states come over: decides several times a second who takes a place, and passes states on.

It stands beside the pool of feeds, with the same budgets of messages and connections; of its records only messages go
out, for nothing else of them decides a frame: a state that is missed is asked for again.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from functools import partial

import aiohttp
import msgspec

from liqscape.errors import RemoteWireError
from liqscape.feed.beside_loop import BesideLoop
from liqscape.feed.pause import pause
from liqscape.feed.reconcile import PlannedQuestion, Planner, StateSubscription
from liqscape.feed.records import Record, RecordKind
from liqscape.feed.socket.connection import ConnectionFigures, SocketConnection
from liqscape.feed.socket.limits import MAX_CONNECTIONS, SocketLimits
from liqscape.feed.socket.session import SessionState, SocketSession
from liqscape.feed.state_streams.allowance import Allowance
from liqscape.feed.state_streams.choice import choose_followed
from liqscape.feed.state_streams.places import (
    FEW_READING_PLACES,
    READING_PLACES,
    SPOT,
    STATES,
    StateStreams,
    StreamFigures,
)
from liqscape.ledger import WatchColumns
from liqscape.steps import Steps, finish
from liqscape.wire.info.clearinghouse_state import ClearinghouseState
from liqscape.wire.info.read_states import ReadState
from liqscape.wire.ws.clearinghouse_state import parse_all_dexs_states
from liqscape.wire.ws.envelope import Envelope

LOOK_S = 0.25
FOLLOW_S = 10.0
"""Who is followed is chosen anew so often: marks move every three seconds."""
PLANNED = 60
"""Unread accounts planned at once: some five seconds of messages."""
IDLE_S = 2.0
"""Where nobody is unread, it is looked again after so long."""
KEPT_FOR_FEEDS = 400
"""Messages a minute left to subscriptions of prints: so many are due at once when connections are lost."""
MAX_SPOTS_WAITING = 40
"""Beyond those read next. Accounts wait for their spot states: no more are read than these keep up with."""


StateSink = Callable[[Record, tuple[ReadState, ...] | None], None]
"""Takes a message and the states that were read in it; None where nobody has read it."""


class _User(msgspec.Struct, frozen=True):
    user: str = ""


_ENVELOPE, _USER = msgspec.json.Decoder(Envelope), msgspec.json.Decoder(_User)
_KINDS: dict[str, type[StateSubscription]] = {each.channel(): each for each in (STATES, SPOT)}


class StateSocket:
    """`run` keeps it going; all methods belong to the thread of the event loop.

    Whoever drives `session` himself calls `look` and hands what is received to `take` instead.


    watch      what the ledger knows of everybody.
    beside     runs the passes over everybody beside the loop.
    now_ms     venue time, or our own where none is known.
    exempt     addresses that cannot be liquidated in practice: not followed.
    spots_waiting  accounts whose spot state is waited for. take_spots: hands over at most so many of them; want_spots:
               takes them back. has_spot: whose states are read together with it.
    is_reading unread accounts are read in turns, not only followed.
    """

    def __init__(
        self,
        url: str,
        planner: Planner,
        limits: SocketLimits,
        *,
        watch: Callable[[], Steps[WatchColumns]],
        now_ms: Callable[[], int],
        now_ns: Callable[[], int],
        max_users: int,
        is_reading: bool,
        exempt: Callable[[], Collection[str]] = frozenset,
        spots_waiting: Callable[[], int] = lambda: 0,
        take_spots: Callable[[int], Sequence[str]] = lambda _: (),
        want_spots: Callable[[Sequence[str]], None] = lambda _: None,
        has_spot: Callable[[str], bool] = lambda _: False,
        clock: Callable[[], float] = time.monotonic,
        chance: random.Random | None = None,
        beside: BesideLoop | None = None,
    ) -> None:
        self._planner = planner
        self._beside = beside or BesideLoop()
        self._limits = limits
        self._watch = watch
        self._now_ms = now_ms
        self._exempt = exempt
        self._spots_waiting, self._take_spots, self._want_spots = spots_waiting, take_spots, want_spots
        self._clock = clock
        self._is_reading = is_reading
        self._max_users = max_users
        self.session = SocketSession(MAX_CONNECTIONS, limits, chance or random.Random())
        self._connection = SocketConnection(url, self.session, limits, clock, now_ns)
        self._allowance = Allowance(max_users)
        self.streams = StateStreams(self.session, self._allowance, has_spot)
        self._planned: deque[PlannedQuestion[StateSubscription]] = deque()
        self._follow_at_s = self._plan_at_s = float("-inf")
        self._reading_places = 0
        self.sink: StateSink = lambda _record, _states: None

    async def run(self, stop: asyncio.Event, sink: StateSink) -> None:
        """Until `stop`; what `sink` raises ends it. Nothing is connected where no place is allowed."""
        if not self._max_users:
            return
        self.sink = sink
        async with aiohttp.ClientSession() as client, asyncio.TaskGroup() as tasks:
            connecting = tasks.create_task(self._connection.run(client, self.take))
            try:
                while not stop.is_set():
                    await self._beside.run(self.look_steps(self._clock()))
                    await pause(stop, LOOK_S)
            finally:
                connecting.cancel()
                self._drop_planned()
                self._abandon(self.streams.lost())

    def look(self, now_s: float) -> None:
        """Time has passed: places that are free are taken."""
        finish(self.look_steps(now_s))

    def look_steps(self, now_s: float) -> Steps[None]:
        """The same beside other work."""
        self._abandon(self.streams.refused(self.session.asks.refused_now(), now_s))
        for question in self.streams.expired(now_s):
            self._planner.failed(question, None, self._now_ms())
            self._want_again([question])
        if self.session.state is not SessionState.OPEN:
            self._drop_planned()
            return
        if self._is_reading:
            yield from self._read(now_s)
        if now_s >= self._follow_at_s:
            yield from self._follow(now_s)

    def connection(self) -> ConnectionFigures:
        """The connection as it stands."""
        return self._connection.figures()

    def figures(self) -> StreamFigures:
        """Places as they stand."""
        return self.streams.figures(self._clock())

    def _read(self, now_s: float) -> Steps[None]:
        """Let unread accounts in, while places and messages are left. Nobody waits here whom HTTP could ask about."""
        has_room = self._limits.messages.has_room(now_s, 2, reserve=KEPT_FOR_FEEDS)
        if not (has_room and self._allowance.may_take_turns(now_s)):
            self._drop_planned()
            self._plan_at_s = max(self._plan_at_s, now_s + IDLE_S)
            return
        if not self._planned and now_s >= self._plan_at_s:
            yield from self._plan(now_s)
        while self._planned and self.streams.may_read(now_s, self._reading_places):
            question = self._planned.popleft()
            if not self.streams.read(question, now_s):
                self._abandon([question])

    def _plan(self, now_s: float) -> Steps[None]:
        """Spot states that accounts wait for, then unread accounts, as long as spot states keep up with them."""
        self._planned.extend(self._planner.plan_spot_reads(self._take_spots(PLANNED)))
        is_behind = self._spots_waiting() > MAX_SPOTS_WAITING
        count = 0 if is_behind else PLANNED - len(self._planned)
        if count:
            watch = yield from self._watch()
            self._planned.extend((yield from self._planner.plan_reads_steps(self._now_ms(), watch, count)))
        self._plan_at_s = now_s + (0.0 if self._planned else IDLE_S)
        places = READING_PLACES if len(self._planned) == PLANNED else FEW_READING_PLACES
        if places != self._reading_places:
            self._reading_places = places
            yield from self._follow(now_s)

    def _follow(self, now_s: float) -> Steps[None]:
        watch = yield from self._watch()
        places = self.streams.places_to_follow(now_s, self._reading_places)
        followed, exempt = frozenset(self.streams.followed), frozenset(self._exempt())
        chosen, near_usd = yield partial(choose_followed, watch, places, followed, exempt)
        is_done = self.streams.follow(chosen, now_s)
        self.streams.near_usd = near_usd
        self._follow_at_s = now_s + (FOLLOW_S if is_done else IDLE_S)

    def take(self, record: Record) -> None:
        """Messages go on; what was lost is asked for anew."""
        if record.kind is RecordKind.LOST:
            self._abandon(self.streams.lost())
        if record.kind is not RecordKind.MESSAGE:
            return
        self.sink(record, self._note_state(record))

    def _note_state(self, record: Record) -> tuple[ReadState, ...] | None:
        """The question it answers has ended: well where a state of it can be read. What was read for that; else None.

        Whoever makes events of the message reads it under the same name.
        """
        try:
            envelope = _ENVELOPE.decode(record.content)
            kind = _KINDS.get(envelope.channel)
            if kind is None:
                return None
            address = _USER.decode(envelope.data).user.lower()
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        question = self.streams.received(kind, address)
        if question is None:
            return None
        if kind is not STATES:
            self._planner.streamed(question, (), self._now_ms())
            return None
        try:
            states = parse_all_dexs_states(bytes(envelope.data), f"socket {record.subject}")
        except RemoteWireError:
            self._planner.failed(question, 200, self._now_ms())
            return None
        if states and all(isinstance(each.state, Exception) for each in states):
            self._planner.failed(question, 200, self._now_ms())
            return states
        known = ((dex, state) for _, dex, state in states if isinstance(state, ClearinghouseState))
        self._planner.streamed(question, [dex for dex, state in known if state.assetPositions], self._now_ms())
        return states

    def _abandon(self, questions: list[PlannedQuestion[StateSubscription]]) -> None:
        for question in questions:
            self._planner.abandoned(question)
        self._want_again(questions)

    def _want_again(self, questions: list[PlannedQuestion[StateSubscription]]) -> None:
        """Spot states that did not come are asked for over HTTP; accounts come again with the next plan."""
        addresses = [each.request.user for each in questions if isinstance(each.request, SPOT)]
        if addresses:
            self._want_spots(addresses)

    def _drop_planned(self) -> None:
        self._abandon(list(self._planned))
        self._planned.clear()
