"""The replica's side of the wire: frames as moments, changes of files into the mirror, and how far behind it is."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING

import msgspec

from liqscape.errors import FeedError, RemoteWireError
from liqscape.heatmap.moment import Moment
from liqscape.service.executors import beside
from liqscape.service.replicas.candles import CollectorCandles
from liqscape.service.replicas.changes import decode_changes
from liqscape.service.replicas.chunks import Joiner, Kind, SentContent
from liqscape.service.replicas.connection import Link, connected
from liqscape.service.replicas.fetching import FileFetcher, Source
from liqscape.service.replicas.frames import Beat, FrameDecoder, SentFrame
from liqscape.service.replicas.listing import FileMark
from liqscape.service.replicas.mirror import Mirror
from liqscape.service.replicas.sessions import Sessions, until_one_ends
from liqscape.service.replicas.settings import NatsSettings
from liqscape.service.replicas.stream import StreamReader, newest_whole, stream_span
from liqscape.service.standing import Standing

if TYPE_CHECKING:
    from nats.aio.msg import Msg

log = logging.getLogger("liqscape.live")

RETRY_SECONDS = 1.0
LOOK_SECONDS = 2.0
"""The stream is looked at at least so often; a change of files wakes it at once."""
FETCH_AGAIN_SECONDS = 5.0
ASK_AGAIN_SECONDS = 3.0
"""Between two asks for a keyframe or a whole list."""
SILENT_SECONDS = 5.0
"""A collector says something every second."""
MAX_WAITING_BYTES = 64 * 1024 * 1024
"""Contents taken before they are put in place."""
MAX_FRAMES_WAITING = 4_096
"""Messages of frames; beyond, a keyframe is asked for."""


class CollectorFollower:
    """`run` follows a collector until stopped; the rest says how it goes, and may be read from any thread.

    found    called on the loop with each live frame and its moment.
    changed  called on the loop after the folder has changed, with the folder's newest frame as the collector told.
    candles  asked for over each session.
    seconds  a clock that only moves on.
    """

    def __init__(
        self,
        settings: NatsSettings,
        mirror: Mirror,
        *,
        found: Callable[[SentFrame, Moment], object] = lambda *_: None,
        changed: Callable[[], object] = lambda: None,
        source: Source | None = None,
        candles: CollectorCandles | None = None,
        executor: Executor | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings, self.mirror = settings, mirror
        self._found, self._changed = found, changed
        self._executor, self._seconds = executor, seconds
        self._candles = candles
        self._decoder = FrameDecoder()
        self._frames: asyncio.Queue[bytes] = asyncio.Queue(MAX_FRAMES_WAITING)
        self._has_files = asyncio.Event()
        self._asked_at = -ASK_AGAIN_SECONDS
        self._heard_at: float | None = None
        self._sessions = Sessions(
            f"collector of {settings.name} over {settings.shown}",
            "the collector cannot be followed",
            RETRY_SECONDS,
            settings.masked,
        )
        self._fetcher = FileFetcher(settings, source, executor, self._sessions.say)
        self._begun_at: int | None = None
        self.beat: Beat | None = None
        self.newest_ms: int | None = None
        """Time of the newest frame the collector is known to have."""
        self.standing: Standing | None = None
        """How the collector's newest frame stands, as it said last."""
        self.is_connected = False
        self.is_synced = asyncio.Event()
        """Set once the folder has had everything the stream told."""
        self.to_fetch: tuple[int, int] = (0, 0)
        """(files, bytes)"""
        self.frame_count = self.keyframe_count = self.unreadable_count = self.session_count = 0
        self.received_bytes = 0
        self.transit_ms: float | None = None
        """Receipt minus sending of the newest frame; includes how far two machines' clocks are apart."""

    @property
    def silent_seconds(self) -> float | None:
        """Since the collector was heard; None: never."""
        return None if self._heard_at is None else self._seconds() - self._heard_at

    @property
    def is_heard(self) -> bool:
        """Whether the collector speaks."""
        silent = self.silent_seconds
        return self.is_connected and silent is not None and silent < SILENT_SECONDS

    @property
    def trouble(self) -> str | None:
        """What is wrong, in one line."""
        return self._sessions.trouble

    async def run(self, stop: asyncio.Event) -> None:
        """Session after session until `stop`."""
        await self._sessions.run(self._session_until, stop)

    async def _session_until(self, stop: asyncio.Event) -> None:
        try:
            async with connected(self.settings, "replica") as link:
                self.is_connected, self._sessions.trouble = True, None
                self.session_count += 1
                if self._candles is not None:
                    self._candles.attach(link)
                await link.client.subscribe(self.settings.frames_subject, cb=self._hear_frame)
                for subject in (self.settings.whole_subject, self.settings.change_subject):
                    await link.client.subscribe(subject, cb=self._hear_files)
                await link.client.publish(self.settings.wanted_subject, b"frames")
                await until_one_ends(self._follow_frames(link), self._follow_files(link), link.lost.wait(), stop.wait())
        finally:
            self.is_connected = False
            if self._candles is not None:
                self._candles.detach()

    # Frames

    async def _hear_frame(self, message: Msg) -> None:
        self.received_bytes += len(message.data)
        if self._frames.full():
            self._frames.get_nowait()  # what follows the gap asks for a keyframe
        self._frames.put_nowait(message.data)

    async def _follow_frames(self, link: Link) -> None:
        joiner = Joiner()
        while True:
            message = await self._frames.get()
            try:
                content = joiner.take(message)
                if content is not None:
                    await self._take(content, link)
            except RemoteWireError as error:
                self._pass_over(error)

    async def _take(self, content: SentContent, link: Link) -> None:
        if content.kind is Kind.BEAT:
            self.beat = _read_beat(content.content)
            self.standing = self.beat.standing.standing()
            if self.beat.frame_ms is not None:
                self.newest_ms = self.beat.frame_ms
            self._heard_at = self._seconds()
            return
        if content.kind is not Kind.FRAME:
            return
        followed = await beside(self._executor, self._decoder.decode, content.content)
        self._heard_at = self._seconds()
        if followed is None:
            if self._decoder.is_behind(content.content):
                await self._want(link, b"frames")
            return
        self.standing = followed.sent.standing.standing()
        self.newest_ms = followed.sent.time_ms
        self.frame_count += 1
        self.keyframe_count += followed.sent.is_keyframe
        self.transit_ms = time.time_ns() / 1e6 - followed.sent.sent_ms
        self._found(followed.sent, followed.moment)

    def _pass_over(self, error: RemoteWireError) -> None:
        self.unreadable_count += 1
        self._sessions.say(f"{error}; it is passed over")

    async def _want(self, link: Link, what: bytes) -> None:
        if self._seconds() - self._asked_at >= ASK_AGAIN_SECONDS or what == b"files":
            self._asked_at = self._seconds()
            await link.client.publish(self.settings.wanted_subject, what)

    # Files

    async def _hear_files(self, message: Msg) -> None:
        self.received_bytes += len(message.data)
        self._has_files.set()

    async def _follow_files(self, link: Link) -> None:
        reader = await self._begin(link)
        while True:
            content = None
            try:
                content = await reader.next()
                if content is not None and not self._take_files(content, reader.next_message):
                    reader = await self._begin_anew(link, has_failed=True)
                    continue
            except RemoteWireError as error:
                self._pass_over(error)
                reader = await self._begin_anew(link, has_failed=True)
                continue
            if content is not None and self.mirror.content_bytes < MAX_WAITING_BYTES:
                continue
            is_done = await self._advance(link)
            while not is_done and self.mirror.content_bytes >= MAX_WAITING_BYTES:
                await asyncio.sleep(FETCH_AGAIN_SECONDS)  # nothing more is taken into memory
                is_done = await self._advance(link)
            if content is None:
                if is_done:
                    self.is_synced.set()
                await _within(self._has_files, LOOK_SECONDS if is_done else FETCH_AGAIN_SECONDS)
                span = await stream_span(link, self.settings)
                if span is None or not span.first <= reader.next_message <= span.last + 1:
                    reader = await self._begin_anew(link, has_failed=False)

    async def _begin(self, link: Link) -> StreamReader:
        """Where the folder stopped, if the stream still has what followed."""
        reached, span = self.mirror.reached, await stream_span(link, self.settings)
        is_kept = span is not None and span.first <= reached.next_message <= span.last + 1
        if reached.number < 0 or not is_kept:
            return await self._begin_anew(link, has_failed=False)
        if not self.mirror.is_begun:
            await beside(self._executor, self.mirror.begin)
        return StreamReader(link, self.settings, reached.next_message)

    async def _begin_anew(self, link: Link, *, has_failed: bool) -> StreamReader:
        """At the newest list of all files; one is asked for where there is none but that which led to a gap."""
        self.mirror.begin_anew()
        if not has_failed:
            self._begun_at = None
        while True:
            begin = await newest_whole(link, self.settings) if await stream_span(link, self.settings) else None
            if begin is not None and begin != self._begun_at:
                self._begun_at = begin
                return StreamReader(link, self.settings, begin)
            await self._want(link, b"files")
            await _within(self._has_files, ASK_AGAIN_SECONDS)

    def _take_files(self, content: SentContent, next_message: int) -> bool:
        if content.kind is not Kind.FILES:
            raise RemoteWireError(f"content {content.number} of the stream is no change of files")
        changes = decode_changes(content.content)
        return self.mirror.take(changes, next_message)

    async def _advance(self, link: Link) -> bool:
        """Bring the folder up to what was taken; False where a file is still missing, or the disk takes none: live
        frames go on meanwhile."""
        if not self.mirror.is_begun:
            return False
        self.to_fetch = await self.mirror.needed()

        async def fetch(path: str, mark: FileMark) -> bytes:
            content = await self._fetcher.fetch(link, path, mark)
            self.received_bytes += len(content)
            return content

        def fetched(size: int) -> None:
            files, left = self.to_fetch
            self.to_fetch = max(0, files - 1), max(0, left - size)

        try:
            await self.mirror.advance(fetch, fetched)
        except (FeedError, OSError) as error:
            self._sessions.say(str(error))
            self._changed()
            return False
        self.to_fetch = (0, 0)
        self._sessions.trouble = None
        self._changed()
        return True


def _read_beat(content: bytes) -> Beat:
    try:
        return msgspec.msgpack.decode(content, type=Beat)
    except msgspec.MsgspecError as error:
        raise RemoteWireError(f"a beat cannot be read: {error}") from None


async def _within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
        event.clear()
    except TimeoutError:
        return
