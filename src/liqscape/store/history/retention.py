"""How long a history is kept and how big it may grow: what has to go next, decided from sizes and ages alone.

Whole UTC days go, the oldest first. Their age is counted from the day of the newest stored frame, not by this machine's
clock: one that is set wrong removes nothing, and an archive of years ago may be imported under the same rules.

A part is *thinned* to the last frame of every step (15 minutes, then an hour), each with all that it held. The day of
the newest frame and what lies in head files are never touched.

The bound in bytes holds with what the next step needs beside what is there: a merge, a sealing or a thinning writes its
result before what it replaces is removed (`beside_bytes`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

EVERY_FRAME = 0
QUARTER_HOUR_MS = 15 * MINUTE_MS
STEPS_MS = (QUARTER_HOUR_MS, HOUR_MS)
"""Steps of thinned parts, finest first; each is a whole multiple of the one before."""
RECENT_DAYS = 7
"""The bound takes detail and days from what is older first: the last week is what is looked at."""


@dataclass(frozen=True)
class KeepRules:
    """What is kept of a history. None: no such rule; without any, nothing is ever removed.

    days               UTC days kept beside the newest one; older ones are removed.
    minute_days        UTC days of which every stored frame is kept; of older ones one every 15 minutes.
    quarter_hour_days  the same for those; of older ones one an hour.
    max_bytes          bytes that history may take on disk, head files and damaged ones included.
    """

    days: int | None = None
    minute_days: int | None = None
    quarter_hour_days: int | None = None
    max_bytes: int | None = None

    def step_at(self, age_days: int) -> int:
        """Step (ms) that frames of an age are kept at; EVERY_FRAME for all of them."""
        if self.quarter_hour_days is not None and age_days > self.quarter_hour_days:
            return HOUR_MS
        if self.minute_days is not None and age_days > self.minute_days:
            return QUARTER_HOUR_MS
        return EVERY_FRAME

    def is_over(self, age_days: int) -> bool:
        """Whether a day of an age is removed."""
        return self.days is not None and age_days > self.days


KEEP_ALL = KeepRules()


@dataclass(frozen=True, kw_only=True)
class HeldPart:
    """A part on disk. size: bytes. step_ms: it was thinned to, EVERY_FRAME where it was not.

    can_be_thinned: False where a file of it is damaged: what it lost may still be put back.
    """

    name: str
    first_ms: int
    last_ms: int
    size: int
    step_ms: int = EVERY_FRAME
    can_be_thinned: bool = True

    @property
    def day(self) -> int:
        """UTC day of its frames, days since 1970."""
        return self.first_ms // DAY_MS


@dataclass(frozen=True)
class HeldAside:
    """A damaged file or folder that was set aside, by the UTC day it told of. name: below the folder of the history."""

    name: str
    day: int
    size: int


@dataclass(frozen=True, kw_only=True)
class HeldHistory:
    """What of a history lies on disk.

    parts        in order of time.
    head_bytes   of the head files; first_head_ms: time of the first frame in them, None without any.
    other_bytes  of all else that is its own: manifest, journal.
    last_ms      time of the newest frame, -1 without any.
    """

    parts: tuple[HeldPart, ...]
    set_aside: tuple[HeldAside, ...] = ()
    head_bytes: int = 0
    first_head_ms: int | None = None
    other_bytes: int = 0
    last_ms: int = -1

    @cached_property
    def total_bytes(self) -> int:
        """All of it."""
        kept = sum(part.size for part in self.parts) + sum(each.size for each in self.set_aside)
        return self.head_bytes + self.other_bytes + kept

    @property
    def newest_day(self) -> int:
        """UTC day of the newest frame."""
        return self.last_ms // DAY_MS

    @property
    def open_day(self) -> int:
        """UTC day from which on nothing is touched."""
        first_ms = self.last_ms if self.first_head_ms is None else min(self.first_head_ms, self.last_ms)
        return first_ms // DAY_MS

    @cached_property
    def closed_parts(self) -> tuple[HeldPart, ...]:
        """Parts of the days before, in order of time."""
        return tuple(part for part in self.parts if part.day < self.open_day)

    @cached_property
    def closed_days(self) -> tuple[int, ...]:
        """UTC days before with anything that could be removed, oldest first."""
        days = {part.day for part in self.closed_parts}
        return tuple(sorted(days | {each.day for each in self.set_aside if each.day < self.open_day}))


@dataclass(frozen=True)
class RemoveDay:
    """Parts and set aside files of one UTC day go. is_for_room: the bound asks for it, not the age."""

    day: int
    is_for_room: bool


@dataclass(frozen=True)
class ThinPart:
    """One part is replaced by one with the last frame of every step. is_for_room as of RemoveDay."""

    name: str
    step_ms: int
    is_for_room: bool


Step = RemoveDay | ThinPart


def next_step(held: HeldHistory, rules: KeepRules) -> Step | None:
    """The next thing to do; None where all rules are met, or nothing more can be done (`excess_bytes`).

    To be asked again after each step with what is there then. It ends: each step removes a day or makes a part coarser.
    """
    for day in held.closed_days:
        if rules.is_over(held.newest_day - day):
            return RemoveDay(day, is_for_room=False)
    if excess_bytes(held, rules):
        return next(_steps_for_room(held, rules), None)
    for part in held.closed_parts:
        step_ms = rules.step_at(held.newest_day - part.day)
        if part.can_be_thinned and part.step_ms < step_ms:
            return ThinPart(part.name, step_ms, is_for_room=False)
    return None


def excess_bytes(held: HeldHistory, rules: KeepRules) -> int:
    """Bytes by which the history with what its next step needs beside exceeds the bound; 0 without one."""
    if rules.max_bytes is None:
        return 0
    return max(held.total_bytes + beside_bytes(held) - rules.max_bytes, 0)


def beside_bytes(held: HeldHistory) -> int:
    """Bytes the next steps may need for a while beside what is there.

    The larger of a part of all head files and one of all parts of a day still to be merged; as much again as the head
    files take, which go on growing until the next look; and a thinned copy of the largest closed part, so that there is
    room to thin where the bound is reached.
    """
    open_bytes: dict[int, int] = {}
    for part in held.parts:
        if part.day >= held.open_day:
            open_bytes[part.day] = open_bytes.get(part.day, 0) + part.size
    thinnable = (part.size for part in held.closed_parts if part.can_be_thinned and part.step_ms < STEPS_MS[-1])
    return max((held.head_bytes, *open_bytes.values())) + held.head_bytes + max(thinnable, default=0)


def _steps_for_room(held: HeldHistory, rules: KeepRules) -> Iterator[Step]:
    """What may be done for the bound, most fitting first: the oldest are thinned, step by step, then removed; those of
    the last days only where that is not enough. One that is larger than the bound already may grow while it is thinned.
    """
    assert rules.max_bytes is not None
    room = rules.max_bytes - held.total_bytes
    is_larger = room < 0
    for recent_days in (RECENT_DAYS, 0):
        before = held.newest_day - recent_days
        for step_ms in STEPS_MS:
            for part in held.closed_parts:
                if part.day >= before or not part.can_be_thinned or part.step_ms >= step_ms:
                    continue
                if is_larger or part.size <= room:
                    yield ThinPart(part.name, step_ms, is_for_room=True)
        for day in held.closed_days:
            if day < before:
                yield RemoveDay(day, is_for_room=True)
