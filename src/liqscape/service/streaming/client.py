"""One reader's place in the stream, and the readers of one view together. Used by the event loop only."""

from __future__ import annotations

import asyncio
from collections import deque

from liqscape.service.standing import Standing
from liqscape.service.streaming.stream_view import StreamView
from liqscape.service.streaming.telling import HeldView, Payload

MAX_QUEUED = 16
"""48 seconds of frames at one every 3 s; a browser that far behind is better off with a snapshot."""


class Feed:
    """The readers of one view and what they got last.

    told        None: nothing that changes could follow.
    whole       the message that tells everything of `told`, for whoever comes; made once.
    reported_at     when, seconds of the loop's clock.
    is_stored   a frame was stored that is not told yet.
    """

    def __init__(self, view: StreamView) -> None:
        self.view = view
        self.clients: set[Client] = set()
        self.reported: HeldView | None = None
        self.whole: asyncio.Task[tuple[HeldView, Payload]] | None = None
        self.reported_at = 0.0
        self.is_stored = False

    @property
    def may_at(self) -> float:
        """Earliest time at which the next message may be sent."""
        return self.reported_at + self.view.every_ms / 1e3

    def forget(self) -> None:
        """Make every reader start again with a snapshot."""
        self.reported = self.whole = None
        for client in self.clients:
            client.ask_snapshot()

    def begin_again(self) -> None:
        """Send everything anew to readers who were told that the coin is not listed: it is again."""
        for client in self.clients:
            if not client.wants_snapshot:
                client.ask_snapshot()

    def tell(self, reported: HeldView, payload: Payload, now_s: float) -> None:
        """Send the changes that lead to `reported` to every reader that holds what they begin from."""
        before, self.reported, self.whole = self.reported, reported, None
        self.reported_at, self.is_stored = now_s, False
        for client in tuple(self.clients):
            client.offer(None if before is None else before.sequence, reported.sequence, payload, reported.standing)


class Client:
    """One reader's place in the stream."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.wants_study = False
        """Whether it hears of births and ends of clusters, of sweeps and cascades."""
        self.is_closed = False
        self.wants_snapshot = True
        self.sequence = -1
        self.standing: Standing | None = None
        """The one it was told of last, or a newer one."""
        self._queue: deque[tuple[Payload, Standing | None]] = deque()
        self._ready = asyncio.Event()
        self._ready.set()

    @property
    def coin(self) -> str:
        """The coin it watches."""
        return self.feed.view.coin

    def offer(self, since: int | None, sequence: int, payload: Payload, standing: Standing | None = None) -> None:
        """Queue changes since a message; falls back to a snapshot where the client is behind or missed that one.

        standing  when the message was begun: what it tells is that or newer.
        """
        if self.wants_snapshot or sequence <= self.sequence:
            return
        if since != self.sequence or len(self._queue) >= MAX_QUEUED:
            self.ask_snapshot()
            return
        self.sequence = sequence
        self._push(payload, standing)

    def ask_snapshot(self) -> None:
        """Drop what is queued; the next thing this client gets is a snapshot."""
        self._queue.clear()
        self.wants_snapshot = True
        self._ready.set()

    def say(self, text: str) -> None:
        """Queue a message that belongs to no frame."""
        if len(self._queue) < MAX_QUEUED:
            self._push(text, None)

    def close(self) -> None:
        """End the stream of this client."""
        self.is_closed = True
        self._ready.set()

    async def wait(self) -> None:
        """Until there is something to send."""
        await self._ready.wait()

    def take(self) -> Payload | None:
        """Next queued message, None where there is none."""
        if not self._queue:
            return None
        payload, standing = self._queue.popleft()
        self.standing = standing or self.standing
        return payload

    def begin(self, sequence: int, standing: Standing | None = None) -> None:
        """Note that a snapshot of this sequence is being sent: changes follow from there."""
        self.sequence = sequence
        self.standing = standing
        self.wants_snapshot = False

    def rest(self) -> None:
        """Note that nothing is left to send."""
        if not self.is_closed:
            self._ready.clear()

    def wake(self) -> None:
        """Note that there may be something to send."""
        self._ready.set()

    def _push(self, payload: Payload, standing: Standing | None) -> None:
        self._queue.append((payload, standing))
        self._ready.set()
