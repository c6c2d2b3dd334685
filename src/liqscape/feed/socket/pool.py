"""Subscriptions over as few connections as keep them small, within what the exchange allows one address."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from typing import Any

import aiohttp

from liqscape.errors import FeedError
from liqscape.feed.socket.connection import ConnectionFigures, Sink, SocketConnection
from liqscape.feed.socket.limits import MAX_CONNECTIONS_OF_FEEDS, SocketLimits, why_too_many
from liqscape.feed.socket.session import SessionTiming, SocketSession
from liqscape.wire.ws.subscription import Subscription, key_of

SUBSCRIPTIONS_A_CONNECTION = 100
"""What one lost connection may cost; all dexs of the exchange fit into the ten it allows."""


class SocketPool:
    """Everything wanted, kept subscribed by `run`. Its methods belong to the thread of the event loop.

    now_ns  clock of the records. clock: seconds that do not fall. chance: draws the waits between connections.
    first_number  of its connections, which records name: no two of a process have the same.
    """

    def __init__(
        self,
        url: str,
        subscriptions: Iterable[Subscription[Any]] = (),
        *,
        now_ns: Callable[[], int] = time.time_ns,
        clock: Callable[[], float] = time.monotonic,
        chance: random.Random | None = None,
        timing: SessionTiming | None = None,
        limits: SocketLimits | None = None,
        subscriptions_a_connection: int = SUBSCRIPTIONS_A_CONNECTION,
        max_connections: int = MAX_CONNECTIONS_OF_FEEDS,
        first_number: int = 1,
    ) -> None:
        self._url = url
        self._now_ns = now_ns
        self._clock = clock
        self._chance = chance or random.Random()
        self._timing = timing
        self._limits = limits or SocketLimits()
        self._most = subscriptions_a_connection
        self._max_connections, self._first_number = max_connections, first_number
        self._connections: list[SocketConnection] = []
        self._place: dict[str, SocketConnection] = {}
        self._wanted: dict[str, Subscription[Any]] = {}
        self._start: Callable[[SocketConnection], None] | None = None
        for subscription in subscriptions:
            self.subscribe(subscription)

    def subscribe(self, subscription: Subscription[Any]) -> None:
        """Want it from now on, running or not; nothing changes where it is wanted already.

        Raises FeedError naming the limit of the exchange it would break.
        """
        key = key_of(subscription)
        if key in self._place:
            return
        wanted = {**self._wanted, key: subscription}
        reason = why_too_many(list(wanted.values()))
        if reason is not None:
            raise FeedError(f"{self._url}: {reason}")
        self._wanted = wanted
        connection = self._emptiest()
        self._place[key] = connection
        connection.session.subscribe(subscription)

    def unsubscribe(self, subscription: Subscription[Any]) -> None:
        """Want it no longer."""
        key = key_of(subscription)
        connection = self._place.pop(key, None)
        if connection is not None:
            del self._wanted[key]
            connection.session.unsubscribe(subscription)

    def verify(self, subscription: Subscription[Any]) -> None:
        """Ask for it once more, whether it stands or not."""
        connection = self._place.get(key_of(subscription))
        if connection is not None:
            connection.session.asks.verify(subscription)

    def figures(self) -> tuple[ConnectionFigures, ...]:
        """By connection."""
        return tuple(each.figures() for each in self._connections)

    async def run(self, stop: asyncio.Event, sink: Sink) -> None:
        """Keep everything connected until `stop`; what `sink` raises ends it."""
        async with aiohttp.ClientSession() as client, asyncio.TaskGroup() as tasks:
            running: list[asyncio.Task[None]] = []

            def start(connection: SocketConnection) -> None:
                running.append(tasks.create_task(connection.run(client, sink)))

            for connection in self._connections:
                start(connection)
            self._start = start
            try:
                await stop.wait()
            finally:
                self._start = None
                for task in running:
                    task.cancel()

    def _emptiest(self) -> SocketConnection:
        """The connection with the fewest subscriptions, a new one where that has enough and one more may be made."""
        emptiest = min(self._connections, key=lambda each: each.session.asks.wanted_count, default=None)
        is_full = emptiest is None or emptiest.session.asks.wanted_count >= self._most
        if emptiest is not None and (not is_full or len(self._connections) >= self._max_connections):
            return emptiest
        session = SocketSession(self._first_number + len(self._connections), self._limits, self._chance, self._timing)
        connection = SocketConnection(self._url, session, self._limits, self._clock, self._now_ns)
        self._connections.append(connection)
        if self._start is not None:
            self._start(connection)
        return connection
