"""Actions a session asks its driver to take, and events it reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liqscape.wire.ws.subscription import Subscription


@dataclass(frozen=True, slots=True)
class Send:
    """Send this text."""

    text: str


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection and report it as lost."""

    reason: str


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a connection, not before this time (seconds of the session's clock)."""

    not_before_s: float


@dataclass(frozen=True, slots=True)
class Received:
    """A whole message with data, as it came."""

    content: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """A ping was answered: everything the server sent over this connection before it has arrived."""

    content: bytes


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages of these subscriptions are missed from now on, or were; until the next Ready."""

    subscriptions: tuple[Subscription[Any], ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything wanted is subscribed, but what the server refuses."""

    subscriptions: tuple[Subscription[Any], ...]


Output = Send | Close | Connect | Received | Answered | Gap | Ready
