"""What the exchange allows one address of the internet over sockets (HL.DOC.LIMITS), as budgets without a clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from liqscape.feed.window import MINUTE_S, SlidingWindow
from liqscape.wire.ws.subscription import Subscription

MAX_CONNECTIONS = 10
MAX_CONNECTIONS_OF_FEEDS = 7
"""Of prints and contexts. One is left for the states of accounts (feed.state_streams)."""
MAX_CONNECTIONS_OF_BOOKS = 2
"""Of their own, so that nothing about books can cost a print: a subscription the exchange does not know ends its
connection with all that stands there (HL.REC.CADENCE)."""
MAX_SUBSCRIPTIONS = 1_000
MAX_USERS = 15
"""The documentation says 10; a recorded refusal of October 2026 says 15 (HL.REC.USERS)."""
CONNECTIONS_A_MINUTE = 30
MESSAGES_A_MINUTE = 2_000
KEPT_FOR_PINGS = 150
"""Messages a minute that subscriptions leave free: ten quiet connections ping each 5 s, and some more."""
MARGIN_S = 2.0
"""The exchange counts a message when it arrives: so much later than it was sent, or less, the next time."""


@dataclass
class SocketLimits:
    """Budgets all connections of this process share."""

    connections: SlidingWindow = field(default_factory=lambda: SlidingWindow(CONNECTIONS_A_MINUTE, MINUTE_S + MARGIN_S))
    messages: SlidingWindow = field(default_factory=lambda: SlidingWindow(MESSAGES_A_MINUTE, MINUTE_S + MARGIN_S))

    def may_send(self, now_s: float, *, is_ping: bool = False) -> bool:
        """Take one message from the budget; False where it must wait."""
        if not self.messages.has_room(now_s, reserve=0 if is_ping else KEPT_FOR_PINGS):
            return False
        self.messages.take(now_s)
        return True

    def seconds_to_connect(self, now_s: float) -> float:
        """Until one more connection may be made."""
        return self.connections.seconds_until(now_s, self.connections.limit - 1)


def why_too_many(subscriptions: list[Subscription[Any]]) -> str | None:
    """What the exchange would refuse of these, all connections together; None where they fit."""
    if len(subscriptions) > MAX_SUBSCRIPTIONS:
        return f"{len(subscriptions)} subscriptions, {MAX_SUBSCRIPTIONS} are allowed"
    users = {each.address for each in subscriptions} - {None}
    if len(users) > MAX_USERS:
        return f"subscriptions for {len(users)} users, {MAX_USERS} are allowed"
    return None
