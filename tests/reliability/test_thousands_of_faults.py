"""Thousands of faults in minutes of made-up time: everything between the socket's bytes and the ledger, without I/O.

At the end the ledger is the truth, every subscription stands, nothing has grown; and at no moment on the way is a map
called live whose marks are old. `pytest -s` prints how often each fault happened (docs/reliability.md).
"""

from __future__ import annotations

import gc
import math
import random
from collections import Counter
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import msgspec
import pytest
from amounts import IS_WHOLE, first_of
from faulty_exchange import COINS, SECOND_NS, START_MS, USERS, Info, Wire, World

from liqscape.errors import FeedError
from liqscape.feed.answer_check import check_answer
from liqscape.feed.discovery import AddressBook
from liqscape.feed.reconcile.account_answer import read_account_answer
from liqscape.feed.reconcile.planner import PlannedQuestion, Planner
from liqscape.feed.records import Record, RecordKind
from liqscape.feed.socket.facts import Answered, Close, Connect, Gap, Output, Ready, Received, Send
from liqscape.feed.socket.limits import SocketLimits
from liqscape.feed.socket.session import SessionState, SocketSession
from liqscape.model.addresses import AddressSource
from liqscape.model.events import FrameDue, TradesPrinted
from liqscape.service.collecting.core import LiveCore, Start
from liqscape.service.collecting.figures import feed_state
from liqscape.service.collecting.streams import Streams
from liqscape.sources.live.clock import VenueClock
from liqscape.wire.info.read_states import ReadState
from liqscape.wire.ws.all_dexs_asset_ctxs import AllDexsAssetCtxsSubscription
from liqscape.wire.ws.subscription import key_of
from liqscape.wire.ws.trades import TradesSubscription

CONTEXTS = AllDexsAssetCtxsSubscription()
SHARES = ((CONTEXTS, *(TradesSubscription(coin) for coin in COINS[:2])),
          tuple(TradesSubscription(coin) for coin in COINS[2:]))  # fmt: skip
STEP_S = 0.25
FAULTY_S, CALM_S = 1_500 if IS_WHOLE else 700, 700
"""The calm is longer than what stands goes unverified (feed.socket.asks.VERIFY_S)."""
MARKS_MAY_BE_S = 16.0
"""Ten seconds until silence is said, after a message that was five seconds late."""


class Link:
    """A session and its server, connected now and then."""

    def __init__(self, number: int, meeting: Meeting) -> None:
        self.meeting = meeting
        self.session = SocketSession(number, meeting.limits, meeting.chance)
        self.wire = Wire(meeting.world, meeting.happened)
        self.connect_at_s = 0.0
        self.is_open = False
        for subscription in SHARES[number - 1]:
            self.session.subscribe(subscription)
        self.perform(self.session.start(0.0))

    def perform(self, outputs: list[Output]) -> None:
        take, number = self.meeting.take, str(self.session.number)
        for each in outputs:
            match each:
                case Send(text) if self.is_open:
                    self.wire.take(text)
                case Close(reason):
                    self.end(reason)
                case Connect(at_s):
                    self.connect_at_s = at_s
                case Received(content) | Answered(content):
                    take(RecordKind.MESSAGE, number, content)
                case Gap(subscriptions, reason):
                    lost = {"reason": reason, "subscriptions": subscriptions}
                    take(RecordKind.LOST, number, msgspec.json.encode(lost))
                case Ready(subscriptions):
                    take(RecordKind.CONNECTED, number, msgspec.json.encode(subscriptions))

    def end(self, reason: str) -> None:
        if self.is_open or self.session.state is SessionState.WAITING:
            self.is_open = False
            self.wire.reset()
            self.perform(self.session.lost(reason, self.meeting.world.now_s))

    def step(self) -> None:
        now_s, wire = self.meeting.world.now_s, self.wire
        if not self.is_open:
            if now_s < self.connect_at_s:
                return
            if wire.draws("refused", 0.3):
                self.end("refused")
                return
            self.is_open = True
            self.perform(self.session.opened(now_s))
        if wire.draws("reset", 0.003):
            self.end("reset")
            return
        if wire.draws("silent", 0.001):
            wire.silent_until_s = now_s + 60.0
        if wire.held and wire.draws("subscription forgotten", 0.0005):
            wire.held.remove(self.meeting.chance.choice(sorted(wire.held)))
        for text in wire.due():
            if self.is_open:
                self.perform(self.session.received(text, now_s))
        self.perform(self.session.tick(now_s))


class Meeting:
    """The exchange, the live map's parts, and time."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.happened: Counter[str] = Counter()
        self.world = World(self.chance)
        self.info = Info(self.world, self.happened)
        self.core = LiveCore(Start(kind="sandbox", name="test", is_simulated=True, note="", dexs=None))
        self.book = AddressBook()
        self.book.add(USERS, AddressSource.GIVEN, START_MS)
        self.planner = Planner(self.book, batch=12 if seed % 2 else 1)
        self.questions: list[PlannedQuestion] = []
        self.answers: list[tuple[float, PlannedQuestion, int, bytes]] = []
        self.gaps = self.checks = 0
        for kind in ("exchangeStatus", "perpDexs", "metaAndAssetCtxs"):
            self.take(RecordKind.ANSWER, f'{{"type":"{kind}"}}', msgspec.json.encode(self.world.answer({"type": kind})))
        self.streams = Streams(self.core.assembler.markets, lambda: self.now_ns, has_prints=True)
        self.limits = SocketLimits()
        self.links = [Link(number, self) for number in (1, 2)]

    @property
    def now_ns(self) -> int:
        return START_MS * 1_000_000 + int(self.world.now_s * SECOND_NS)

    def take(self, kind: RecordKind, subject: str, content: bytes, states: tuple[ReadState, ...] | None = None) -> None:
        """As the live market does, without frames: the ledger is what is judged."""
        record = Record(kind, subject, content, self.now_ns)
        fed = self.core.feed(record, states)
        if hasattr(self, "streams"):
            self.streams.observe(record, fed)
        for event in fed.events:
            if isinstance(event, TradesPrinted):
                self.book.observe_trades(event.trades)

    def run(self, seconds: float, *, trades: bool = True) -> None:
        """Let the world live and everything else work."""
        end_s = self.world.now_s + seconds
        while self.world.now_s < end_s:
            before_s = int(self.world.now_s)
            self.world.now_s += STEP_S
            if trades and self.chance.random() < 0.7:
                coin, row = self.world.trade()
                for link in self.links:
                    link.wire.publish(TradesSubscription(coin), "trades", [row])
            if int(self.world.now_s) > before_s:
                self.second()
            for link in self.links:
                link.step()
            self.settle()

    def second(self) -> None:
        self.world.remember()
        for link in self.links:
            link.wire.publish(CONTEXTS, "allDexsAssetCtxs", {"ctxs": [["", self.world.contexts()]]})
        self.take(RecordKind.TICK, "", b"")
        if not self.questions:
            now_ms = self.core.assembler.clock.beyond(self.now_ns)
            spots = self.core.assembler.holder_queue.take_wanted()
            self.questions = self.planner.plan(now_ms, self.core.pipeline.ledger.watch(), spots)
        for question in self.questions[:4]:
            seconds, status, body = self.info.ask(msgspec.to_builtins(question.request))
            self.answers.append((self.world.now_s + seconds, question, status, body))
        self.questions = self.questions[4:]
        self.check_live()

    def settle(self) -> None:
        due = [each for each in self.answers if each[0] <= self.world.now_s]
        self.answers = [each for each in self.answers if each[0] > self.world.now_s]
        for _, question, status, body in due:
            now_ms = self.core.assembler.clock.beyond(self.now_ns)
            try:
                if status == 200:
                    check_answer(body, type(question.request), "info")
            except FeedError:
                status = 0
            clock, now_ns = self.core.assembler.clock, self.now_ns
            answer = read_account_answer(question.request, body, partial(_believes, clock, now_ns))
            if status != 200 or answer.fault is not None:
                self.planner.failed(question, status if status != 200 else 200, now_ms)
                continue
            self.planner.answered(question, answer.holds, now_ms)
            self.take(RecordKind.ANSWER, question.request.as_json(), body, answer.states)

    def check_live(self) -> None:
        """What is called live is not old. A mark of a damaged row is unknown and shown so, never as an old one."""
        is_connected = all(link.session.state is SessionState.OPEN for link in self.links)
        if is_connected and feed_state(self.streams.rows()) == "live":
            age_s = self.world.mark - float(self.core.pipeline.ledger.snapshot.mark[0])
            if math.isnan(age_s):
                return
            self.checks += 1
            assert age_s <= MARKS_MAY_BE_S, f"live with marks of {age_s} s ago, at {self.world.now_s}"

    def sizes(self) -> dict[tuple[str, str], int]:
        accounts = self.core.pipeline.ledger.accounts
        owners = accounts.address_row[accounts.pool_of_position()]
        return {
            (accounts.addresses[owner], COINS[market]): round(size)
            for owner, market, size in zip(owners, accounts.market_index, accounts.size, strict=True)
            if size
        }

    def entries(self) -> int:
        """Entries of every container that hangs on what runs for days."""
        parts = [link.session for link in self.links]
        return count_entries([*parts, self.core, self.book, self.planner, self.streams, self.limits])


def _believes(clock: VenueClock, now_ns: int, time_ms: int) -> bool:
    return clock.believes(time_ms, now_ns)


def count_entries(roots: list[Any]) -> int:
    """Everything reachable in Python's own containers; columns of numbers are counted by their length."""
    skipped = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)
    seen: set[int] = set()
    waiting, count = list(roots), 0
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, skipped):
            continue
        seen.add(id(each))
        if isinstance(each, dict | list | set | tuple) or type(each).__name__ in ("deque", "ndarray"):
            count += len(each) if getattr(each, "shape", (1,)) else 1
        waiting += gc.get_referents(each)
    return count


@pytest.fixture(autouse=True)
def no_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Solving each frame would take most of the time and is tried elsewhere."""
    from liqscape.service.pipeline import Pipeline

    monkeypatch.setattr(
        Pipeline, "feed", lambda self, event: None if isinstance(event, FrameDue) else self.ledger.apply(event)
    )


@pytest.mark.property
@pytest.mark.parametrize("seed", first_of([1, 0]))
def test_after_thousands_of_faults_the_ledger_is_the_truth(seed: int) -> None:
    meeting = Meeting(seed)
    meeting.run(FAULTY_S / 2)
    in_the_middle = meeting.entries()
    meeting.run(FAULTY_S / 2)
    meeting.info.has_faults = False
    for link in meeting.links:
        link.wire.has_faults = False
    meeting.run(CALM_S)
    meeting.run(60, trades=False)
    truth = {key: size for key, size in meeting.world.sizes.items() if size}
    assert meeting.sizes() == truth
    for link in meeting.links:
        assert link.session.is_ready
        assert link.wire.held == {key_of(each) for each in link.session.asks.wanted()}
    assert feed_state(meeting.streams.rows()) == "live"
    assert [row.trouble for row in meeting.streams.rows()] == [None, None]
    assert not math.isnan(float(meeting.core.pipeline.ledger.snapshot.mark[0]))
    assert meeting.checks > CALM_S / 2
    assert sum(meeting.happened.values()) > FAULTY_S / 1.5
    print(seed, dict(sorted(meeting.happened.items())), meeting.checks, in_the_middle, meeting.entries())
    assert meeting.entries() < 1.5 * in_the_middle + 2_000
