"""Messages of the stream that follow no frame, to those who want them: studied minutes, liquidations, alerts.

They are encoded once, handed out beside the frames with breaks for the event loop, and follow no sequence: a reader
that falls behind hears how many it missed, and the API says how things stand.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Set
from concurrent.futures import Executor
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

import msgspec

from liqscape.errors import LiqscapeError
from liqscape.heatmap.frame import MarketFrame
from liqscape.service.answers.parts import provenance_answer
from liqscape.service.executors import beside
from liqscape.service.streaming.channels import Coins, Topic, joined_coins
from liqscape.service.streaming.client import Client
from liqscape.service.streaming.liquidation_news import LiquidationNews, liquidation_messages
from liqscape.service.streaming.plain_messages import packet_of
from liqscape.service.streaming.study_messages import study_messages
from liqscape.service.streaming.trigger_news import TriggerWatch

if TYPE_CHECKING:
    from liqscape.service.studying.standing import StudyStanding, StudyState

log = logging.getLogger("liqscape.web")

MAX_UNREPORTED = 4_096
"""Messages not yet handed out; newer ones are dropped beyond it."""
AT_ONCE = 64
"""Readers that are written to before the event loop serves others."""

T = TypeVar("T")


class TopicNews:
    """Of one hub; `tell_soon` may be called from any thread, the rest on the loop.

    clients  of the hub, as they are now.
    """

    def __init__(self, clients: Set[Client], executor: Executor | None) -> None:
        self._clients = clients
        self._executor = executor
        self._unreported: asyncio.Queue[tuple[Topic, str | None, msgspec.Struct]] = asyncio.Queue(MAX_UNREPORTED)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._studied: StudyStanding | None = None
        self.has_study = False
        """Whether minutes are studied here while it runs."""
        self.has_alerts = False
        """Whether rules are watched here."""
        self._liquidations: LiquidationNews | None = None
        self._triggers: TriggerWatch | None = None
        self._new_of_triggers: Coins = frozenset()
        """Coins whose trigger orders somebody follows since the last look."""
        self._looking: dict[Topic, asyncio.Task[None]] = {}
        """What is looked for beside the loop, the last of each."""

    async def run(self) -> None:
        """Hand out what is told, until cancelled."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                topic, coin, message = await self._unreported.get()
                readers = [client for client in self._clients if wants(client, topic, coin)]
                if readers:
                    packet = packet_of(message)
                    async for client in with_breaks(readers):
                        client.say(packet)
        finally:
            for looking in self._looking.values():
                looking.cancel()

    def tell(self, topic: Topic, message: msgspec.Struct, coin: str | None = None) -> None:
        """Send a message to everybody who wants the topic of that coin; None: it is of no single one."""
        with suppress(asyncio.QueueFull):
            self._unreported.put_nowait((topic, coin, message))

    def tell_soon(self, topic: Topic, message: msgspec.Struct, coin: str | None = None) -> None:
        """The same from any thread; nothing before the hub runs and after it has ended."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: nobody listens any more
                self._loop.call_soon_threadsafe(self.tell, topic, message, coin)

    # Studied minutes

    def follow_study(self, state: StudyState) -> Callable[[], None]:
        """Tell of each minute that is studied from now on; the function returned stops it."""
        loop = asyncio.get_running_loop()
        self._studied = state.newest
        self.has_study = True

        def hear(standing: StudyStanding) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody listens any more
                loop.call_soon_threadsafe(self.tell_study, standing)

        return state.listen(hear)

    def tell_study(self, standing: StudyStanding) -> None:
        """Tell what a studied minute brought to those who want to hear of it."""
        before, self._studied = self._studied, standing
        for coin in standing.coins.keys() | standing.news.keys():
            if any(wants(client, "clusters", coin) for client in self._clients):
                for message in study_messages(coin, standing, before):
                    self.tell("clusters", message, coin)

    # Liquidations

    def follow_liquidations(self, news: LiquidationNews) -> None:
        """Tell of liquidations that are stored in a folder, with each frame, while somebody wants to hear of them."""
        self._liquidations = news

    @property
    def has_liquidations(self) -> bool:
        """Whether it is known where liquidations are stored."""
        return self._liquidations is not None

    def look_for_liquidations(self, frame: MarketFrame) -> None:
        """Look beside the loop for what was stored since; nothing where a look is under way or nobody wants it."""
        news = self._liquidations
        if news is None or self._is_looking("liquidations"):
            return
        if any(wants(client, "liquidations", None) for client in self._clients):
            self._looking["liquidations"] = asyncio.create_task(self._tell_liquidations(news, frame))

    async def _tell_liquidations(self, news: LiquidationNews, frame: MarketFrame) -> None:
        try:
            found = await beside(self._executor, news.look)
        except (LiqscapeError, OSError) as error:
            log.warning("liquidations for the stream: %s", error)
            return
        for message in liquidation_messages(found, provenance_answer(frame.provenance), frame.time_ms):
            self.tell("liquidations", message, message.coin)

    # Trigger orders

    def follow_triggers(self, news: TriggerWatch) -> None:
        """Tell of known stops and take-profits, with frames, while somebody wants to hear of them."""
        self._triggers = news

    @property
    def has_triggers(self) -> bool:
        """Whether frames are looked at for trigger orders."""
        return self._triggers is not None

    def say_triggers_again(self, coins: Iterable[str] | None) -> None:
        """Somebody new follows these coins, None: all; the next look tells of them whatever was told before."""
        self._new_of_triggers = joined_coins([self._new_of_triggers, None if coins is None else frozenset(coins)])

    def look_for_triggers(self, frame: MarketFrame) -> None:
        """Look beside the loop at what is known of them; nothing where a look is under way or nobody wants it."""
        news, new = self._triggers, self._new_of_triggers
        if news is None or self._is_looking("triggers") or not (new != frozenset() or news.is_due(frame.time_ms)):
            return
        self._new_of_triggers = frozenset()
        wanted = joined_coins(client.topics.of("triggers") for client in self._clients)
        if wanted != frozenset():
            self._looking["triggers"] = asyncio.create_task(self._tell_triggers(news, wanted, new))

    async def _tell_triggers(self, news: TriggerWatch, coins: Coins, new: Coins) -> None:
        try:
            found = await beside(self._executor, news.look, coins, new)
        except (LiqscapeError, OSError) as error:
            log.warning("trigger orders for the stream: %s", error)
            return
        for message in found:
            self.tell("triggers", message, message.coin)

    def _is_looking(self, topic: Topic) -> bool:
        looking = self._looking.get(topic)
        return looking is not None and not looking.done()


def wants(client: Client, topic: Topic, coin: str | None) -> bool:
    """Whether a client hears of a topic of a coin."""
    if client.topics.wants(topic, coin):
        return True
    return topic == "clusters" and client.wants_study and client.looks_at(coin)


async def with_breaks(readers: Iterable[T]) -> AsyncIterator[T]:
    """The same one by one; the event loop serves others now and then."""
    for number, each in enumerate(readers, 1):
        yield each
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)
