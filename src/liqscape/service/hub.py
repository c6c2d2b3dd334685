"""Push: each reader gets everything in its view with a sequence number, then what changed since its last message, and
a message where the map's standing changes between frames: none come while the feed is lost.

A message is built, encoded and compressed once per view however many readers have it. A reader that does not keep up
loses its queue and gets everything afresh instead: its memory here is bounded, and what it shows is never wrong, only
later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from liqscape.errors import LiqscapeError, NotFound
from liqscape.heatmap.moment import Moment
from liqscape.service.answers.status import StatusAnswer
from liqscape.service.executors import Executors, beside
from liqscape.service.standing import Standing
from liqscape.service.streaming.client import MAX_QUEUED, Client, Feed
from liqscape.service.streaming.feeds import ViewFeeds
from liqscape.service.streaming.figures import SentFigures
from liqscape.service.streaming.stream_view import StreamView
from liqscape.service.streaming.study_messages import study_messages
from liqscape.service.streaming.telling import Frames, HeldView, Payload, encode_as
from liqscape.service.view import MapView

if TYPE_CHECKING:
    from liqscape.service.studying.standing import StudyStanding

__all__ = ["FIRST_COIN", "MAX_CLIENTS", "MAX_QUEUED", "MAX_WAITING", "Client", "ErrorMessage", "Hub", "encode"]

log = logging.getLogger("liqscape.web")

MAX_WAITING = 4
"""Frames not yet turned into messages; beyond it the older are skipped."""
MAX_CLIENTS = 1_000
MAX_FAREWELL_S = 1.0
FIRST_COIN = "BTC"
MAX_OVERTAKEN = 3
"""Times that newer frames may overtake the first message of a reader before it is sent all the same."""


class StatusMessage(msgspec.Struct, frozen=True, tag="status", tag_field="type"):
    """Push message: the frame stands differently now; nothing in it has changed."""

    status: StatusAnswer


class ErrorMessage(msgspec.Struct, frozen=True, tag="error", tag_field="type"):
    """Push message: what the client sent was not understood; the stream goes on."""

    detail: str


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
        self._status: tuple[Standing | None, asyncio.Task[str]] | None = None
        self._stop_listening: list[Callable[[], None]] = []
        self._studied: StudyStanding | None = None
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

    def join(self, view: StreamView, *, wants_study: bool = False) -> Client:
        """A new client with a view of a coin that `find_coin` has found; wants_study: it hears of studied minutes."""
        client = self._feeds.join(view)
        client.wants_study = wants_study
        self._clients.add(client)
        self._is_empty.clear()
        self._note_readers()
        return client

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self._clients.discard(client)
        self._feeds.part(client)
        self._note_readers()
        if not self._clients:
            self._is_empty.set()

    def switch(self, client: Client, view: StreamView) -> None:
        """Change what a client looks at."""
        if client in self._clients:
            self._feeds.switch(client, view)
            self._note_readers()

    async def next_message(self, client: Client) -> Payload | None:
        """What to send to a client next; waits for it. None when the stream has ended."""
        while True:
            await client.wait()
            if client.is_closed:
                return None
            if client.wants_snapshot:
                return await self._begin(client)
            payload = client.take()
            if payload is not None:
                return payload
            if client.standing is not (standing := self._standing):
                client.standing = standing
                return await self._tell_status(standing)
            client.rest()

    async def run(self) -> None:
        """Build and hand out messages until cancelled; the work is done beside the event loop."""
        self._follow_study(asyncio.get_running_loop())
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

    def tell_study(self, standing: StudyStanding) -> None:
        """Tell what a studied minute brought to those who want to hear of it. On the loop."""
        before, self._studied = self._studied, standing
        wanting = [client for client in self._clients if client.wants_study]
        for coin in {client.coin for client in wanting}:
            for message in study_messages(coin, standing, before):
                text = encode(message)
                for client in wanting:
                    if client.coin == coin:
                        client.say(text)

    def _follow_study(self, loop: asyncio.AbstractEventLoop) -> None:
        state = self.view.studied.state
        if state is None:
            return
        self._studied = state.newest

        def hear(standing: StudyStanding) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody listens any more
                loop.call_soon_threadsafe(self.tell_study, standing)

        self._stop_listening.append(state.listen(hear))

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
                feed.tell(*result, now_s)

    def _follow(
        self, now: Moment, standing: Standing | None, due: list[tuple[Feed, HeldView, bool]]
    ) -> list[tuple[HeldView, Payload] | None]:
        frames = Frames(now.frame, now.sequence, self.view.status_of(now), standing, is_stored=now.is_stored)
        return [frames.follow(feed.view, reported, is_stored=is_stored) for feed, reported, is_stored in due]

    # The first message of a reader

    async def _begin(self, client: Client) -> Payload:
        overtaken = 0
        while True:
            feed, standing = client.feed, self._standing
            try:
                reported, payload = await self._whole(feed)
            except NotFound as error:
                if feed is not client.feed:
                    continue
                client.begin(-1, standing)
                return encode(ErrorMessage(str(error)))
            if feed is not client.feed:
                continue
            if feed.reported is reported or self.view.live is None:
                client.begin(reported.sequence, reported.standing)
                return payload
            overtaken += 1
            if overtaken == MAX_OVERTAKEN:
                return payload  # whole, but nothing follows it: the next message begins anew

    async def _whole(self, feed: Feed) -> tuple[HeldView, Payload]:
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

    async def _make_whole(self, feed: Feed) -> tuple[HeldView, Payload]:
        reported, standing = feed.reported, self._standing
        made = await beside(self._questions, self._encode_whole, feed.view, reported, standing)
        self.message_count += 1
        if reported is None and feed.reported is None and self.view.live is not None:
            feed.reported, feed.reported_at = made[0], asyncio.get_running_loop().time()
            self._frames.put_nowait(None)  # a frame may have come meanwhile
        return made

    def _encode_whole(
        self, view: StreamView, reported: HeldView | None, standing: Standing | None
    ) -> tuple[HeldView, Payload]:
        if reported is None:
            frame, sequence, status = self.view.newest(view.coin)
            frames = Frames(frame, sequence, status, standing)
            row = frames.row_of(view)
            assert row is not None  # or NotFound
            reported = frames.begin(view, row)
        return reported, encode_as(reported.whole(), view.encoding)

    async def _tell_status(self, standing: Standing | None) -> str:
        """The status since the standing changed, made once for all readers."""
        if self._status is None or self._status[0] is not standing:
            self._status = standing, asyncio.create_task(self._make_status())
        return await asyncio.shield(self._status[1])

    async def _make_status(self) -> str:
        try:
            return await beside(self._questions, lambda: encode(StatusMessage(self.view.status())))
        except LiqscapeError as error:
            self._status = None
            return encode(ErrorMessage(str(error)))


def encode(message: msgspec.Struct) -> str:
    """Encode a message as text."""
    return msgspec.json.encode(message).decode()


def _seen(task: asyncio.Task[Any]) -> None:
    """A failure that its last reader did not wait for is nobody's any more."""
    if not task.cancelled():
        task.exception()
