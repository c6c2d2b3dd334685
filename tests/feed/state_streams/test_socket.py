"""States over a socket against a made-up exchange: its limits are kept, nobody is lost, refusals are believed."""

from __future__ import annotations

import itertools
import random
from collections import deque
from collections.abc import Sequence

import msgspec
import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.feed.discovery.addresses import AddressBook
from liqscape.feed.reconcile import Planner
from liqscape.feed.records import Record, RecordKind
from liqscape.feed.socket.facts import Output, Received, Send
from liqscape.feed.socket.limits import SocketLimits
from liqscape.feed.state_streams import StateSocket
from liqscape.feed.state_streams.places import FEW_READING_PLACES, MAX_READ_S, READING_PLACES, STATES
from liqscape.feed.state_streams.socket import PLANNED
from liqscape.ledger import WatchColumns
from liqscape.model.addresses import AddressSource
from liqscape.sandbox.server.limits import Limits
from liqscape.steps import at_once

NOW_MS = 1_770_000_000_000
STEP_S = 0.25


class Exchange:
    """The other end: limits of the sandbox; a state comes after a drawn delay, or never.

    lingering_s  a user counts for so long after his subscription has ended. others: users of other programs here.
    """

    def __init__(
        self,
        count: int,
        *,
        max_s: float = 0.5,
        lingering_s: float = 0.0,
        others: int = 0,
        answers: bool = True,
        is_reading: bool = True,
        max_users: int = 10,
        spots: Sequence[str] = (),
    ) -> None:
        self.spots = list(spots)
        self.spots_read: list[str] = []
        self.now_s = 0.0
        self.limits = Limits(clock=lambda: self.now_s)
        self.refusals: list[float] = []
        self.subscribed: list[tuple[float, str]] = []
        self.max_users = 0
        self._max_s, self._lingering_s, self._answers = max_s, lingering_s, answers
        self._chance = random.Random(7)
        self._due: deque[tuple[float, str, str]] = deque()
        self._lingering: deque[tuple[float, str]] = deque()
        for number in range(others):
            assert self.limits.refuses_subscription("us", f"other {number}") is None
        self.book = AddressBook()
        self.book.add([f"0x{number:040x}" for number in range(count)], AddressSource.LEADERBOARD, NOW_MS)
        self.planner = Planner(self.book, batch=1)
        self.read: dict[str, None] = {}
        self.records: list[Record] = []
        self.socket = StateSocket(
            "",
            self.planner,
            SocketLimits(),
            watch=lambda: at_once(self.watch()),
            now_ms=lambda: NOW_MS + int(1_000 * self.now_s),
            now_ns=lambda: 0,
            max_users=max_users,
            is_reading=is_reading,
            spots_waiting=lambda: len(self.spots),
            take_spots=lambda count: [self.spots.pop(0) for _ in range(min(count, len(self.spots)))],
            want_spots=self.spots.extend,
            clock=lambda: self.now_s,
            chance=random.Random(1),
        )
        self.socket.sink = lambda record, _states: self.records.append(record)
        self.socket.session.start(0.0)
        self._perform(self.socket.session.opened(0.0))

    def watch(self) -> WatchColumns:
        """Whoever was read holds a million times his number, at the mark."""
        names = tuple(self.read)
        count = len(names)
        no, times = np.zeros(count, np.bool_), np.full(count, NOW_MS)
        notional = np.array([1e6 * int(each, 16) for each in names], np.float64)
        distance, bits = np.full(count, 0.001), np.zeros(count, np.int64)
        return WatchColumns(
            address=names,
            state_ms=times,
            last_trade_ms=times,
            is_dirty=no,
            is_unsure=no,
            is_known=~no,
            notional=notional,
            nearest_distance=distance,
            traded_notional=np.zeros(count),
            dex_bits=bits,
            dexs=("",),
        )

    def advance(self, seconds: float) -> None:
        """Time passes in steps."""
        for _ in range(round(seconds / STEP_S)):
            self.now_s += STEP_S
            while self._lingering and self._lingering[0][0] <= self.now_s:
                self.limits.end_subscription("us", self._lingering.popleft()[1])
            for at_s, kind, user in list(self._due):
                if at_s <= self.now_s:
                    self._due.remove((at_s, kind, user))
                    states = {"user": user, "clearinghouseStates": []}
                    message = msgspec.json.encode({"channel": kind, "data": states})
                    if kind == STATES.channel():
                        self.read[user] = None
                    else:
                        self.spots_read.append(user)
                    self._perform(self.socket.session.received(message, self.now_s))
            self.socket.look(self.now_s)
            self._perform(self.socket.session.tick(self.now_s))
            self.max_users = max(self.max_users, len(self.limits.client("us").users))

    def _perform(self, outputs: Sequence[Output]) -> None:
        for each in outputs:
            if isinstance(each, Received):
                self.socket.take(Record(RecordKind.MESSAGE, "10", each.content, 0))
            elif isinstance(each, Send):
                assert self.limits.admits_message("us")
                answer = self._answer(msgspec.json.decode(each.text))
                self._perform(self.socket.session.received(msgspec.json.encode(answer), self.now_s))

    def _answer(self, body: dict[str, dict[str, str]]) -> dict[str, object]:
        if str(body["method"]) == "ping":
            return {"channel": "pong"}
        user = body["subscription"]["user"]
        if str(body["method"]) == "subscribe":
            reason = self.limits.refuses_subscription("us", user)
            if reason is not None:
                self.refusals.append(self.now_s)
                return {"channel": "error", "data": reason}
            self.subscribed.append((self.now_s, user))
            if self._answers:
                at_s = self.now_s + self._chance.uniform(0.0, self._max_s)
                self._due.append((at_s, body["subscription"]["type"], user))
        elif user not in self.limits.client("us").users:
            text = msgspec.json.encode(body["subscription"]).decode()
            return {"channel": "error", "data": f"Already unsubscribed: {text}"}
        elif self._lingering_s:
            self._lingering.append((self.now_s + self._lingering_s, user))
        else:
            self.limits.end_subscription("us", user)
        return {"channel": "subscriptionResponse", "data": body}


@settings(deadline=None, max_examples=examples(8))
@given(st.integers(0, 120), st.floats(0.0, 4.0), st.integers(1, 15))
def test_everybody_is_read_once_within_the_limits_and_nobody_is_ever_refused(
    count: int, max_s: float, max_users: int
) -> None:
    exchange = Exchange(count, max_s=max_s, max_users=max_users)
    places, few_places = min(READING_PLACES, max_users), min(FEW_READING_PLACES, max_users)
    exchange.advance(10.0 + MAX_READ_S * (count / places + min(count, PLANNED) / few_places))
    assert set(exchange.read) == set(exchange.book.addresses)
    assert not exchange.refusals
    assert exchange.max_users <= max_users
    figures = exchange.planner.figures()
    assert (figures.read_count, figures.failed, figures.in_flight) == (count, 0, 0)


def test_hundreds_are_read_a_minute_beside_the_request_weight() -> None:
    exchange = Exchange(3_000)
    exchange.advance(60.0)
    assert 700 <= len(exchange.read) <= 810
    assert exchange.limits.client("us").weight.total == 0
    assert exchange.limits.client("us").messages.total <= 1_650


def test_messages_come_out_as_records_and_nothing_else_does() -> None:
    exchange = Exchange(20)
    exchange.advance(10.0)
    assert len(exchange.records) >= 20
    assert {record.kind for record in exchange.records} == {RecordKind.MESSAGE}


def test_those_with_most_near_notional_are_followed_once_everybody_is_read() -> None:
    exchange = Exchange(100)
    exchange.advance(40.0)
    followed = {int(each, 16) for each in exchange.socket.streams.followed}
    assert followed == {*range(92, 100)}
    assert exchange.socket.figures().near_usd == pytest.approx(1e6 * sum(range(92, 100)), rel=0.01)


def test_a_server_that_counts_ended_users_for_a_while_is_left_alone_and_nobody_is_lost() -> None:
    exchange = Exchange(400, lingering_s=600.0)
    exchange.advance(1_800.0)
    assert exchange.refusals
    spans = [later - before for before, later in itertools.pairwise(exchange.refusals)]
    bursts = 1 + sum(span > 5.0 for span in spans)
    assert bursts <= 30, "one try a minute at most"
    assert len(exchange.refusals) <= READING_PLACES * bursts
    unread = [each for each in exchange.book.addresses if each not in exchange.read]
    in_flight = exchange.planner.figures().in_flight
    questions = exchange.planner.plan_reads(NOW_MS + 10_000_000, exchange.watch(), 400)
    assert in_flight + len(questions) == len(unread)


def test_places_that_other_programs_take_are_left_to_them() -> None:
    exchange = Exchange(200, others=9)
    exchange.advance(300.0)
    assert exchange.socket.figures().users <= 10
    assert exchange.max_users <= 15
    first = [at_s for at_s in exchange.refusals if at_s < 5.0]
    assert first
    assert len(exchange.refusals) <= len(first) + 4
    assert set(exchange.read) == set(exchange.book.addresses), "turns go on in the places that are left"


def test_a_server_that_sends_no_first_state_is_not_asked_for_ever() -> None:
    exchange = Exchange(500, answers=False)
    exchange.advance(600.0)
    assert not exchange.refusals
    assert len(exchange.subscribed) < 100
    assert exchange.planner.figures().in_flight <= READING_PLACES


def test_without_turns_only_those_near_the_mark_are_subscribed_to() -> None:
    exchange = Exchange(50, is_reading=False)
    exchange.read = dict.fromkeys(exchange.book.addresses[:20])
    exchange.advance(30.0)
    assert {int(user, 16) for _, user in exchange.subscribed} == {*range(10, 20)}


def test_spot_states_come_first_and_no_more_accounts_are_read_than_they_keep_up_with() -> None:
    wanted = [f"0x{number:040x}" for number in range(1_000, 1_400)]
    exchange = Exchange(50, spots=wanted)
    exchange.advance(15.0)
    assert len(exchange.spots_read) > 100
    assert not exchange.read
    exchange.advance(60.0)
    assert sorted(exchange.spots_read) == wanted
    assert set(exchange.read) == set(exchange.book.addresses)
    assert exchange.planner.figures().in_flight == 0


def test_spot_states_that_do_not_come_are_handed_back() -> None:
    wanted = [f"0x{number:040x}" for number in range(1_000, 1_030)]
    exchange = Exchange(0, spots=wanted, answers=False)
    exchange.advance(300.0)
    assert sorted({*exchange.spots, *exchange.socket.streams.reading()}) == wanted


def test_whoever_is_followed_is_not_read_in_turns_as_well() -> None:
    exchange = Exchange(20)
    exchange.advance(20.0)
    (address, *_) = exchange.socket.streams.followed
    exchange.spots.append(address)
    exchange.advance(5.0)
    assert exchange.spots == [address]
    assert not exchange.spots_read


def test_a_lost_connection_frees_those_who_were_being_read() -> None:
    exchange = Exchange(30, answers=False)
    exchange.advance(1.0)
    assert exchange.planner.figures().in_flight > 0
    exchange.socket.take(Record(RecordKind.LOST, "10", b"{}", 0))
    assert not exchange.socket.streams.reading()
    assert exchange.planner.figures().failed == 0


@pytest.mark.parametrize(
    "rest", [{}, {"clearinghouseStates": 7}, {"clearinghouseStates": [["", {"marginSummary": 1}]]}]
)
def test_a_state_that_cannot_be_read_is_a_failed_question_and_the_socket_goes_on(rest: dict[str, object]) -> None:
    exchange = Exchange(1, answers=False)
    exchange.advance(2.0)
    ((_, user),) = exchange.subscribed
    content = msgspec.json.encode({"channel": STATES.channel(), "data": {"user": user, **rest}})
    exchange.socket.take(Record(RecordKind.MESSAGE, "10", content, 0))
    figures = exchange.planner.figures()
    assert (figures.failed, figures.read_count, figures.in_flight) == (1, 0, 0)
    assert exchange.records[-1].content == content
