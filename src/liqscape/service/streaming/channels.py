"""Channels of the stream, and which coins of those that follow no frame a reader wants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

Channel = Literal["frames", "marks", "clusters", "liquidations", "triggers", "alerts"]
Topic = Literal["clusters", "liquidations", "triggers", "alerts"]
"""Channels whose messages follow no frame and no sequence."""
CHANNELS: tuple[Channel, ...] = get_args(Channel)
TOPICS: tuple[Topic, ...] = get_args(Topic)

Coins = frozenset[str] | None
"""None: all coins."""


def joined_coins(parts: Iterable[Coins]) -> Coins:
    """All coins of all of them."""
    found: frozenset[str] = frozenset()
    for part in parts:
        if part is None:
            return None
        found |= part
    return found


class Topics:
    """What one reader wants to hear of."""

    def __init__(self) -> None:
        self._wanted: dict[Topic, Coins] = {}

    def add(self, topic: Topic, coins: Iterable[str] | None) -> None:
        """Want a topic of these coins too; None: of all."""
        before = self._wanted.get(topic, frozenset())
        self._wanted[topic] = None if coins is None or before is None else before.union(coins)

    def remove(self, topic: Topic, coins: Iterable[str] | None) -> None:
        """Want it no more of these coins; None: of none. A topic of all coins stays one of all."""
        before = self._wanted.get(topic, frozenset())
        if coins is None or before is None:
            left: Coins = None if coins is not None else frozenset()
        else:
            left = before.difference(coins)
        if left is None or left:
            self._wanted[topic] = left
        else:
            self._wanted.pop(topic, None)

    def wants(self, topic: Topic, coin: str | None) -> bool:
        """Whether a message is wanted; coin None: it is of no single one, and whoever wants the topic gets it."""
        if topic not in self._wanted:
            return False
        coins = self._wanted[topic]
        return coins is None or coin is None or coin in coins

    def of(self, topic: Topic) -> Coins:
        """Coins it is wanted of; None: all, empty: it is not wanted."""
        return self._wanted.get(topic, frozenset())

    @property
    def names(self) -> list[Topic]:
        """Those that are wanted."""
        return [topic for topic in TOPICS if topic in self._wanted]
