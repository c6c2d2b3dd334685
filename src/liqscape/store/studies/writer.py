"""Writes studies: a day is written anew with what came to it, and the former writing removed (one writer a folder)."""

from __future__ import annotations

import logging
import os
import weakref
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from liqscape.errors import CorruptSegment, StoreError
from liqscape.store.damage import MADE_GOOD, DamagedFile, cause_of, set_aside
from liqscape.store.durable import clean_temporary, flush_folder, remove_folder
from liqscape.store.studies.part import CoinSpan, StudyPart, list_parts, part_path, read_part, write_part
from liqscape.store.studies.schema import FOLDER, Frames, join_frames
from liqscape.store.writer_lock import lock_folder
from liqscape.units import DAY_MS

log = logging.getLogger("liqscape.store")


@dataclass(frozen=True, kw_only=True)
class StudiedCoin:
    """What a study of some frames of one UTC day gave for one coin.

    since_ms   first frame of its unbroken study; last_ms: of the last frame studied.
    state      how it stands at the end.
    goes_on    whether it goes on from the end of the part there is; else its rows there are replaced.
    """

    coin: str
    since_ms: int
    last_ms: int
    state: bytes
    goes_on: bool


class StudyWriter:
    """Keeps the parts of one data folder. Damaged ones are set aside: they are made again from the history.

    history_id  of the history they are studies of; parts of another one are removed, for nothing of them is true here.

    Raises StoreError where another writer has the folder.
    """

    def __init__(self, data: Path, history_id: str) -> None:
        self._data, self._folder, self._history_id = data, data / FOLDER, history_id
        self._folder.mkdir(parents=True, exist_ok=True)
        refusal = f"{self._folder} is written by another program: a live map studies its own history"
        self._release = weakref.finalize(self, os.close, lock_folder(self._folder, refusal))
        try:
            clean_temporary(self._folder)
            self._parts = dict(self._load())
        except BaseException:
            self._release()
            raise

    def close(self) -> None:
        """Release the folder."""
        self._release()

    def __enter__(self) -> StudyWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def days(self) -> tuple[int, ...]:
        """Days with a part, in order."""
        return tuple(sorted(self._parts))

    def part(self, day: int) -> StudyPart | None:
        """The part of a day (days since 1970)."""
        return self._parts.get(day)

    def check(self, day: int) -> StudyPart | None:
        """The part of a day, all of it read; None without one, or where it is damaged and set aside now."""
        part = self._parts.get(day)
        if part is None:
            return None
        try:
            part.check()
        except (CorruptSegment, OSError) as error:
            self._set_aside(part.path, day, error)
            del self._parts[day]
            return None
        return part

    def refuse(self, day: int, error: Exception) -> None:
        """Set a day's part aside whose states cannot be gone on with; it is studied again."""
        part = self._parts.pop(day, None)
        if part is not None:
            self._set_aside(part.path, day, error)

    def keep(self, day: int, studied: list[StudiedCoin], frames: Frames) -> StudyPart:
        """Add what was studied of a day to its part; durable when it returns. Raises StoreError where it cannot."""
        before = self.check(day)
        going_on = {each.coin for each in studied if each.goes_on}
        replaced = [each.coin for each in studied if not each.goes_on]
        coins: dict[str, CoinSpan] = {}
        states: dict[str, bytes] = {}
        parts = [frames]
        if before is not None:
            coins.update(before.coins)
            states.update(before.states())
            parts.insert(0, _without(before.frames(), replaced))
        if going_on - set(coins):
            raise StoreError(f"{self._folder}: no part of {sorted(going_on - set(coins))} to go on with")
        for each in studied:
            coins[each.coin], states[each.coin] = CoinSpan(each.since_ms, each.last_ms), each.state
        serials = [serial for there, serial in list_parts(self._folder) if there == day]
        try:
            part = write_part(
                self._folder,
                day,
                max(serials, default=0) + 1,
                history_id=self._history_id,
                coins=coins,
                frames=join_frames(parts),
                states=states,
            )
        except OSError as error:
            clean_temporary(self._folder)
            raise StoreError(
                f"{self._folder} cannot be written: {error.strerror or error}", path=str(self._folder)
            ) from error
        self._parts[day] = part
        for serial in serials:
            self._remove(part_path(self._folder, day, serial))
        return part

    def _load(self) -> Iterator[tuple[int, StudyPart]]:
        """The last sound writing of each day; what a kill left of former ones is removed."""
        newest: dict[int, int] = {}
        for day, serial in reversed(list_parts(self._folder)):
            path = part_path(self._folder, day, serial)
            if day in newest:
                self._remove(path)
                continue
            try:
                part = read_part(self._folder, day, serial)
            except (CorruptSegment, OSError) as error:
                self._set_aside(path, day, error)
                continue
            if part is None or part.history_id != self._history_id:
                self._remove(path)
                continue
            newest[day] = serial
            yield day, part

    def _set_aside(self, path: Path, day: int, error: Exception) -> None:
        set_aside(
            self._data,
            DamagedFile(
                file=f"{FOLDER}/{path.name}",
                cause=cause_of(error, path),
                loss=MADE_GOOD,
                remedy="it is studied again from the history; what is kept of it may be removed",
                first_ms=day * DAY_MS,
                last_ms=(day + 1) * DAY_MS - 1,
            ),
        )

    @staticmethod
    def _remove(path: Path) -> None:
        with suppress(FileNotFoundError):
            remove_folder(path)
        flush_folder(path.parent)


def remove_parts_before(data: Path, day: int) -> int:
    """Remove parts of days before `day` (days since 1970), beside a writer too; how many. Raises OSError."""
    gone = parts_before(data, day)
    for path in gone:
        StudyWriter._remove(path)
    return len(gone)


def parts_before(data: Path, day: int) -> list[Path]:
    """Parts of days before `day`, as `remove_parts_before` removes them."""
    return [part_path(data / FOLDER, each, serial) for each, serial in list_parts(data / FOLDER) if each < day]


def _without(frames: Frames, coins: list[str]) -> Frames:
    return {table: frame.filter(~pl.col("coin").is_in(coins)) for table, frame in frames.items()} if coins else frames
