"""Whatever happens on the way, in the end the server holds exactly what is wanted, and no whole message is lost."""

from __future__ import annotations

import random

import msgspec
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.feed.socket.facts import Close, Connect, Gap, Output, Ready, Received, Send
from liqscape.feed.socket.limits import SocketLimits
from liqscape.feed.socket.session import SessionState, SocketSession
from liqscape.wire.ws.subscription import key_of
from liqscape.wire.ws.trades import TradesSubscription

COINS = [TradesSubscription(coin) for coin in ("BTC", "ETH", "HYPE", "SOL")]


class Server:
    """The exchange's side of one connection: processes in order; its answers meet faults on their way."""

    def __init__(self, chance: random.Random) -> None:
        self.held: set[str] = set()
        self.on_the_way: list[str] = []
        self.has_faults = True
        self._chance = chance
        self._count = 0

    def take(self, text: str) -> None:
        body = msgspec.json.decode(text)
        if body["method"] == "ping":
            return self.say("pong", None)
        subscription = body["subscription"]
        key, is_new = key_of(subscription), body["method"] == "subscribe"
        if is_new is (key in self.held):
            what = "Already subscribed" if is_new else "Already unsubscribed"
            return self.say("error", f"{what}: {msgspec.json.encode(subscription).decode()}")
        if is_new and self.has_faults and self._chance.random() < 0.1:
            return self.say("error", "Cannot subscribe to more than 1000 channels")
        (self.held.add if is_new else self.held.discard)(key)
        return self.say("subscriptionResponse", {"method": body["method"], "subscription": subscription})

    def say(self, channel: str, data: object) -> None:
        """Dropped, cut, doubled or put before others, if there are faults."""
        text = msgspec.json.encode({"channel": channel, "data": data}).decode()
        fault = self._chance.randrange(10) if self.has_faults else 9
        if fault == 0:
            return
        if fault == 1:
            text = text[: self._chance.randrange(len(text))]
        place = self._chance.randrange(len(self.on_the_way) + 1) if fault == 2 else len(self.on_the_way)
        self.on_the_way[place:place] = [text] * (2 if fault == 3 else 1)

    def print(self) -> None:
        self._count += 1
        self.say("trades", [self._count])


class Meeting:
    """A session and its server, connected now and then."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.session = SocketSession(1, SocketLimits(), self.chance)
        self.server = Server(self.chance)
        self.now = 0.0
        self.connect_at = 0.0
        self.is_open = False
        self.delivered: list[bytes] = []
        self.received: list[bytes] = []
        self.is_standing = False
        self.perform(self.session.start(0.0))

    def perform(self, outputs: list[Output]) -> None:
        for each in outputs:
            match each:
                case Send(text):
                    self.server.take(text)
                case Close(reason):
                    self.end(reason)
                case Connect(at):
                    self.connect_at = at
                case Received(content):
                    self.received.append(content)
                case Ready():
                    self.is_standing = True
                case Gap():
                    self.is_standing = False

    def end(self, reason: str) -> None:
        self.is_open = False
        self.server.on_the_way.clear()
        self.server.held.clear()
        self.perform(self.session.lost(reason, self.now))

    def step(self, action: str, seconds: float) -> None:
        self.now += seconds
        if self.session.state is SessionState.WAITING and self.now >= self.connect_at and action != "stay away":
            self.is_open = True
            self.perform(self.session.opened(self.now))
        if not self.is_open:
            return
        match action:
            case "deliver" if self.server.on_the_way:
                content = self.server.on_the_way.pop(0).encode()
                if content.startswith(b'{"channel":"trades"') and content.endswith(b"}"):
                    self.delivered.append(content)
                self.perform(self.session.received(content, self.now))
            case "print":
                self.server.print()
            case "break":
                self.end("reset")
            case "change":
                coin = self.chance.choice(COINS)
                (self.session.subscribe if self.chance.random() < 0.5 else self.session.unsubscribe)(coin)
            case _:
                self.perform(self.session.tick(self.now))


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["deliver", "deliver", "deliver", "tick", "print", "break", "change", "stay away"]),
        st.floats(0.0, 12.0),
    ),
    max_size=80,
)


@settings(max_examples=examples(150))
@given(st.integers(0, 10_000), ACTIONS)
def test_it_ends_subscribed_to_exactly_what_is_wanted(seed: int, actions: list[tuple[str, float]]) -> None:
    meeting = Meeting(seed)
    for coin in COINS[:3]:
        meeting.session.subscribe(coin)
    for action, seconds in actions:
        meeting.step(action, seconds)
    meeting.server.has_faults = False
    for _ in range(1_300):
        meeting.step("tick", 1.0)
        while meeting.is_open and meeting.server.on_the_way:
            meeting.step("deliver", 0.0)
    assert meeting.is_open
    assert meeting.session.is_ready
    assert meeting.server.held == {key_of(each) for each in meeting.session.asks.wanted()}
    assert meeting.received == meeting.delivered
    assert meeting.is_standing or not meeting.session.asks.wanted()
