"""Push: each reader gets everything in its views with a sequence number, then what changed since its last message, and
a message where the map's standing changes between frames: none come while the feed is lost.

A message is built, encoded and compressed once per view however many readers have it. A reader that does not keep up
loses its queue and gets everything afresh instead: its memory here is bounded, and what it shows is never wrong, only
later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any

import msgspec

from liqscape.errors import KernelsMissing, LiqscapeError, NotFound, QuestionError
from liqscape.heatmap.moment import Moment
from liqscape.service.executors import Executors, beside
from liqscape.service.standing import Standing
from liqscape.service.streaming.channels import Topic
from liqscape.service.streaming.client import MAX_QUEUED, Client, Feed, StreamPlace, WriteFrame
from liqscape.service.streaming.feeds import ViewFeeds
from liqscape.service.streaming.figures import SentFigures
from liqscape.service.streaming.looks import Look
from liqscape.service.streaming.packet import Packet, Payload
from liqscape.service.streaming.plain_messages import ErrorMessage, MissedMessage, StatusMessage, encode, packet_of
from liqscape.service.streaming.stream_view import StreamView
from liqscape.service.streaming.telling import Frames, HeldView, encode_as
from liqscape.service.streaming.topic_news import TopicNews, with_breaks
from liqscape.service.view import MapView

__all__ = ["FIRST_COIN", "MAX_CLIENTS", "MAX_QUEUED", "MAX_WAITING", "Client", "ErrorMessage", "Hub", "encode"]

log = logging.getLogger("liqscape.web")

MAX_WAITING = 4
"""Frames not yet turned into messages; beyond it the older are skipped."""
MAX_CLIENTS = 1_000
MAX_PLACES = 20
"""Views of one connection."""
MAX_VIEWS = 2_000
"""Different views looked at: each costs a message a frame. One for every client, and as many again."""
MAX_FAREWELL_S = 1.0
FIRST_COIN = "BTC"
MAX_OVERTAKEN = 3
"""Times that newer frames may overtake the first message of a reader before it is sent all the same."""


class Hub:
    """Turns new frames into messages and hands them to clients; `on_delivered` hears of each frame after that."""

    def __init__(
        self,
        view: MapView,
        on_delivered: Callable[[Moment], None] | None = None,
        executors: Executors | None = None,
    ) -> None:
        self.view = view
        self.message_count = 0
        """Messages about frames encoded so far."""
        self.figures = SentFigures()
        self._market = None if executors is None else executors.market
        self._questions = None if executors is None else executors.questions
        self._on_delivered = on_delivered
        self._feeds = ViewFeeds()
        self._clients: set[Client] = set()
        self._is_empty = asyncio.Event()
        self._is_empty.set()
        self._frames: asyncio.Queue[Moment | None] = asyncio.Queue()
        """New frames; None: look again who is behind."""
        self._newest: Moment | None = None if view.live is None else view.live.now
        self._status: tuple[Standing | None, asyncio.Task[Packet]] | None = None
        self._stop_listening: list[Callable[[], None]] = []
        self.topics = TopicNews(self._clients, self._questions)
        if view.live is not None:
            self._stop_listening = [
                view.live.listen(self._frames.put_nowait),
                view.live.listen_to_standing(self._wake),
            ]

    @property
    def client_count(self) -> int:
        """Streams open now."""
        return len(self._clients)

    async def find_coin(self, coin: str | None) -> str:
        """The coin itself, or BTC or the largest coin without one. Raises NotFound where it is unknown."""
        return await beside(self._questions, self.choose_coin, coin)

    def choose_coin(self, coin: str | None) -> str:
        """The same in this thread."""
        if coin is None:
            coins = [row.coin for row in self.view.coins().coins]
            coin = FIRST_COIN if FIRST_COIN in coins or not coins else coins[0]
        self.view.check_coin(coin)
        return coin

    @property
    def questions(self) -> Executor | None:
        """Where cheap questions are answered."""
        return self._questions

    def check_coins(self, coins: Iterable[str]) -> None:
        """Raises NotFound, with the nearest name, for a coin that is not in the map. In any thread."""
        for coin in coins:
            self.view.check_coin(coin)

    def join(
        self,
        view: Look | None = None,
        *,
        wants_study: bool = False,
        write: WriteFrame | None = None,
    ) -> Client:
        """A new client, with a view of a coin that `find_coin` has found.

        wants_study  it hears of studied minutes of the coins it looks at.
        write        sends a whole frame of the WebSocket to it at once, where it can.
        """
        client = Client(self.figures, write)
        client.wants_study = wants_study
        self._clients.add(client)
        self._is_empty.clear()
        if view is not None:
            client.places[view.key] = self._feeds.join(client, view)
        self._note_readers()
        return client

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self._clients.discard(client)
        self.look_away(client, list(client.places))
        if not self._clients:
            self._is_empty.set()

    def switch(self, client: Client, view: StreamView) -> None:
        """Change what a client looks at: the frames of this view, and of no other coin."""
        if client not in self._clients:
            return
        others = [key for key, place in client.places.items() if _is_of_coin(place)]
        if not others:
            self.look(client, view)
            return
        self.look_away(client, others[1:])
        place = client.places.pop(others[0])
        client.places[view.key] = place
        self._feeds.switch(place, view)
        self._note_readers()

    def check_room(self, client: Client, views: Sequence[Look]) -> None:
        """Raises QuestionError where a client may not look at these too."""
        if len(client.places.keys() | {view.key for view in views}) > MAX_PLACES:
            raise QuestionError(f"a connection looks at {MAX_PLACES} coins at most; unsubscribe one, or open another")
        new = sum(view not in self._feeds for view in views)
        if new and len(self._feeds) + new > MAX_VIEWS:
            raise QuestionError(f"{MAX_VIEWS} different views are looked at already; ask for one that others have")

    def look(self, client: Client, view: Look) -> None:
        """Let a client look at something too, instead of what it saw of that coin. Raises QuestionError for bounds."""
        if client not in self._clients:
            return
        self.check_room(client, [view])
        place = client.places.get(view.key)
        if place is None:
            client.places[view.key] = self._feeds.join(client, view)
            client.wake()
        elif place.feed is None or place.feed.view != view:
            self._feeds.switch(place, view)
        self._note_readers()

    def look_away(self, client: Client, keys: Iterable[str]) -> None:
        """Let a client look at these no more."""
        for key in keys:
            place = client.places.pop(key, None)
            if place is not None:
                self._feeds.part(place)
        self._note_readers()

    async def next_message(self, client: Client) -> Payload | None:
        """What to send to a client next; waits for it. None when the stream has ended."""
        while True:
            await client.wait()
            if client.is_closed:
                return None
            packet = await self._next_packet(client)
            if packet is not None:
                return packet.payload

    async def _next_packet(self, client: Client) -> Packet | None:
        if (packet := client.take_said()) is not None:
            return packet
        if client.missed:
            missed, client.missed = client.missed, 0
            return packet_of(MissedMessage(missed))
        place = client.next_place()
        if place is not None:
            return await self._begin(place) if place.wants_snapshot else place.take()
        if client.standing is not (standing := self._standing):
            client.standing = standing
            return await self._tell_status(standing)
        client.rest()
        return None

    async def run(self) -> None:
        """Build and hand out messages until cancelled; the work is done beside the event loop."""
        state = self.view.studied.state
        if state is not None:
            self._stop_listening.append(self.topics.follow_study(state))
        telling = asyncio.create_task(self.topics.run())
        try:
            await self._follow_frames()
        finally:
            telling.cancel()

    async def _follow_frames(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._feeds.due_in(self._newest, asyncio.get_running_loop().time())):
                    now = await self._frames.get()
            except TimeoutError:
                now = None
            while self._frames.qsize() > MAX_WAITING:
                self._feeds.note(now)
                now = self._frames.get_nowait()
            if now is None:
                await self._deliver_due()
                continue
            await self.deliver(now)
            if self._on_delivered is not None:
                self._on_delivered(now)
            self.topics.look_for_liquidations(now.frame)
            self.topics.look_for_triggers(now.frame)

    async def deliver(self, now: Moment) -> None:
        """Hand one frame to every client that may have one again."""
        is_first, self._newest = self._newest is None, now
        self._feeds.note(now)
        self._feeds.see(now, is_first=is_first)
        await self._deliver_due()

    def close(self) -> None:
        """End every stream."""
        for stop_listening in self._stop_listening:
            stop_listening()
        self._stop_listening = []
        for client in self._clients:
            client.close()

    def tell_soon(self, topic: Topic, message: msgspec.Struct, coin: str | None = None) -> None:
        """Send a message that follows no frame to everybody who wants the topic of that coin.

        From any thread; nothing before the hub runs and after it has ended.
        coin  None: it is of no single coin.
        """
        self.topics.tell_soon(topic, message, coin)

    def look_for_liquidations(self) -> None:
        """Look now, so that what is stored from now on is told."""
        if self._newest is not None:
            self.topics.look_for_liquidations(self._newest.frame)

    def look_for_triggers(self, coins: Iterable[str] | None) -> None:
        """Tell whoever wants to hear of these coins, None: all, what is known of their trigger orders now."""
        self.topics.say_triggers_again(coins)
        if self._newest is not None:
            self.topics.look_for_triggers(self._newest.frame)

    async def shut_down(self) -> None:
        """End every stream and wait until the clients have got the last message, for MAX_FAREWELL_S at most."""
        self.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(MAX_FAREWELL_S):
                await self._is_empty.wait()

    def _note_readers(self) -> None:
        self.figures.clients, self.figures.views = len(self._clients), len(self._feeds)

    @property
    def _standing(self) -> Standing | None:
        return None if self.view.live is None else self.view.live.standing

    def _wake(self) -> None:
        for client in self._clients:
            client.wake()

    async def _deliver_due(self) -> None:
        newest, standing = self._newest, self._standing
        now_s = asyncio.get_running_loop().time()
        due = self._feeds.due(newest, now_s)
        if newest is None or not due:
            return
        try:
            results = await beside(self._market, self._follow, newest, standing, due)
        except Exception as error:
            if not isinstance(error, (LiqscapeError, OSError)):
                log.exception(
                    "frame %d could not be told", newest.sequence
                )  # a bug; it must not end all streams unheard
            for feed, _, _ in due:
                feed.forget()  # who begins anew hears what is wrong where it still is; the frames after this one go on
            return
        for (feed, reported, _), result in zip(due, results, strict=True):
            if feed.reported is not reported:
                continue
            if result is None:
                feed.forget()
            else:
                self.message_count += 1
                await self._hand_out(feed, *result, now_s)

    async def _hand_out(self, feed: Feed, held: HeldView, packet: Packet, now_s: float) -> None:
        """Send the changes that lead to what is held now to every reader that holds what they begin from."""
        since = feed.go_on(held, now_s)
        async for place in with_breaks(tuple(feed.places)):
            if place.feed is feed:
                place.offer(since, held.sequence, packet, held.standing)

    def _follow(
        self, now: Moment, standing: Standing | None, due: list[tuple[Feed, HeldView, bool]]
    ) -> list[tuple[HeldView, Packet] | None]:
        frames = Frames(now.frame, now.sequence, self.view.status_of(now), standing, is_stored=now.is_stored)
        frames.prepare(feed.view for feed, _, _ in due)
        return [frames.follow(feed.view, reported, is_stored=is_stored) for feed, reported, is_stored in due]

    # The first message of a reader

    async def _begin(self, place: StreamPlace) -> Packet | None:
        """Everything in view of a place; None where it looks away meanwhile."""
        overtaken = 0
        while (feed := place.feed) is not None:
            standing = self._standing
            try:
                reported, packet = await self._whole(feed)
            except (NotFound, KernelsMissing) as error:
                if feed is not place.feed:
                    continue
                place.begin(-1, standing)
                return packet_of(ErrorMessage(str(error)))
            if feed is not place.feed:
                continue
            if feed.reported is reported or self.view.live is None:
                place.begin(reported.sequence, reported.standing)
                return packet
            overtaken += 1
            if overtaken == MAX_OVERTAKEN:
                return packet  # whole, but nothing follows it: the next message begins anew
        return None

    async def _whole(self, feed: Feed) -> tuple[HeldView, Packet]:
        """Everything in view, made once for all who begin there now."""
        if feed.whole is None:
            feed.whole = asyncio.create_task(self._make_whole(feed))
            feed.whole.add_done_callback(_seen)
        task = feed.whole
        try:
            return await asyncio.shield(task)
        finally:
            # A failure is no answer for the next; a map that follows nothing does not hear of newer frames.
            is_kept = task.done() and not task.cancelled() and task.exception() is None and self.view.live is not None
            if feed.whole is task and task.done() and not is_kept:
                feed.whole = None

    async def _make_whole(self, feed: Feed) -> tuple[HeldView, Packet]:
        reported, standing = feed.reported, self._standing
        made = await beside(self._questions, self._encode_whole, feed.view, reported, standing)
        self.message_count += 1
        if reported is None and feed.reported is None and self.view.live is not None:
            feed.reported, feed.reported_at = made[0], asyncio.get_running_loop().time()
            self._frames.put_nowait(None)  # a frame may have come meanwhile
        return made

    def _encode_whole(
        self, view: Look, reported: HeldView | None, standing: Standing | None
    ) -> tuple[HeldView, Packet]:
        if reported is None:
            frame, sequence, status = self.view.newest(view.coin)
            reported = Frames(frame, sequence, status, standing).begin(view)
            assert reported is not None  # or NotFound
        return reported, encode_as(reported.whole(), view.encoding)

    async def _tell_status(self, standing: Standing | None) -> Packet:
        """The status since the standing changed, made once for all readers."""
        if self._status is None or self._status[0] is not standing:
            self._status = standing, asyncio.create_task(self._make_status())
        return await asyncio.shield(self._status[1])

    async def _make_status(self) -> Packet:
        try:
            return await beside(self._questions, lambda: packet_of(StatusMessage(self.view.status())))
        except LiqscapeError as error:
            self._status = None
            return packet_of(ErrorMessage(str(error)))


def _is_of_coin(place: StreamPlace) -> bool:
    return place.feed is not None and place.feed.view.coin is not None


def _seen(task: asyncio.Task[Any]) -> None:
    """A failure that its last reader did not wait for is nobody's any more."""
    if not task.cancelled():
        task.exception()
