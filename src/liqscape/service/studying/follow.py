"""Follows a history that grows: studies what is stored, then each new frame, and keeps a part an hour.

It reads what the history holds and nothing else, so what it shows is what a study of the same history gives; where it
falls behind it catches up from there, and after a kill it studies again what was in no part yet, to the same bits.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import polars as pl

from liqscape.errors import ModelError, StoreError
from liqscape.insight.minute_pair import MinutePair
from liqscape.service.studying.coins import CoinStudies
from liqscape.service.studying.executors import HereExecutor
from liqscape.service.studying.minutes import StudiedMinutes
from liqscape.service.studying.plan import day_of
from liqscape.service.studying.run import refuse_unusable, stored_days, study_day
from liqscape.service.studying.standing import CoinStanding, StudyProgress, StudyStanding, StudyState
from liqscape.store.history import HistoryReader
from liqscape.store.studies import StudyWriter
from liqscape.store.studies.schema import frame_of, frames_of
from liqscape.units import DAY_MS, HOUR_MS

log = logging.getLogger("liqscape.live")

BACK_MS = 3 * DAY_MS
"""What was stored before that is studied on request (`liqscape study`): the longest persistence is of three days."""
KEEP_MS = HOUR_MS
"""Frames between two writings of the day's part: what is studied again after a kill."""
MAX_KEPT_BACK_MS = 6 * HOUR_MS
"""Where parts cannot be written for so long, rows are let go: they are made again from the history."""


class StudyFollower:
    """`advance` studies what is stored since; one thread at a time calls it, any thread reads `state` and `pending`.

    kept  folder its parts are in; the history's own by default.
    """

    def __init__(self, data: Path, state: StudyState, keep_ms: int = KEEP_MS, kept: Path | None = None) -> None:
        self._data = data
        self._folder = data if kept is None else kept
        self._state = state
        self._keep_ms = keep_ms
        self._reader: HistoryReader | None = None
        self._writer: StudyWriter | None = None
        self._minutes: StudiedMinutes | None = None
        self._studies: CoinStudies | None = None
        self._start_ms = self._last_ms = self._kept_ms = 0

    def advance(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Study every stored frame that is not studied yet; ends early once `stop` says so.

        Raises StoreError where another program studies this history, or it cannot be read.
        """
        if self._studies is None and not self._begin(stop):
            return
        assert self._reader is not None
        assert self._minutes is not None
        assert self._studies is not None
        stored_ms = self._reader.last_ms or self._last_ms
        for before, now in self._minutes.read(self._last_ms + 1, stored_ms + 1):
            is_over = day_of(now.time_ms) != day_of(self._last_ms)
            is_due = is_over or now.time_ms - self._kept_ms > self._keep_ms
            if is_due and not self._keep(is_over=is_over):
                return  # begun anew with the next call
            pair = self._studies.advance(before, now)
            self._last_ms = now.time_ms
            self._publish(pair, stored_ms)
            if stop():
                return

    def keep(self) -> None:
        """Put all that was studied into its part."""
        if self._studies is not None:
            self._keep()

    def close(self) -> None:
        """Keep what was studied and let go of the folder."""
        try:
            self.keep()
        finally:
            if self._writer is not None:
                self._writer.close()
            self._writer = self._studies = None

    def pending(self, table: str) -> pl.DataFrame:
        """Rows of a table that are in no part yet."""
        studies = self._studies
        return frame_of(table, [] if studies is None else getattr(studies.rows(), table))

    def _begin(self, stop: Callable[[], bool]) -> bool:
        """Bring all parts up to the newest frame; whether that is done. A day that `stop` cuts is kept up to there."""
        self._reader = self._reader or HistoryReader(self._data)
        if self._reader.last_ms is None:
            return False
        self._writer = self._writer or StudyWriter(self._folder, self._reader.history_id)
        last_ms = self._reader.last_ms
        begin_ms = max(self._reader.first_ms or 0, last_ms - BACK_MS)
        # The newest frame is left to `advance`, which shows it.
        days = stored_days(self._reader, begin_ms, last_ms) if begin_ms < last_ms else []
        self._start_ms = days[0].first_ms if days else last_ms

        def report(time_ms: int) -> None:
            progress = StudyProgress(start_ms=self._start_ms, studied_ms=time_ms, stored_ms=last_ms)
            self._state.publish(StudyStanding(time_ms=time_ms, coins={}, progress=progress))

        refuse_unusable(self._writer, days)
        here = HereExecutor(report, stop)
        for day in days:
            study_day(self._reader, self._writer, day, None, here, 1)
            if stop():
                return False
        self._minutes = StudiedMinutes(self._reader)
        return self._take_up(days[-1].last_ms if days else -1, last_ms)

    def _take_up(self, studied_ms: int, last_ms: int) -> bool:
        """Go on from the part that reaches furthest, to one of the last two frames; False where its states cannot be
        used, and it is made again."""
        assert self._writer is not None
        self._studies, self._last_ms = CoinStudies(None, {}), studied_ms
        for time_ms in (studied_ms, last_ms):
            part = self._writer.part(day_of(time_ms))
            ends = {} if part is None else {coin: span for coin, span in part.coins.items() if span.last_ms == time_ms}
            if part is not None and ends:
                states = {coin: state for coin, state in part.states().items() if coin in ends}
                try:
                    self._studies, self._last_ms = CoinStudies(None, states), time_ms
                except ModelError as error:
                    self._writer.refuse(part.day, error)
                    self._studies = None
                    return False
        self._kept_ms = self._last_ms
        return True

    def _keep(self, *, is_over: bool = False) -> bool:
        """Write the day's part; False where rows had to be let go, and all begins anew from the parts.

        is_over  the day is: its rows cannot wait, for a part is of one day.
        """
        assert self._studies is not None
        assert self._writer is not None
        if self._last_ms <= self._kept_ms:
            return True
        day = day_of(self._last_ms)
        part = self._writer.part(day)
        try:
            standing = self._studies.standing(() if part is None else part.coins)
            self._writer.keep(day, standing, frames_of(self._studies.rows()))
        except StoreError as error:
            log.warning("what was studied cannot be kept now: %s", error)
            if not is_over and self._last_ms - self._kept_ms <= MAX_KEPT_BACK_MS:
                return True
            self._studies = None
            return False
        self._studies.forget_rows()
        self._kept_ms = self._last_ms
        return True

    def _publish(self, pair: MinutePair, stored_ms: int) -> None:
        assert self._studies is not None
        time_ms = pair.now.time_ms
        coins = {}
        for coin, study in self._studies.studies.items():
            clusters, sweeps, cascades, asymmetry = study.now(pair)
            coins[coin] = CoinStanding(
                coin=coin,
                time_ms=time_ms,
                since_ms=study.since_ms or time_ms,
                clusters=clusters,
                sweeps=sweeps,
                cascades=cascades,
                asymmetry=asymmetry,
                needs=study.needs,
                ages=study.ages,
                edges=study.edges,
            )
        progress = StudyProgress(start_ms=self._start_ms, studied_ms=time_ms, stored_ms=stored_ms)
        standing = StudyStanding(time_ms=time_ms, coins=coins, news=self._studies.newest, progress=progress)
        self._state.publish(standing)
