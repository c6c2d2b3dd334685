"""The subscriptions one connection wants, what was last sent for each, and whether the server accepted it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

import msgspec

from liqscape.feed.socket.limits import SocketLimits
from liqscape.feed.socket.subscription import find_echoed
from liqscape.wire.ws.posts import Subscribe, Unsubscribe, method_text
from liqscape.wire.ws.subscription import Subscription, key_of

MAX_ATTEMPTS = 5
"""Then the connection is made anew."""
REFUSED_S, MAX_REFUSED_S = 5.0, 60.0
"""What the server refuses is asked for again: its trouble may be over at once, limits of other programs on our address
pass later. The wait is half of how long it has been refused by now, within these bounds, so that what lasted half a
minute is over at most a quarter of a minute after its cause."""
VERIFY_S = 600.0
"""What stands is subscribed to again after so long; "Already subscribed" is the answer hoped for. An answer of another
time taken for a new one would otherwise leave a market without prints, and nobody would know."""
_ECHO = re.compile(r"\{.*\}", re.DOTALL)


class _Method(Enum):
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(slots=True, kw_only=True)
class _Ask:
    """What was sent last for one subscription of this connection.

    refused_s: when the server said no to it; first_refused_s: the first time since it last stood.
    is_doubted: a grant would be news, it was refused or is being verified.
    """

    subscription: Subscription[Any]
    method: _Method
    sent_s: float
    attempts: int = 1
    is_acknowledged: bool = False
    refused_s: float | None = None
    is_doubted: bool = False
    first_refused_s: float | None = None

    def is_due_again(self, now_s: float) -> bool:
        """Refused long enough ago to be asked for once more."""
        if self.refused_s is None or self.first_refused_s is None:
            return False
        wait_s = min(MAX_REFUSED_S, max(REFUSED_S, (self.refused_s - self.first_refused_s) / 2.0))
        return now_s - self.refused_s >= wait_s


class _Acknowledgement(msgspec.Struct, frozen=True):
    method: str
    subscription: dict[str, object]


class Asks:
    """Only subscriptions; the session knows the connection."""

    def __init__(self, limits: SocketLimits, acknowledged_s: float) -> None:
        self._limits = limits
        self._acknowledged_s = acknowledged_s
        self._wanted: dict[str, Subscription[Any]] = {}
        self._asks: dict[str, _Ask] = {}

    def want(self, subscription: Subscription[Any]) -> None:
        """Want this subscription from now on."""
        self._wanted[key_of(subscription)] = subscription

    def leave(self, subscription: Subscription[Any]) -> None:
        """Stop wanting this subscription."""
        self._wanted.pop(key_of(subscription), None)

    def verify(self, subscription: Subscription[Any]) -> None:
        """Subscribe to it again with the next texts, where it is taken to stand."""
        ask = self._asks.get(key_of(subscription))
        if ask is not None and ask.is_acknowledged:
            ask.sent_s = float("-inf")

    def wanted(self) -> tuple[Subscription[Any], ...]:
        """In the order they were wanted."""
        return tuple(self._wanted.values())

    def sent(self) -> tuple[Subscription[Any], ...]:
        """Wanted ones the server may be sending messages of."""
        return tuple(
            self._wanted[key]
            for key, ask in self._asks.items()
            if key in self._wanted and ask.method is _Method.SUBSCRIBE and ask.refused_s is None
        )

    def refused_now(self) -> tuple[Subscription[Any], ...]:
        """Wanted ones the server will not give now."""
        return tuple(
            self._wanted[key] for key, ask in self._asks.items() if key in self._wanted and ask.refused_s is not None
        )

    @property
    def wanted_count(self) -> int:
        """Subscriptions that should stand."""
        return len(self._wanted)

    @property
    def acknowledged_count(self) -> int:
        """Subscriptions that stand."""
        return sum(ask.is_acknowledged and ask.method is _Method.SUBSCRIBE for ask in self._asks.values())

    @property
    def refusals(self) -> int:
        """Wanted subscriptions the server will not give now."""
        return sum(ask.refused_s is not None for ask in self._asks.values())

    @property
    def are_settled(self) -> bool:
        """Whether everything wanted was granted or refused."""
        return all(
            (ask := self._asks.get(key)) is not None
            and ask.method is _Method.SUBSCRIBE
            and (ask.is_acknowledged or ask.refused_s is not None)
            for key in self._wanted
        )

    def forget(self) -> None:
        """Forget what was sent and granted: a new connection starts without any subscription."""
        self._asks.clear()

    def due(self, now_s: float) -> list[str]:
        """Texts to send now, as far as the budget of messages allows: ends, then beginnings, then both again."""
        texts = []
        for key, ask in list(self._asks.items()):
            if key in self._wanted:
                continue
            if ask.method is _Method.UNSUBSCRIBE and ask.refused_s is not None:
                del self._asks[key]
            elif ask.method is _Method.SUBSCRIBE:
                texts += self._send(key, ask.subscription, _Method.UNSUBSCRIBE, now_s)
        for key, subscription in self._wanted.items():
            sent = self._asks.get(key)
            if sent is None or sent.method is _Method.UNSUBSCRIBE:
                texts += self._send(key, subscription, _Method.SUBSCRIBE, now_s)
        for key, ask in list(self._asks.items()):
            if ask.refused_s is not None:
                if ask.is_due_again(now_s):
                    texts += self._send(key, ask.subscription, ask.method, now_s)
            elif not ask.is_acknowledged and now_s - ask.sent_s >= self._acknowledged_s:
                texts += self._send(key, ask.subscription, ask.method, now_s, ask.attempts + 1)
            elif ask.is_acknowledged and now_s - ask.sent_s >= VERIFY_S:
                texts += self._verify(ask, now_s)
        return texts

    def unanswered(self, now_s: float) -> str | None:
        """Subscriptions sent too often without an answer."""
        for key, ask in self._asks.items():
            is_waiting = not ask.is_acknowledged and ask.refused_s is None
            if is_waiting and ask.attempts >= MAX_ATTEMPTS and now_s - ask.sent_s >= self._acknowledged_s:
                return f"{ask.method.value} {key}"
        return None

    def acknowledged(self, data: bytes) -> Subscription[Any] | None:
        """Note the server's acknowledgement; one that is older than our last request is ignored.

        Returns a subscription that did not stand before: it was refused, or it was wrongly taken to stand.
        """
        try:
            answer = msgspec.json.decode(data, type=_Acknowledgement)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return self._settle(answer.method, answer.subscription)

    def refused(self, data: bytes, now_s: float) -> str | None:
        """The server's complaint, which is returned unless it is an answer.

        "Already subscribed" is an acknowledgement. One that repeats the subscription refuses it; another that begins
        with "Cannot" can only mean one that waits for its answer, and the server answers in turn: the oldest.
        """
        text = _text(data)
        echo = _echo(text)
        if text.startswith("Already subscribed"):
            self._settle("subscribe", echo)
            return None
        if text.startswith("Already unsubscribed"):
            self._settle("unsubscribe", echo)
            return None
        if text.startswith(("Invalid subscription", "Cannot")):
            waiting = {key: ask for key, ask in self._asks.items() if not ask.is_acknowledged and ask.refused_s is None}
            key = find_echoed(echo, waiting)
            if key is None and text.startswith("Cannot"):
                begun = [each for each, ask in waiting.items() if ask.method is _Method.SUBSCRIBE]
                key = min(begun, key=lambda each: waiting[each].sent_s, default=None)
            if key in waiting:
                ask = waiting[key]
                ask.refused_s, ask.is_doubted = now_s, True
                ask.first_refused_s = now_s if ask.first_refused_s is None else ask.first_refused_s
        return text

    def _settle(self, method: str, echo: object) -> Subscription[Any] | None:
        key = find_echoed(echo, [each for each, ask in self._asks.items() if ask.method.value == method])
        if key is None:
            return None
        if method == _Method.UNSUBSCRIBE.value:
            del self._asks[key]
            return None
        ask = self._asks[key]
        was_doubted = ask.is_doubted
        ask.is_acknowledged, ask.refused_s, ask.is_doubted, ask.first_refused_s = True, None, False, None
        return ask.subscription if was_doubted else None

    def _send(
        self, key: str, subscription: Subscription[Any], method: _Method, now_s: float, attempts: int = 1
    ) -> list[str]:
        if not self._limits.may_send(now_s):
            return []
        last = self._asks.get(key)
        self._asks[key] = fresh = _Ask(subscription=subscription, method=method, sent_s=now_s, attempts=attempts)
        if last is not None:
            fresh.is_doubted, fresh.first_refused_s = last.is_doubted, last.first_refused_s
        return [_request(subscription, method)]

    def _verify(self, ask: _Ask, now_s: float) -> list[str]:
        """It is taken to stand until the server says that it did not."""
        if not self._limits.may_send(now_s):
            return []
        ask.sent_s, ask.is_doubted = now_s, True
        return [_request(ask.subscription, ask.method)]


def _request(subscription: Subscription[Any], method: _Method) -> str:
    made = Subscribe if method is _Method.SUBSCRIBE else Unsubscribe
    return method_text(made(subscription))


def _text(data: bytes) -> str:
    """The complaint; a server may give it as a string or as an object."""
    try:
        answer = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        answer = None
    return answer if isinstance(answer, str) else data.decode("utf-8", "replace")


def _echo(text: str) -> object:
    found = _ECHO.search(text)
    try:
        echo = msgspec.json.decode(found[0]) if found else None
    except (msgspec.DecodeError, RecursionError):
        return None
    return echo.get("subscription", echo) if isinstance(echo, dict) else None
