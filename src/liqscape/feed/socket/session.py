"""One connection as a state machine: messages and time go in, actions and events come out.

No socket, task or clock is in here; the driver (pool.py) has them, and tests have none.

    start -> Connect -> opened -> subscribe ... acknowledged -> Ready
                ^                                                 |
                '---- backoff ---- lost <- Close, silence, ... <--'   Gap

The server answers subscriptions in its own time, twice, or not at all; it processes what we send in order. So what it
holds in the end is what was sent last for each subscription: acknowledgements only tell what must be sent again.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum
from typing import Any

import msgspec

from liqscape.feed.backoff import Backoff
from liqscape.feed.socket.asks import Asks
from liqscape.feed.socket.facts import Answered, Close, Connect, Gap, Output, Ready, Received, Send
from liqscape.feed.socket.limits import SocketLimits
from liqscape.wire.ws.envelope import Envelope, channel_of
from liqscape.wire.ws.posts import Ping, method_text
from liqscape.wire.ws.subscription import Subscription, key_of

PING = method_text(Ping())
PONG = "pong"
PROTOCOL_CHANNELS = frozenset({"subscriptionResponse", PONG, "error"})
MAX_MALFORMED = 5
"""Unreadable messages in a row after which the connection is made anew."""
LARGEST_MESSAGE = 4_000_000
"""Bytes; the largest the exchange sends, contexts of all dexs, have 177 kB recorded; an account with 1,000 positions
450 kB. What is longer ends its connection before it is read."""


@dataclass(frozen=True)
class SessionTiming:
    """Seconds. The exchange ends a connection to which it sent nothing for 60 s (HL.DOC.WEBSOCKET).

    ping_s    a ping after so long without any message: answered within 10 s of the last one, it tells a quiet
              connection from a silent one, whose coins are in doubt from then on (sources.live.assembler).
    silence_s the connection is taken for dead after so long without any message, pongs included.
    stable_s  a connection that stood so long makes the next wait a short one again.
    acknowledged_s  a subscription is sent again after so long without an answer.
    """

    ping_s: float = 5.0
    silence_s: float = 45.0
    stable_s: float = 30.0
    acknowledged_s: float = 10.0


class SessionState(Enum):
    """Where a connection is."""

    IDLE = "idle"
    WAITING = "reconnecting"
    OPEN = "connected"
    CLOSING = "closing"


_ENVELOPE = msgspec.json.Decoder(Envelope)


class SocketSession:
    """One connection and what it should be subscribed to. Times are seconds of any clock that does not fall."""

    def __init__(
        self, number: int, limits: SocketLimits, chance: random.Random, timing: SessionTiming | None = None
    ) -> None:
        self.number = number
        self._timing = timing or SessionTiming()
        self.asks = Asks(limits, self._timing.acknowledged_s)
        self.state = SessionState.IDLE
        self.is_ready = False
        self.since_s = 0.0
        self.message_count = self.malformed_count = self.lost_count = self.gap_count = self.received_bytes = 0
        self.trouble: str | None = None
        self._limits = limits
        self._backoff = Backoff(chance)
        self._heard_s = self._pinged_s = 0.0
        self._malformed_in_row = 0
        self._missed: dict[str, Subscription[Any]] = {}
        """Of the gap that is open: what was said to be missed since the last Ready."""

    def subscribe(self, subscription: Subscription[Any]) -> None:
        """Want it from now on; the next tick sends it."""
        self.asks.want(subscription)
        self.is_ready = False

    def unsubscribe(self, subscription: Subscription[Any]) -> None:
        """Want it no longer; the next tick says so."""
        self.asks.leave(subscription)

    def start(self, now_s: float) -> list[Output]:
        """Ask for the first connection."""
        self._enter(SessionState.WAITING, now_s)
        return [Connect(now_s)]

    def opened(self, now_s: float) -> list[Output]:
        """The connection stands."""
        self._enter(SessionState.OPEN, now_s)
        self._heard_s = self._pinged_s = now_s
        self._malformed_in_row = 0
        self.asks.forget()
        return self.tick(now_s)

    def received(self, content: str | bytes, now_s: float) -> list[Output]:
        """A message came: data and pongs go out as they are, the protocol's other messages stay here."""
        if self.state not in (SessionState.OPEN, SessionState.CLOSING):
            return []
        text = content.encode() if isinstance(content, str) else content
        self._heard_s = now_s
        self.received_bytes += len(text)
        if len(text) > LARGEST_MESSAGE:
            return self._close(f"a message of {len(text)} bytes, at most {LARGEST_MESSAGE} are read", now_s)
        try:
            envelope = _ENVELOPE.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._malformed(text, now_s)
        self._malformed_in_row = 0
        if envelope.channel not in PROTOCOL_CHANNELS:
            self.message_count += 1
            return [Received(text)]
        if envelope.channel == PONG:
            return [Answered(text), *self._ready()]
        if envelope.channel == "subscriptionResponse":
            granted = self.asks.acknowledged(bytes(envelope.data))
            if granted is not None and self.is_ready:
                return self._short_gap((granted,), "was not subscribed until now")
        elif envelope.channel == "error":
            self.trouble = self.asks.refused(bytes(envelope.data), now_s) or self.trouble
        return self._ready()

    def lost(self, reason: str, now_s: float) -> list[Output]:
        """The connection ended, or could not be made: try again after a while."""
        was_open = self.state in (SessionState.OPEN, SessionState.CLOSING)
        if was_open and now_s - self.since_s >= self._timing.stable_s:
            self._backoff.reset()
        self.trouble = reason
        outputs: list[Output] = []
        if was_open:
            self.lost_count += 1
            outputs += self._open_gap(self.asks.sent(), reason)
        self.is_ready = False
        self._enter(SessionState.WAITING, now_s)
        return [*outputs, Connect(now_s + self._backoff.wait_s())]

    def tick(self, now_s: float) -> list[Output]:
        """Time passes: send what is due. Call it at least every second."""
        if self.state is not SessionState.OPEN:
            return []
        silent_s = now_s - self._heard_s
        if silent_s >= self._timing.silence_s:
            return self._close(f"silent for {silent_s:.0f} s", now_s)
        unanswered = self.asks.unanswered(now_s)
        if unanswered is not None:
            return self._close(f"no acknowledgement of {unanswered}", now_s)
        outputs: list[Output] = [Send(text) for text in self.asks.due(now_s)]
        is_due = now_s - max(self._heard_s, self._pinged_s) >= self._timing.ping_s
        if is_due and self._limits.may_send(now_s, is_ping=True):
            self._pinged_s = now_s
            outputs.append(Send(PING))
        return [*outputs, *self._ready()]

    def _enter(self, state: SessionState, now_s: float) -> None:
        self.state = state
        self.since_s = now_s

    def _close(self, reason: str, now_s: float) -> list[Output]:
        """Ask for the connection to be closed, once; the driver reports its end with `lost`."""
        if self.state is not SessionState.OPEN:
            return []
        if now_s - self.since_s >= self._timing.stable_s:
            self._backoff.reset()
        self.trouble = reason
        self._enter(SessionState.CLOSING, now_s)
        return [Close(reason)]

    def _malformed(self, text: bytes, now_s: float) -> list[Output]:
        """Drop an unreadable message; its channel, where the beginning names one, has a gap."""
        self.malformed_count += 1
        self._malformed_in_row += 1
        self.trouble = reason = f"a message of {len(text)} bytes cannot be read"
        channel = channel_of(text)
        outputs: list[Output] = []
        if channel not in PROTOCOL_CHANNELS:
            sent = self.asks.sent()
            missed = tuple(each for each in sent if each.channel() == channel) or sent
            outputs += self._short_gap(missed, reason) if self.is_ready else self._open_gap(missed, reason)
        if self._malformed_in_row >= MAX_MALFORMED:
            outputs += self._close(f"{self._malformed_in_row} messages in a row cannot be read", now_s)
        return outputs

    def _open_gap(self, subscriptions: tuple[Subscription[Any], ...], reason: str) -> list[Output]:
        """A gap lasts until everything stands again; only what is newly missed meanwhile is said again."""
        missed = {key: each for each in subscriptions if (key := key_of(each)) not in self._missed}
        if not missed:
            return []
        self.gap_count += not self._missed
        self._missed |= missed
        return [Gap(tuple(missed.values()), reason)]

    def _short_gap(self, subscriptions: tuple[Subscription[Any], ...], reason: str) -> list[Output]:
        """Something was missed of a connection that stands."""
        gap = self._open_gap(subscriptions, reason)
        self.is_ready = self.is_ready and not subscriptions
        return [*gap, *self._ready()]

    def _ready(self) -> list[Output]:
        """Everything wanted was granted or refused: the gap is over, but for what was refused."""
        if self.is_ready and not self._missed:
            return []
        refused = self.asks.refused_now()
        is_said = self.is_ready and self._missed.keys() <= {key_of(each) for each in refused}
        if is_said or self.state is not SessionState.OPEN or not self.asks.are_settled:
            return []
        self.is_ready = True
        self._missed.clear()
        return [Ready(self.asks.sent()), *self._open_gap(refused, "refused by the server")]
