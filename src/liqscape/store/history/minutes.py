"""Stored frames one after the other, each with its accounts and what was written down since the one before.

For who goes through days of them: rows are read once and accounts moved on by what changed, where asking for the
accounts of each time puts them together anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.heatmap.bands import Bands
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.insight.funding_rows import HeldThen, with_funding
from liqscape.ledger.triggers import StandingTriggers, triggers_on
from liqscape.model.accounts import Accounts
from liqscape.model.funding import HourlyFunding
from liqscape.model.margin_tables import MarginTables
from liqscape.model.minute_notes import MinuteNotes
from liqscape.model.triggers import TriggerColumns, TriggerKnowledge
from liqscape.store.history.batch import StoredFrame
from liqscape.store.history.compact import rows_of_part
from liqscape.store.history.content import replay
from liqscape.store.history.folder_state import FolderState
from liqscape.store.history.frames import frame_of_rows
from liqscape.store.history.look import ATTEMPTS
from liqscape.store.history.notes import MinuteRows
from liqscape.store.history.runs import PartRun, Run
from liqscape.store.history.schema import COINS, FRAMES, FUNDING, NOTES, Batch, Table, rows_between
from liqscape.store.history.unsealed import HeadRun

StandingAt = Callable[[int], StandingTriggers | None]
"""Trigger orders that stood at the frame of exactly this time; None where none are stored. Raises CorruptSegment."""


@dataclass(frozen=True, kw_only=True)
class StoredMinute:
    """A stored frame.

    frame   as it was appended, without bands.
    notes   of what happened since the frame before (as Moment.notes; after a thinning those of all its minutes, in
            one: there may be several rows of an account, coin and kind); None where nobody wrote any, or they are
            damaged.
    is_gap  more than the history's hold time lies between the frame before and this one, or none was read before it.
    standing_at  reads trigger orders of a frame, when they are asked for.
    """

    frame: MarketFrame
    accounts: Accounts
    tables: MarginTables
    notes: MinuteNotes | None
    is_gap: bool
    standing_at: StandingAt

    @property
    def triggers(self) -> tuple[TriggerColumns, TriggerKnowledge] | None:
        """Trigger orders known at the frame (rows of its accounts), read each time this is asked; None where nobody
        read any for it, a damaged file holds them, or the frame is not kept any more."""
        try:
            standing = self.standing_at(self.time_ms)
        except CorruptSegment:
            return None
        return None if standing is None else triggers_on(standing, self.accounts)

    @property
    def time_ms(self) -> int:
        """Venue time of the frame."""
        return self.frame.time_ms


def read_minutes(
    look: Callable[[], FolderState], provenance: Provenance, start_ms: int, end_ms: int, standing_at: StandingAt
) -> Iterator[StoredMinute]:
    """Frames in [start, end) that are there when each is read, in order of time; a file that is damaged costs its own.

    Raises CorruptSegment where files go missing again and again.
    """
    walk, failed = _Walk(provenance, start_ms, end_ms, standing_at), 0
    while True:
        try:
            for minute in walk.through(look()):
                failed = 0
                yield minute
        except FileNotFoundError as error:  # a part was merged, or heads became one, since the look
            failed += 1
            if failed >= ATTEMPTS:
                raise CorruptSegment(f"{error.filename}: the file is missing", path=str(error.filename)) from error
        else:
            return


class _Walk:
    """How far a reading has come; `through` goes on from there."""

    def __init__(self, provenance: Provenance, start_ms: int, end_ms: int, standing_at: StandingAt) -> None:
        self._provenance = provenance
        self._standing_at = standing_at
        self._next_ms, self._end_ms = start_ms, end_ms
        self._before: StoredMinute | None = None

    def through(self, state: FolderState) -> Iterator[StoredMinute]:
        if not state.manifest.definitions:
            return
        for run in state.runs(self._next_ms, self._end_ms):
            if run.last_ms < self._next_ms:
                continue
            notes = _notes_of(run)
            frames = run.frames()
            try:
                for stored in _frames_from(run, max(self._next_ms, run.first_ms), self._end_ms):
                    minute = self._minute(stored, run, notes, _time_before(frames, stored.time_ms), state)
                    self._before, self._next_ms = minute, minute.time_ms + 1
                    yield minute
            except CorruptSegment:
                continue  # its accounts cannot be read from here on

    def _minute(
        self, stored: StoredFrame, run: Run, notes: MinuteRows, after_ms: int, state: FolderState
    ) -> StoredMinute:
        own, time_ms, before = stored.batch, stored.time_ms, self._before
        frame = frame_of_rows(self._provenance, run.definition.markets, own[FRAMES], own[COINS], Bands.empty())
        is_near = before is not None and time_ms - before.time_ms <= state.manifest.hold_ms
        minute = StoredMinute(
            frame=frame,
            accounts=stored.accounts,
            tables=run.definition.tables,
            notes=notes.between(after_ms, time_ms),
            is_gap=before is None or not (is_near or int(own[FRAMES]["thinned_count"][0]) > 0),
            standing_at=self._standing_at,
        )
        paid = _paid(own[FUNDING])
        if paid is None or before is None or minute.notes is None or not notes.is_whole(before.time_ms, time_ms):
            return minute
        return replace(
            minute, notes=with_funding(minute.notes, HeldThen.of(before.accounts), minute.accounts, paid, time_ms)
        )


def _frames_from(run: Run, start_ms: int, end_ms: int) -> Iterator[StoredFrame]:
    """Frames of a run in [start, end)."""
    times = run.frames()["time_ms"]
    wanted = times[(times >= start_ms) & (times < end_ms)]
    if not len(wanted):
        return
    first_ms, last_ms = int(wanted[0]), int(wanted[-1])
    accounts = None
    if first_ms > run.first_ms:
        accounts = run.accounts_at(first_ms)
        row = int(np.searchsorted(times, first_ms))
        batch = {FRAMES: rows_between(run.frames(), first_ms, first_ms), COINS: run.coins_at(first_ms)}
        batch[FUNDING] = rows_between(run.funding(), first_ms, first_ms)
        yield StoredFrame(batch, accounts)
        if row + 1 == len(times) or first_ms == last_ms:
            return
        first_ms = int(times[row + 1])
    yield from replay(_batches_of(run, first_ms, last_ms), accounts)


def _batches_of(run: Run, first_ms: int, last_ms: int) -> Iterator[Batch]:
    """All rows of frames between two times, both within, but those of notes."""
    if isinstance(run, PartRun):
        yield from rows_of_part(run.part, first_ms, last_ms)
        return
    assert isinstance(run, HeadRun)
    for batch in run.batches(first_ms, last_ms):
        yield {name: rows_between(table, first_ms, last_ms) for name, table in batch.items() if name not in NOTES}


def _notes_of(run: Run) -> MinuteRows:
    """Notes of all minutes of a run, without those that cannot be read."""
    try:
        if isinstance(run, PartRun):
            names = [name for name in NOTES if run.part.has(f"{name}.parquet")]
            return MinuteRows({name: run.part.read(name) for name in names})
        assert isinstance(run, HeadRun)
        return MinuteRows(run.notes())
    except CorruptSegment:
        return MinuteRows({})


def _time_before(frames: Table, time_ms: int) -> int:
    """Time of the frame before one of a run; -1 of its first."""
    row = int(np.searchsorted(frames["time_ms"], time_ms))
    return int(frames["time_ms"][row - 1]) if row else -1


def _paid(funding: Table) -> HourlyFunding | None:
    """The funding a frame was stored with."""
    if not len(funding["time_ms"]):
        return None
    due = np.full(int(funding["market_index"].max()) + 1, np.nan)
    due[funding["market_index"]] = funding["due"]
    return HourlyFunding(int(funding["hour_ms"].max()), due)
