"""Follow what another program stores: new minutes appear as they are stored, and nothing is ever written.

No lock is taken, so it works beside the program that writes the folder, and on a folder that nobody can write.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from liqscape.errors import LiqscapeError, SettingsError
from liqscape.feed.pause import pause
from liqscape.service.answers.sources import SourceRow, SourcesAnswer, SourceState
from liqscape.service.answers.status import coverage_answer
from liqscape.service.executors import Executors, beside
from liqscape.service.folders import RAW
from liqscape.service.kinds import stored_vaults
from liqscape.service.live import LiveState
from liqscape.service.moments import read_stored
from liqscape.service.raw_states import RawLogStates
from liqscape.service.standing import STORED
from liqscape.service.view import MapView
from liqscape.units import MINUTE_MS

log = logging.getLogger("liqscape.live")

LOOK_SECONDS = 2.0
SILENT_MS = 2 * MINUTE_MS
"""A live map stores a frame a minute."""


class StoredLook:
    """`view` answers, `run` follows; `sources` says how old what is stored is.

    now_ms  our wall clock.
    Raises SettingsError where there is no folder, StoreError where it holds no history.
    """

    def __init__(
        self,
        data: Path,
        executors: Executors | None = None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        from liqscape.store.books import BookReader
        from liqscape.store.history import HistoryReader
        from liqscape.store.studies import StudyReader

        if not data.is_dir():
            raise SettingsError(f"--data {data} is not a folder")
        self._data = data
        self._executor = None if executors is None else executors.storage
        self._now_ms = now_ms
        self._reader = HistoryReader(data)
        self._live = LiveState(sequence=self._reader.frame_count, standing=STORED)
        last_ms = self._reader.last_ms
        frame = None if last_ms is None else self._reader.frame_at(last_ms, with_bands=False)
        if frame is None:
            raise SettingsError(f"--data {data} holds no frame yet: nothing can be shown")
        self._frame = frame
        self._trouble: str | None = None
        studies = StudyReader(data)
        states = RawLogStates(data / RAW)
        self.view = MapView(
            self._reader, self._live, None, stored_vaults(data), BookReader(data), studies=studies, raw_states=states
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Publish each new minute until `stop`; what cannot be read is said once and looked at again."""
        while not stop.is_set():
            await pause(stop, LOOK_SECONDS)
            try:
                await self.look()
            except (LiqscapeError, OSError) as error:
                if str(error) != self._trouble:
                    log.warning("%s", error)
                self._trouble = str(error)
            else:
                self._trouble = None

    async def look(self) -> None:
        """Publish the newest stored frame where it is another one than before."""
        last_ms = await beside(self._executor, lambda: self._reader.last_ms)
        if last_ms is None or last_ms == self._frame.time_ms:
            return
        stored = await beside(self._executor, partial(read_stored, self._reader, last_ms, with_triggers=True))
        if stored is not None:
            self._frame = stored.frame
            self._live.publish(stored)

    def sources(self) -> SourcesAnswer:
        """One source: the folder. Its age is that of the newest stored frame, by our clock; unknown ahead of it."""
        frame = self._frame
        age_ms = self._now_ms() - frame.time_ms
        state: SourceState = "stale" if age_ms > SILENT_MS or self._trouble is not None else "connected"
        silence = f"nothing stored for {age_ms / 1_000.0:.0f} s" if age_ms > SILENT_MS else None
        row = SourceRow(
            kind="folder",
            address=str(self._data),
            state=state,
            last_message_ms=frame.time_ms,
            trouble=self._trouble or silence,
        )
        return SourcesAnswer(
            state="stored",
            as_of_ms=frame.time_ms,
            age_ms=float(age_ms) if age_ms >= 0 else None,
            sources=[row],
            coverage_share=coverage_answer(frame).share,
        )
