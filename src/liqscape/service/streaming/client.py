"""One reader's connection and its places in the stream, and the places of one view together. For the event loop only.

A place that does not keep up loses its queue and gets everything afresh; what belongs to no frame is dropped beyond a
bound, and the reader is told how much was. So a reader holds a bounded number of messages, all shared with others.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from liqscape.service.standing import Standing
from liqscape.service.streaming.channels import Topics
from liqscape.service.streaming.figures import SentFigures
from liqscape.service.streaming.looks import Look
from liqscape.service.streaming.packet import Packet
from liqscape.service.streaming.stream_view import key_of_frames
from liqscape.service.streaming.telling import HeldView

MAX_QUEUED = 16
"""Of a place: 48 seconds of frames at one every 3 s; a browser that far behind is better off with a snapshot."""
MAX_SAID = 256
"""Messages that belong to no frame: a studied minute of fifty coins in a bad hour."""

WriteFrame = Callable[[bytes], bool]
"""Writes a whole WebSocket frame at once; False where the connection cannot take it now."""


class Feed:
    """The places of one view and what they got last.

    reported     None: nothing that changes could follow.
    whole        the message that tells everything of `reported`, for whoever comes; made once.
    reported_at  when, seconds of the loop's clock.
    is_stored    a frame was stored that is not told yet.
    """

    def __init__(self, view: Look) -> None:
        self.view = view
        self.places: set[StreamPlace] = set()
        self.reported: HeldView | None = None
        self.whole: asyncio.Task[tuple[HeldView, Packet]] | None = None
        self.reported_at = 0.0
        self.is_stored = False

    @property
    def may_at(self) -> float:
        """Earliest time at which the next message may be sent."""
        return self.reported_at + self.view.every_ms / 1e3

    def forget(self) -> None:
        """Make every reader start again with a snapshot."""
        self.reported = self.whole = None
        for place in self.places:
            place.ask_snapshot()

    def begin_again(self) -> None:
        """Send everything anew to readers who were told that the coin is not listed: it is again."""
        for place in self.places:
            if not place.wants_snapshot:
                place.ask_snapshot()

    def go_on(self, reported: HeldView, now_s: float) -> int | None:
        """Note what is told next; returns the sequence of the message that it follows."""
        before, self.reported, self.whole = self.reported, reported, None
        self.reported_at, self.is_stored = now_s, False
        return None if before is None else before.sequence


class StreamPlace:
    """One view that a connection looks at."""

    def __init__(self, feed: Feed, client: Client) -> None:
        self.feed: Feed | None = feed
        """None: it looks away."""
        self.client = client
        self.wants_snapshot = True
        self.sequence = -1
        self._queue: deque[tuple[Packet, Standing | None]] = deque()

    @property
    def is_waiting(self) -> bool:
        """Whether there is something to send."""
        return self.wants_snapshot or bool(self._queue)

    def offer(self, since: int | None, sequence: int, packet: Packet, standing: Standing | None = None) -> None:
        """Send changes since a message; falls back to a snapshot where the reader is behind or missed that one.

        standing  when the message was begun: what it tells is that or newer.
        """
        if self.wants_snapshot or sequence <= self.sequence:
            return
        if since != self.sequence or len(self._queue) >= MAX_QUEUED:
            self.client.figures.behind += 1
            self.ask_snapshot()
            return
        self.sequence = sequence
        if not self.client.write_now(packet, standing):
            self._queue.append((packet, standing))
            self.client.wake()

    def ask_snapshot(self) -> None:
        """Drop what is queued; the next thing this place gets is a snapshot."""
        self._queue.clear()
        self.wants_snapshot = True
        self.client.wake()

    def take(self) -> Packet | None:
        """Next queued message, None where there is none."""
        if not self._queue:
            return None
        packet, standing = self._queue.popleft()
        self.client.hear(standing)
        return packet

    def begin(self, sequence: int, standing: Standing | None = None) -> None:
        """Note that a snapshot of this sequence is being sent: changes follow from there."""
        self.sequence = sequence
        self.client.standing = standing
        self.wants_snapshot = False


class Client:
    """One reader's connection.

    write  sends to it without waking its task; None: everything goes through `take`.
    """

    def __init__(self, figures: SentFigures | None = None, write: WriteFrame | None = None) -> None:
        self.places: dict[str, StreamPlace] = {}
        """By `Look.key`, the one that was served longest ago first."""
        self.topics = Topics()
        self.wants_study = False
        """Whether it hears of births and ends of clusters, of sweeps and cascades, of the coins it looks at."""
        self.figures = figures or SentFigures()
        self.is_closed = False
        self.standing: Standing | None = None
        """The one it was told of last, or a newer one."""
        self.missed = 0
        """Messages that were dropped and are not said yet."""
        self._write = write
        self._said: deque[Packet] = deque()
        self._ready = asyncio.Event()
        self._ready.set()

    @property
    def coins(self) -> list[str]:
        """Coins whose frames it looks at."""
        looks = (place.feed.view for place in self.places.values() if place.feed is not None)
        return [look.coin for look in looks if look.coin is not None]

    def looks_at(self, coin: str | None) -> bool:
        """Whether it looks at frames of a coin."""
        return coin is not None and key_of_frames(coin) in self.places

    def say(self, packet: Packet) -> None:
        """Send a message that belongs to no frame; beyond MAX_SAID it is counted as missed."""
        if self.write_now(packet):
            return
        if len(self._said) < MAX_SAID:
            self._said.append(packet)
        else:
            self.missed += 1
        self.wake()

    def write_now(self, packet: Packet, standing: Standing | None = None) -> bool:
        """Send at once where nothing waits before it; False where it has to be queued."""
        if self._write is None or self._ready.is_set() or not self._write(packet.frame):
            return False
        self.figures.count_sent(packet.size)
        self.hear(standing)
        return True

    def hear(self, standing: Standing | None) -> None:
        """Note that a message tells this standing, or a newer one."""
        self.standing = standing or self.standing

    def close(self) -> None:
        """End the stream of this client."""
        self.is_closed = True
        self._ready.set()

    async def wait(self) -> None:
        """Until there is something to send."""
        await self._ready.wait()

    def take_said(self) -> Packet | None:
        """Next message that belongs to no frame, None where there is none."""
        return self._said.popleft() if self._said else None

    def next_place(self) -> StreamPlace | None:
        """A place with something to send, each in its turn."""
        for key, place in self.places.items():
            if place.is_waiting:
                self.places[key] = self.places.pop(key)
                return place
        return None

    def rest(self) -> None:
        """Note that nothing is left to send."""
        if not self.is_closed:
            self._ready.clear()

    def wake(self) -> None:
        """Note that there may be something to send."""
        self._ready.set()
