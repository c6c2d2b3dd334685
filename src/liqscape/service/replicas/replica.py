"""A read replica: the collector's files in a folder, its frames in memory, and the same questions over both.

The folder is the replica's own, filled over NATS, or the collector's, on storage that both see; nothing is written to
the latter, and what a replica keeps for itself lies in a folder of its own.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from liqscape.errors import LiqscapeError, SettingsError
from liqscape.feed.pause import pause
from liqscape.heatmap.moment import Moment
from liqscape.model.events import MarksUpdated
from liqscape.service.answers.replica import ReplicaAnswer, ReplicaState
from liqscape.service.answers.sources import SourceRow, SourcesAnswer, SourceState
from liqscape.service.answers.status import coverage_answer
from liqscape.service.candles import CandleFeed
from liqscape.service.executors import Executors, beside
from liqscape.service.folders import RAW, read_origin
from liqscape.service.kinds import stored_vaults
from liqscape.service.live import LiveState
from liqscape.service.moments import read_stored
from liqscape.service.raw_states import NoStates, RawLogStates, StateArchive
from liqscape.service.replicas.candles import CollectorCandles
from liqscape.service.replicas.follower import CollectorFollower
from liqscape.service.replicas.frames import SentFrame
from liqscape.service.replicas.known import KnownFile
from liqscape.service.replicas.listing import KNOWN
from liqscape.service.replicas.mirror import Mirror, is_replica
from liqscape.service.replicas.sealed import SealedFiles
from liqscape.service.replicas.settings import NatsSettings
from liqscape.service.standing import Standing
from liqscape.service.studying.edges import LiveEdges
from liqscape.service.studying.live import LiveStudy
from liqscape.service.view import MapView
from liqscape.store.studies.schema import FOLDER as STUDIES

log = logging.getLogger("liqscape.live")

LOOK_SECONDS = 2.0
STAND_SECONDS = 0.5
NO_BYTES = "a replica keeps no bytes as received; its collector does"
STALE, UNCONNECTED = Standing(is_live=False, feed="stale"), Standing(is_live=False, feed="reconnecting")


@dataclass(frozen=True, kw_only=True)
class ReplicaFolders:
    """data: what is answered from; own: where a replica keeps what is its own, the same unless data is shared."""

    data: Path
    own: Path

    @property
    def is_shared(self) -> bool:
        """Whether the data folder is the collector's own."""
        return self.data != self.own


def choose_folders(data: Path, own: Path) -> ReplicaFolders:
    """The folders of a replica. A folder that is empty or a replica's is filled over NATS; one that holds a history is
    the collector's, and read as it is. Raises SettingsError for any other."""
    if not data.exists() or is_replica(data):
        return ReplicaFolders(data=data, own=data)
    if not data.is_dir():
        raise SettingsError(f"--data {data} is not a folder")
    if read_origin(data) is not None:
        return ReplicaFolders(data=data, own=own)
    if any(data.iterdir()):
        raise SettingsError(f"--data {data} is not empty and neither a replica's folder nor a collector's history")
    return ReplicaFolders(data=data, own=data)


class Replica:
    """`synced` waits for the first files, then `view` answers and `run` follows.

    now_ms  our wall clock, for ages alone.
    """

    def __init__(
        self,
        settings: NatsSettings,
        folders: ReplicaFolders,
        executors: Executors,
        *,
        sealed: SealedFiles | None = None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._settings, self._folders, self._executors, self._now_ms = settings, folders, executors, now_ms
        self._sealed, self._candles = sealed, CollectorCandles(settings)
        self._is_starting = True
        self._opened: _Opened | None = None
        self._mirror = Mirror(folders.own, settings.name, self._accepts, executors.storage)
        self._follower = self._new_follower()
        self._mirror.prepare()

    @property
    def view(self) -> MapView:
        """Answers. Raises SettingsError before there is anything to answer from."""
        return self._open().view

    @property
    def data(self) -> Path:
        """The folder that is answered from."""
        return self._folders.data

    @property
    def live(self) -> LiveState:
        """Frames as they come."""
        return self._open().live

    def _new_follower(self) -> CollectorFollower:
        return CollectorFollower(
            self._settings,
            self._mirror,
            found=self._found,
            changed=self._changed,
            source=self._sealed,
            candles=self._candles,
            executor=self._executors.storage,
        )

    def _accepts(self, path: str) -> bool:
        """Studies are taken over at the start, and gone on with here from the same frames to the same rows."""
        if path.startswith(f"{STUDIES}/"):
            return self._is_starting
        return not self._folders.is_shared or path == KNOWN

    async def synced(self, progress: Callable[[int, int], object], *, has_history: bool, seconds: float = 20.0) -> None:
        """Follow until the folder has all that the collector told. Where it holds a history already, or the collector's
        own is read, that is waited for a while only: it can be shown.

        progress: told (files, bytes) that are to come.
        Raises RequestFailed where there is nothing to show and the NATS server cannot be reached.
        """
        stop = asyncio.Event()
        follower = self._follower
        following = asyncio.create_task(follower.run(stop))
        try:
            begin = time.monotonic()
            while not follower.is_synced.is_set():
                if not has_history and not follower.session_count and follower.trouble is not None:
                    raise SettingsError(follower.trouble)
                if has_history and time.monotonic() - begin > seconds:
                    log.warning("what is held is shown; the collector is waited for: %s", follower.trouble or "silent")
                    break
                progress(*follower.to_fetch)
                await pause(follower.is_synced, 0.2)
        finally:
            stop.set()
            await following
        self._is_starting = False
        self._follower = self._new_follower()

    def has_history(self) -> bool:
        """Whether there is a frame to show."""
        try:
            self._open()
        except LiqscapeError:
            return False
        return True

    async def run(self, stop: asyncio.Event) -> None:
        """Follow, study and say how it stands until `stop`."""
        opened = self._open()
        works = (
            self._follower.run(stop),
            opened.study.run(stop),
            self._look_on(stop),
            self._stand_on(stop),
        )
        await asyncio.gather(*works)

    def _open(self) -> _Opened:
        if self._opened is None:
            self._opened = _Opened(self._folders, self._executors, self.lag_ms, self._candles)
        return self._opened

    # Frames

    def _found(self, sent: SentFrame, moment: Moment) -> None:
        opened = self._opened
        if opened is None or self._is_starting:
            return
        opened.edges.observe([MarksUpdated(sent.time_ms, sent.sent_ms * 1_000_000, moment.frame.snapshot)])
        self._stand()
        opened.live.publish(moment, sent.sequence)

    def _changed(self) -> None:
        opened = self._opened
        if opened is not None and not self._is_starting:
            opened.has_changed.set()

    async def _look_on(self, stop: asyncio.Event) -> None:
        """Hear of new stored frames; where no live ones come, show them."""
        opened = self._open()
        stored_ms = None
        trouble = None
        while not stop.is_set():
            try:
                newest_ms = await beside(self._executors.storage, lambda: opened.view.stored_ms)
                if newest_ms != stored_ms and newest_ms is not None:
                    stored_ms = newest_ms
                    opened.study.stored(newest_ms)
                    await self._show_stored(opened, newest_ms)
                trouble = None
            except (LiqscapeError, OSError) as error:
                if str(error) != trouble:
                    log.warning("%s", error)
                trouble = str(error)
            await _within(opened.has_changed, LOOK_SECONDS)

    async def _show_stored(self, opened: _Opened, stored_ms: int) -> None:
        now = opened.live.now
        if now is not None and (now.frame.time_ms >= stored_ms or self._follower.is_heard):
            return
        stored = await beside(
            self._executors.storage, partial(read_stored, opened.reader, stored_ms, with_triggers=True)
        )
        if stored is not None:
            opened.live.publish(stored)

    # Standing

    async def _stand_on(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._stand()
            await pause(stop, STAND_SECONDS)

    def _stand(self) -> None:
        follower, opened = self._follower, self._open()
        if not follower.is_connected:
            opened.live.stand(UNCONNECTED)
        elif follower.standing is None or not follower.is_heard or not follower.frame_count:
            opened.live.stand(STALE)
        else:
            opened.live.stand(follower.standing)

    def lag_ms(self) -> float | None:
        """How far what is shown is behind the collector, ms: by its newest frame as it told it, and since then."""
        follower, opened = self._follower, self._opened
        newest_ms, silent = follower.newest_ms, follower.silent_seconds
        now = None if opened is None else opened.live.now
        if newest_ms is None or silent is None or now is None:
            return None
        behind = max(0.0, float(newest_ms - now.frame.time_ms))
        return behind if follower.is_heard else behind + silent * 1_000.0

    def answer(self) -> ReplicaAnswer:
        """How it follows."""
        follower, beat = self._follower, self._follower.beat
        silent, stored_ms = follower.silent_seconds, self._open().view.stored_ms
        reported_ms = None if beat is None else beat.stored_ms
        state: ReplicaState = "following"
        if not follower.is_connected:
            state = "unconnected"
        elif not follower.is_heard:
            state = "silent"
        elif follower.to_fetch[0] or not follower.is_synced.is_set():
            state = "catching_up"
        return ReplicaAnswer(
            state=state,
            collector=f"{self._settings.shown} {self._settings.name}",
            lag_ms=self.lag_ms(),
            stored_lag_ms=None if reported_ms is None or stored_ms is None else float(max(0, reported_ms - stored_ms)),
            silent_ms=None if silent is None else silent * 1_000.0,
            transit_ms=follower.transit_ms,
            frames=follower.frame_count,
            keyframes=follower.keyframe_count,
            unreadable=follower.unreadable_count,
            connections=follower.session_count,
            received_bytes=follower.received_bytes,
            files_to_fetch=follower.to_fetch[0],
            bytes_to_fetch=follower.to_fetch[1],
        )

    def sources(self) -> SourcesAnswer:
        """Two sources: the collector, and the folder."""
        opened, follower, answer = self._open(), self._follower, self.answer()
        frame = opened.view.moment().reported
        states: dict[str, SourceState] = {
            "following": "connected",
            "catching_up": "connected",
            "silent": "stale",
            "unconnected": "reconnecting",
        }
        silent_ms = answer.silent_ms
        row = SourceRow(
            kind="collector",
            address=answer.collector,
            state=states[answer.state],
            last_message_ms=None if silent_ms is None else int(self._now_ms() - silent_ms),
            lag_ms=answer.transit_ms,
            messages=follower.frame_count,
            reconnects=max(0, follower.session_count - 1),
            trouble=follower.trouble,
        )
        return SourcesAnswer(
            state=opened.live.standing.feed,
            as_of_ms=frame.time_ms,
            age_ms=answer.lag_ms,
            sources=[row],
            coverage_share=coverage_answer(frame).share,
            frames=follower.frame_count,
            is_time_held=opened.live.standing.is_time_held,
            replica=answer,
        )


class _Opened:
    """What answers, once there is a history. Raises LiqscapeError where there is nothing to answer from."""

    def __init__(
        self, folders: ReplicaFolders, executors: Executors, lag: Callable[[], float | None], candles: CandleFeed
    ) -> None:
        from liqscape.store.books import BookReader
        from liqscape.store.history import HistoryReader

        data = folders.data
        self.reader = HistoryReader(data)
        # One less than its collector begins with, so that the first live frame keeps the collector's number.
        self.live = LiveState(sequence=self.reader.frame_count - 1, standing=UNCONNECTED)
        last_ms = self.reader.last_ms
        stored = None if last_ms is None else read_stored(self.reader, last_ms, with_triggers=True)
        if stored is None:
            raise SettingsError(f"--data {data} holds no frame yet: nothing can be shown")
        self.live.publish(stored)
        known = KnownFile(folders.own / KNOWN, stored_vaults(data))
        self.study = LiveStudy(data, executors.studies, folders.own if folders.is_shared else None)
        self.edges = LiveEdges(self.study.state)
        self.has_changed = asyncio.Event()
        states: StateArchive = RawLogStates(data / RAW) if folders.is_shared else NoStates(NO_BYTES)
        self.view = MapView(
            self.reader,
            self.live,
            vaults=known.vaults,
            books=BookReader(data),
            feed=candles,
            study=self.study.state,
            studies=self.study,
            categories=known.categories,
            raw_states=states,
            near=known.near,
            lag=lag,
        )


async def _within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
        event.clear()
    except TimeoutError:
        return
