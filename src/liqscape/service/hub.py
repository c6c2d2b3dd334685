"""Push: each client gets a snapshot with its sequence number, then one message a frame, changes only, and one where the
map's standing changes between frames: none come while the feed is lost.

A message is built once per coin however many clients watch it. A client that does not keep up loses its queue
and gets a fresh snapshot instead: its memory here is bounded, and what it shows is never wrong, only later.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import msgspec

from liqscape.errors import LiqscapeError, NotFound
from liqscape.service.answers.changes import FrameMessage, frame_changes
from liqscape.service.answers.frame import FrameAnswer
from liqscape.service.answers.status import StatusAnswer
from liqscape.service.executors import Executors, beside
from liqscape.service.live import Now
from liqscape.service.standing import Standing
from liqscape.service.view import MapView

log = logging.getLogger("liqscape.web")

MOST_QUEUED = 16
"""48 seconds of frames at one every 3 s; a browser that far behind is better off with a snapshot."""
MOST_WAITING = 4
"""Frames not yet turned into messages; beyond it the older are skipped and clients get snapshots."""
MOST_CLIENTS = 1_000
LONGEST_FAREWELL_S = 1.0
FIRST_COIN = "BTC"


class SnapshotMessage(msgspec.Struct, frozen=True, tag="snapshot", tag_field="type"):
    """Push message: everything of one coin, from which changes start."""

    sequence: int
    status: StatusAnswer
    frame: FrameAnswer


class StatusMessage(msgspec.Struct, frozen=True, tag="status", tag_field="type"):
    """Push message: the frame stands differently now; nothing in it has changed."""

    status: StatusAnswer


class ErrorMessage(msgspec.Struct, frozen=True, tag="error", tag_field="type"):
    """Push message: what the client sent was not understood; the stream goes on."""

    detail: str


class Client:
    """One reader's place in the stream. Used by the event loop only."""

    def __init__(self, coin: str) -> None:
        self.coin = coin
        self.is_closed = False
        self.wants_snapshot = True
        self.sequence = -1
        self.standing: Standing | None = None
        """The one it was told of last, or a newer one."""
        self._queue: deque[tuple[str, Standing | None]] = deque()
        self._ready = asyncio.Event()
        self._ready.set()

    def offer(self, sequence: int, text: str, standing: Standing | None = None) -> None:
        """Queue the message of a frame; falls back to a snapshot where the client is behind or missed one.

        standing  when the message was begun: what it tells is that or newer.
        """
        if self.wants_snapshot or sequence <= self.sequence:
            return
        if sequence != self.sequence + 1 or len(self._queue) >= MOST_QUEUED:
            self.ask_snapshot()
            return
        self.sequence = sequence
        self._push(text, standing)

    def ask_snapshot(self) -> None:
        """Drop what is queued; the next thing this client gets is a snapshot."""
        self._queue.clear()
        self.wants_snapshot = True
        self._ready.set()

    def say(self, text: str) -> None:
        """Queue a message that belongs to no frame."""
        if len(self._queue) < MOST_QUEUED:
            self._push(text, None)

    def close(self) -> None:
        """End the stream of this client."""
        self.is_closed = True
        self._ready.set()

    async def wait(self) -> None:
        """Until there is something to send."""
        await self._ready.wait()

    def take(self) -> str | None:
        """Next queued message, None where there is none."""
        if not self._queue:
            return None
        text, standing = self._queue.popleft()
        self.standing = standing or self.standing
        return text

    def begin(self, sequence: int, standing: Standing | None = None) -> None:
        """A snapshot of this sequence is on its way: changes follow from there."""
        self.sequence = sequence
        self.standing = standing
        self.wants_snapshot = False

    def rest(self) -> None:
        """Nothing is left to send."""
        if not self.is_closed:
            self._ready.clear()

    def wake(self) -> None:
        """There may be something to send."""
        self._ready.set()

    def _push(self, text: str, standing: Standing | None) -> None:
        self._queue.append((text, standing))
        self._ready.set()


class Hub:
    """Turns new frames into messages and hands them to clients; `on_delivered` hears of each frame after that."""

    def __init__(
        self,
        view: MapView,
        on_delivered: Callable[[Now], None] | None = None,
        executors: Executors | None = None,
    ) -> None:
        self.view = view
        self._market = None if executors is None else executors.market
        self._questions = None if executors is None else executors.questions
        self._on_delivered = on_delivered
        self._clients: set[Client] = set()
        self._is_empty = asyncio.Event()
        self._is_empty.set()
        self._frames: asyncio.Queue[Now] = asyncio.Queue()
        self._before: Now | None = None if view.live is None else view.live.now
        self._stop_listening: list[Callable[[], None]] = []
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

    def join(self, coin: str) -> Client:
        """A new client that watches a coin."""
        client = Client(coin)
        self._clients.add(client)
        self._is_empty.clear()
        return client

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self._clients.discard(client)
        if not self._clients:
            self._is_empty.set()

    def switch(self, client: Client, coin: str) -> None:
        """Let a client watch another coin, one that `find_coin` has found."""
        client.coin = coin
        client.ask_snapshot()

    async def next_message(self, client: Client) -> str | None:
        """What to send to a client next; waits for it. None when the stream has ended."""
        while True:
            await client.wait()
            if client.is_closed:
                return None
            if client.wants_snapshot:
                return await self._snapshot(client)
            text = client.take()
            if text is not None:
                return text
            if client.standing is not (standing := self._standing):
                client.standing = standing
                return await self._status()
            client.rest()

    async def run(self) -> None:
        """Build and hand out messages until cancelled; the work is done beside the event loop."""
        while True:
            now = await self._frames.get()
            while self._frames.qsize() > MOST_WAITING:
                now = self._frames.get_nowait()
            await self.deliver(now)
            if self._on_delivered is not None:
                self._on_delivered(now)

    async def deliver(self, now: Now) -> None:
        """Hand one frame to every client."""
        before, self._before = self._before, now
        coins = {client.coin for client in self._clients}
        if before is None or not coins:
            for client in self._clients:
                client.ask_snapshot()
            return
        standing = self._standing
        try:
            texts = await beside(self._market, self._messages, before, now, coins)
        except Exception as error:
            if not isinstance(error, (LiqscapeError, OSError)):
                log.exception("frame %d could not be told", now.sequence)  # a bug; it must not end all streams unheard
            for client in self._clients:
                client.ask_snapshot()  # says what is wrong where it still is; the frames after this one go on
            return
        for client in tuple(self._clients):
            text = texts.get(client.coin)
            if text is not None:
                client.offer(now.sequence, text, standing)

    def close(self) -> None:
        """Tell every stream to end."""
        for stop_listening in self._stop_listening:
            stop_listening()
        self._stop_listening = []
        for client in self._clients:
            client.close()

    async def shut_down(self) -> None:
        """End every stream and wait until the clients have been told, for LONGEST_FAREWELL_S at most."""
        self.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_FAREWELL_S):
                await self._is_empty.wait()

    @property
    def _standing(self) -> Standing | None:
        return None if self.view.live is None else self.view.live.standing

    def _wake(self) -> None:
        for client in self._clients:
            client.wake()

    async def _status(self) -> str:
        try:
            return await beside(self._questions, lambda: encode(StatusMessage(self.view.status())))
        except LiqscapeError as error:
            return encode(ErrorMessage(str(error)))

    async def _snapshot(self, client: Client) -> str:
        while True:
            coin, standing = client.coin, self._standing
            try:
                sequence, text = await beside(self._questions, self._snapshot_of, coin)
            except NotFound as error:
                if coin != client.coin:
                    continue
                client.begin(-1, standing)
                return encode(ErrorMessage(str(error)))
            if coin == client.coin:
                break
        client.begin(sequence, standing)
        return text

    def _snapshot_of(self, coin: str) -> tuple[int, str]:
        status, frame = self.view.snapshot(coin)
        return frame.sequence, encode(SnapshotMessage(frame.sequence, status, frame))

    def _messages(self, before: Now, now: Now, coins: set[str]) -> dict[str, str]:
        """One message a coin; a change of markets has none, so that clients ask for a snapshot."""
        markets = now.frame.snapshot.markets
        status = self.view.status_of(now)
        texts = {}
        for coin in coins:
            row = markets.find(coin)
            if row is None or before.frame.snapshot.markets.find(coin) != row:
                continue
            changes = frame_changes(before.frame, now.frame, row)
            texts[coin] = encode(FrameMessage(now.sequence, now.is_stored, status, changes))
        return texts


def encode(message: msgspec.Struct) -> str:
    """A message as text."""
    return msgspec.json.encode(message).decode()
