"""REST weights and WebSocket limits as documented (HL.DOC.LIMITS); one book of accounts per address of a client."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from liqscape.wire.info.registry import find_request
from liqscape.wire.info.weights import USUAL_WEIGHT, WEIGHT_A_MINUTE

MAX_CONNECTIONS = 10
NEW_CONNECTIONS_A_MINUTE = 30
MAX_SUBSCRIPTIONS = 1_000
MAX_USERS = 15
"""The documentation says 10; a recorded refusal of October 2026 says 15 (HL.REC.USERS)."""
MESSAGES_A_MINUTE = 2_000
MAX_POSTS = 100
MINUTE = 60.0


@dataclass
class MinuteWindow:
    """A sum over the last minute."""

    limit: int
    taken: deque[tuple[float, int]] = field(default_factory=deque)
    total: int = 0

    def has_room(self, now: float, amount: int) -> bool:
        """Whether `amount` more fits."""
        while self.taken and self.taken[0][0] <= now - MINUTE:
            self.total -= self.taken.popleft()[1]
        return self.total + amount <= self.limit

    def take(self, now: float, amount: int) -> None:
        """Count it, fitting or not."""
        self.taken.append((now, amount))
        self.total += amount


@dataclass(kw_only=True)
class ClientUsage:
    """What one client address uses now."""

    weight: MinuteWindow = field(default_factory=lambda: MinuteWindow(WEIGHT_A_MINUTE))
    new_connections: MinuteWindow = field(default_factory=lambda: MinuteWindow(NEW_CONNECTIONS_A_MINUTE))
    messages: MinuteWindow = field(default_factory=lambda: MinuteWindow(MESSAGES_A_MINUTE))
    connections: int = 0
    subscriptions: int = 0
    users: dict[str, int] = field(default_factory=dict)
    posts: int = 0


class Limits:
    """All clients. `is_enforced` False counts and never refuses."""

    def __init__(self, *, is_enforced: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        self.is_enforced = is_enforced
        self._clock = clock
        self._clients: dict[str, ClientUsage] = {}

    def client(self, address: str) -> ClientUsage:
        """The usage record of one client address."""
        return self._clients.setdefault(address, ClientUsage())

    def admits_request(self, address: str, kind: str) -> bool:
        """Take the weight of a request; False where it does not fit (HTTP 429) and nothing is taken."""
        request = find_request(kind)
        return self._admits(self.client(address).weight, USUAL_WEIGHT if request is None else request.weight)

    def charge_answer(self, address: str, kind: str, answer: object) -> None:
        """Take what the size of an answer weighs; it may overdraw."""
        items, request = len(answer) if isinstance(answer, list) else 0, find_request(kind)
        self.client(address).weight.take(self._clock(), 0 if request is None else request.further_weight(items))

    def refuses_connection(self, address: str) -> str | None:
        """Why a new socket is refused; None counts it in."""
        client = self.client(address)
        if self.is_enforced and client.connections >= MAX_CONNECTIONS:
            return f"more than {MAX_CONNECTIONS} connections"
        if not self._admits(client.new_connections, 1):
            return f"more than {NEW_CONNECTIONS_A_MINUTE} new connections a minute"
        client.connections += 1
        return None

    def admits_message(self, address: str) -> bool:
        """Take one message of a client."""
        return self._admits(self.client(address).messages, 1)

    def refuses_subscription(self, address: str, user: str | None) -> str | None:
        """Why a subscription is refused; None counts it in."""
        client = self.client(address)
        if self.is_enforced and client.subscriptions >= MAX_SUBSCRIPTIONS:
            return f"Cannot subscribe to more than {MAX_SUBSCRIPTIONS} channels."
        if self.is_enforced and user is not None and user not in client.users and len(client.users) >= MAX_USERS:
            return f"Cannot track more than {MAX_USERS} total users."
        client.subscriptions += 1
        if user is not None:
            client.users[user] = client.users.get(user, 0) + 1
        return None

    def end_subscription(self, address: str, user: str | None) -> None:
        """A subscription is over."""
        client = self.client(address)
        client.subscriptions -= 1
        if user is not None:
            client.users[user] -= 1
            if not client.users[user]:
                del client.users[user]

    def _admits(self, window: MinuteWindow, amount: int) -> bool:
        now = self._clock()
        if not window.has_room(now, amount) and self.is_enforced:
            return False
        window.take(now, amount)
        return True
