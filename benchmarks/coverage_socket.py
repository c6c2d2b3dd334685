"""The product's socket of account states in virtual time, with the exchange's end of it: the sandbox's limits."""

from __future__ import annotations

import json
import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from liqscape.feed.reconcile import Planner
from liqscape.feed.records import Record, RecordKind
from liqscape.feed.socket.facts import Received, Send
from liqscape.feed.socket.limits import SocketLimits
from liqscape.feed.state_streams import StateSocket
from liqscape.feed.users import DEFAULT_USERS
from liqscape.steps import at_once

if TYPE_CHECKING:
    from coverage_growth import Reader

STATE_S = 0.5
"""From subscribing to the state: a round trip to the exchange and some tenths of a second there."""
LOOK_S = 0.25
FEEDS = 41
"""Messages that the subscriptions of prints and contexts take at the start."""


class Streams:
    """The product's socket of states in virtual time, with the exchange's end of it."""

    def __init__(self, reader: Reader, planner: Planner, now_ms: Callable[[], int]) -> None:
        self._reader = reader
        self._limits = reader.limits
        self._due: deque[tuple[float, str, str, bytes]] = deque()
        budgets = SocketLimits()
        self.socket = StateSocket(
            "",
            planner,
            budgets,
            watch=lambda: at_once(reader.ledger.watch(reader.root())),
            now_ms=now_ms,
            now_ns=lambda: 0,
            max_users=DEFAULT_USERS,
            is_reading=True,
            spots_waiting=lambda: len(reader.lacking),
            take_spots=self._take_spots,
            want_spots=lambda names: reader.lacking.update(dict.fromkeys(names)),
            clock=lambda: reader.clock[0],
            chance=random.Random(0),
        )
        for _ in range(FEEDS):
            assert budgets.may_send(0.0)
            assert self._limits.admits_message("us")
        self.socket.session.start(0.0)
        self._perform(self.socket.session.opened(0.0), 0.0)
        self.refused = 0

    def look(self, now_s: float) -> list[tuple[str, str]]:
        """A quarter of a second; channels and addresses of the states that have come."""
        come: list[tuple[str, str]] = []
        while self._due and self._due[0][0] <= now_s:
            _, kind, address, content = self._due.popleft()
            if address in self._limits.client("us").users:
                self._perform(self.socket.session.received(content, now_s), now_s)
                come.append((kind, address))
        self.socket.look(now_s)
        self._perform(self.socket.session.tick(now_s), now_s)
        return come

    def _take_spots(self, count: int) -> list[str]:
        names = list(self._reader.lacking)[:count]
        for name in names:
            del self._reader.lacking[name]
        return names

    def followed(self) -> list[str]:
        """Accounts whose state the exchange sends with a new mark."""
        return [each for each in self.socket.streams.followed if each in self._limits.client("us").users]

    def _perform(self, outputs: Sequence[object], now_s: float) -> None:
        for each in outputs:
            if isinstance(each, Received):
                self.socket.take(Record(RecordKind.MESSAGE, "10", each.content, 0))
            elif isinstance(each, Send):
                for answer in self._answer(json.loads(each.text), now_s):
                    self._perform(self.socket.session.received(answer, now_s), now_s)

    def _answer(self, body: dict[str, Any], now_s: float) -> list[bytes]:
        assert self._limits.admits_message("us"), "more messages than the exchange allows"
        if body["method"] == "ping":
            return [b'{"channel":"pong"}']
        address = body["subscription"]["user"]
        if body["method"] == "unsubscribe":
            if address not in self._limits.client("us").users:
                text = f"Already unsubscribed: {json.dumps(body['subscription'])}"
                return [json.dumps({"channel": "error", "data": text}).encode()]
            self._limits.end_subscription("us", address)
        elif (reason := self._limits.refuses_subscription("us", address)) is not None:
            self.refused += 1
            return [json.dumps({"channel": "error", "data": reason}).encode()]
        else:
            kind = body["subscription"]["type"]
            state = {"channel": kind, "data": {"user": address, "clearinghouseStates": []}}
            self._due.append((now_s + STATE_S, kind, address, json.dumps(state).encode()))
        return [json.dumps({"channel": "subscriptionResponse", "data": body}).encode()]
