"""Subscribers by topic, and the messages each block sends them.

Messages are made in the thread that makes blocks, while the exchange stands still, once a subscription however many
share it; the event loop only sends them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from liqscape.exchange.output import BlockOutput
from liqscape.sandbox.answers import ws_updates
from liqscape.sandbox.state import SandboxState
from liqscape.wire.ws.subscription import Subscription

Message = tuple[str, Any]
"""Channel and data."""
Receiver = Callable[[list[Message]], None]


@dataclass
class Topic:
    """One subscription and those who follow it."""

    subscription: Subscription[Any]
    receivers: dict[int, Receiver] = field(default_factory=dict)


class SubscriptionHub:
    """Topics by key. Change them inside the turnstile only."""

    def __init__(self, state: SandboxState, loop: asyncio.AbstractEventLoop) -> None:
        self._state = state
        self._loop = loop
        self._topics: dict[str, Topic] = {}

    @property
    def count(self) -> int:
        """Subscriptions somebody follows."""
        return len(self._topics)

    def add(self, key: str, subscription: Subscription[Any], owner: int, receiver: Receiver) -> bool:
        """Follow a subscription under its key; False where this owner follows it already."""
        topic = self._topics.setdefault(key, Topic(subscription))
        if owner in topic.receivers:
            return False
        topic.receivers[owner] = receiver
        return True

    def remove(self, key: str, owner: int) -> bool:
        """Follow it no more; False where it was not followed."""
        topic = self._topics.get(key)
        if topic is None or topic.receivers.pop(owner, None) is None:
            return False
        if not topic.receivers:
            del self._topics[key]
        return True

    def tell(self, output: BlockOutput) -> None:
        """Build every message of a block and hand them to the event loop, in order."""
        due: dict[Receiver, list[Message]] = {}
        for topic in self._topics.values():
            datas = ws_updates(topic.subscription, self._state, output)
            if not datas:
                continue
            channel = topic.subscription.channel()
            for receiver in topic.receivers.values():
                due.setdefault(receiver, []).extend((channel, data) for data in datas)
        if due and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_deliver, due)


def _deliver(due: dict[Receiver, list[Message]]) -> None:
    for receiver, messages in due.items():
        receiver(messages)
