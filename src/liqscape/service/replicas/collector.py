"""The collector's side: what its folder gets and the frames it makes go out over NATS, beside the map it serves.

Nothing here may hold the map up: what is lost or slow ends the session, and the next one begins with a whole list of
files and a keyframe. Nothing waits in memory but the newest frame: what a replica missed is in the stream or is asked
for.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from liqscape.errors import LiqscapeError, RemoteWireError
from liqscape.heatmap.moment import Moment
from liqscape.service.executors import beside
from liqscape.service.live import LiveState
from liqscape.service.replicas.candles import answer_candles
from liqscape.service.replicas.changes import INLINE_BYTES, FileChange, FileChanges, encode_changes
from liqscape.service.replicas.chunks import Kind, split
from liqscape.service.replicas.connection import Link, connected
from liqscape.service.replicas.frames import Beat, FrameEncoder, StandingRow
from liqscape.service.replicas.known import report_known
from liqscape.service.replicas.listing import KNOWN, FileMark, FolderLister, Listing, check_path, mark_of
from liqscape.service.replicas.questions import FileAnswer, FileQuestion
from liqscape.service.replicas.sealing import Sealer
from liqscape.service.replicas.sessions import Sessions, until_one_ends
from liqscape.service.replicas.settings import NatsSettings
from liqscape.service.replicas.stream import open_stream
from liqscape.service.view import MapView
from liqscape.store.history.head import HEAD_FOLDER

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from liqscape.service.replicas.sealed import SealedFiles

log = logging.getLogger("liqscape.live")

LOOK_SECONDS = 1.0
BEAT_SECONDS = 1.0
RETRY_SECONDS = 2.0
PUBLISH_SECONDS = 10.0
KEYFRAME_SECONDS = 2.0
"""Between two keyframes however many ask: one of the whole exchange is tens of MB."""
MAX_WHOLE_INLINE = 16 * 1024 * 1024
"""Contents sent with a list of all files; the others are asked for."""
KNOWN_SECONDS = 10.0


class Collector:
    """`run` tells replicas; `state` says how it goes. On the loop of the live map.

    now_ms  our wall clock.
    sealed  where files are put too, for replicas to take them from; None: they ask for them here.
    """

    def __init__(
        self,
        settings: NatsSettings,
        data: Path,
        view: MapView,
        live: LiveState,
        *,
        executor: Executor | None = None,
        sealed: SealedFiles | None = None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._settings, self._data, self._view, self._live = settings, data, view, live
        self._executor, self._now_ms = executor, now_ms
        self._lister = FolderLister(data)
        self._known_beside: tuple[bytes, float] = b"", 0.0
        self._files: Listing = {}
        self._session = secrets.token_hex(8)
        self._encoder = FrameEncoder(self._session)
        self._newest: Moment | None = live.now
        self._wants_keyframe = True
        self._has_frame = asyncio.Event()
        self._has_files = asyncio.Event()
        self._wants_files = False
        self._sessions = Sessions(
            f"replicas of {settings.name} over {settings.shown}",
            "replicas cannot be told",
            RETRY_SECONDS,
            settings.masked,
        )
        self._number = 0
        self._sealer = None if sealed is None else Sealer(sealed, data, self._executor)
        self.sent_bytes = 0
        """Messages so far, without what NATS adds."""
        self.sent_frames = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Session after session until `stop`."""
        stop_listening = self._live.listen(self._note)
        try:
            await self._sessions.run(self._session_until, stop)
        finally:
            stop_listening()

    def _note(self, moment: Moment) -> None:
        self._newest = moment
        self._has_frame.set()

    async def _session_until(self, stop: asyncio.Event) -> None:
        async with connected(self._settings, "collector") as link:
            await open_stream(link, self._settings)
            await link.client.subscribe(self._settings.wanted_subject, cb=self._hear_wanted)
            await link.client.subscribe(self._settings.ask_subject, cb=self._answer)
            await link.client.subscribe(self._settings.candles_subject, cb=partial(self._answer_candles, link))
            self._wants_keyframe = True
            self._has_frame.set()
            await until_one_ends(
                self._tell_frames(link), self._beat(link), self._tell_files(link), link.lost.wait(), stop.wait()
            )

    # Frames

    async def _tell_frames(self, link: Link) -> None:
        keyframe_at = -KEYFRAME_SECONDS
        loop = asyncio.get_running_loop()
        sent = -1
        while True:
            await self._has_frame.wait()
            self._has_frame.clear()
            moment = self._newest
            if moment is None:
                continue
            is_keyframe = self._wants_keyframe and loop.time() - keyframe_at >= KEYFRAME_SECONDS
            if self._wants_keyframe and not is_keyframe:
                loop.call_later(KEYFRAME_SECONDS, self._has_frame.set)
            if moment.sequence == sent and not is_keyframe:
                continue
            if is_keyframe:
                self._wants_keyframe, keyframe_at = False, loop.time()
            sent = moment.sequence
            pieces = await beside(self._executor, self._encode, moment, is_keyframe, link.chunk_bytes)
            for piece in pieces:
                await link.client.publish(self._settings.frames_subject, piece)
                self.sent_bytes += len(piece)
            await link.client.flush()
            self.sent_frames += 1

    def _encode(self, moment: Moment, is_keyframe: bool, chunk_bytes: int) -> list[bytes]:
        content = self._encoder.encode(moment, self._live.standing, self._now_ms(), is_keyframe=is_keyframe)
        return split(Kind.FRAME, moment.sequence, content, chunk_bytes)

    async def _beat(self, link: Link) -> None:
        while True:
            beat = Beat(
                session=self._session,
                sequence=self._live.sequence,
                frame_ms=None if self._newest is None else self._newest.frame.time_ms,
                stored_ms=await beside(self._executor, self._stored_ms),
                sent_ms=self._now_ms(),
                standing=StandingRow.of(self._live.standing),
            )
            for piece in split(Kind.BEAT, beat.sequence, msgspec.msgpack.encode(beat)):
                await link.client.publish(self._settings.frames_subject, piece)
            await asyncio.sleep(BEAT_SECONDS)

    def _stored_ms(self) -> int | None:
        return self._view.stored_ms

    # Files

    async def _tell_files(self, link: Link) -> None:
        known: set[FileMark] = set()
        epoch, number, is_whole = secrets.token_hex(8), 0, True
        while True:
            if self._wants_files:
                self._wants_files = False
                epoch, number, is_whole, known = secrets.token_hex(8), 0, True, set()
            stored_ms = await beside(self._executor, self._stored_ms)
            listing = await beside(self._executor, self._look)
            before = {} if is_whole else self._files
            changed = {path: mark for path, mark in listing.items() if before.get(path) != mark}
            removed = [path for path in before if path not in listing]
            if changed or removed or is_whole:
                files = await beside(self._executor, self._with_contents, changed, known, is_whole)
                if files is not None:
                    if self._sealer is not None:
                        await self._sealer.seal(changed, removed)
                    changes = FileChanges(
                        epoch=epoch,
                        number=number,
                        made_ms=self._now_ms(),
                        stored_ms=stored_ms,
                        is_whole=is_whole,
                        files=files,
                        removed=removed,
                    )
                    await self._store(link, changes)
                    self._files = listing
                    known |= {each.mark for each in files if each.content is not None}
                    number, is_whole = number + 1, False
                    if self._sessions.trouble is not None:
                        log.info("replicas of %s are told again", self._settings.name)
                    self._sessions.trouble = None
            await _within(self._has_files, LOOK_SECONDS)

    def _look(self) -> Listing:
        listing = self._lister.look()
        content, at = self._known_beside
        if not content or time.monotonic() - at > KNOWN_SECONDS:
            content = report_known(self._view)
            self._known_beside = content, time.monotonic()
        return {**listing, KNOWN: mark_of(content)}

    def _with_contents(self, changed: Listing, known: set[FileMark], is_whole: bool) -> list[FileChange] | None:
        """Each with its content where that is sent along; None where one is another by now: all is looked at again.

        Heads are, whatever they hold: soon they are in a part and gone. Of a whole list those a replica may have are
        not, and no more than MAX_WHOLE_INLINE of the newest.
        """
        room = MAX_WHOLE_INLINE if is_whole else None
        files = []
        for path, mark in sorted(changed.items(), reverse=True):
            is_head = path.startswith(f"{HEAD_FOLDER}/")
            is_sent = (is_head or mark.size <= INLINE_BYTES) and mark not in known
            content = None
            if is_sent and (room is None or mark.size <= room):
                try:
                    content = self._known_beside[0] if path == KNOWN else (self._data / path).read_bytes()
                except FileNotFoundError:
                    return None
                if mark_of(content) != mark:
                    return None
                if room is not None:
                    room -= mark.size
            files.append(FileChange(path, mark.size, mark.crc32, content))
        return files[::-1]

    async def _store(self, link: Link, changes: FileChanges) -> None:
        """Into the stream; durable there when it returns."""
        stream = link.client.jetstream()
        subject = self._settings.whole_subject if changes.is_whole else self._settings.change_subject
        content = await beside(self._executor, encode_changes, changes)
        self._number += 1
        pieces = await beside(self._executor, split, Kind.FILES, self._number, content, link.chunk_bytes)
        for piece in pieces:
            await stream.publish(subject, piece, timeout=PUBLISH_SECONDS, stream=self._settings.stream)
            self.sent_bytes += len(piece)

    # What replicas ask

    async def _hear_wanted(self, message: Msg) -> None:
        if message.data == b"frames":
            self._wants_keyframe = True
            self._has_frame.set()
        elif message.data == b"files":
            self._wants_files = True
            self._has_files.set()

    async def _answer(self, message: Msg) -> None:
        if not message.reply:
            return
        try:
            question = msgspec.msgpack.decode(message.data, type=FileQuestion)
            answer = await beside(self._executor, self._read, question)
        except (msgspec.MsgspecError, LiqscapeError, OSError) as error:
            answer = FileAnswer(why=str(error)[:200])
        with suppress(Exception):  # the connection is lost: the session ends by itself
            await message.respond(msgspec.msgpack.encode(answer))
            self.sent_bytes += len(answer.content)

    async def _answer_candles(self, link: Link, message: Msg) -> None:
        if not message.reply:
            return
        feed = self._view.candle_feed
        with suppress(Exception):  # not to be read, or the connection is lost: the replica goes without
            answer = await beside(self._executor, answer_candles, feed, message.data, link.chunk_bytes)
            await message.respond(answer)
            self.sent_bytes += len(answer)

    def _read(self, question: FileQuestion) -> FileAnswer:
        path = check_path(question.path)
        if path == KNOWN:
            return FileAnswer(
                size=len(self._known_beside[0]), content=self._known_beside[0][question.offset :][: question.limit]
            )
        if path not in self._files:
            raise RemoteWireError(f"{path} is not there")
        with (self._data / path).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(question.offset)
            return FileAnswer(size=size, content=file.read(question.limit))


async def _within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
        event.clear()
    except TimeoutError:
        return
