"""What rules of retention would take out of a data folder, with its bytes, and taking it out.

Beside a map that writes the folder the removal is done by the map itself (store/history/asked.py): one writer a folder.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from liqscape.errors import StoreError
from liqscape.service.day_keeping import day_folders, remove_old_days
from liqscape.store.day_files import days_before
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.history.asked import AskedCare, DoneCare, ask, read_answer, take_back
from liqscape.store.history.held import bytes_below, look_at_room
from liqscape.store.history.parts import PARTS_FOLDER
from liqscape.store.history.recover import manifest_of
from liqscape.store.history.retention import (
    HeldHistory,
    HeldPart,
    KeepRules,
    RemoveDay,
    ThinPart,
    excess_bytes,
    next_step,
)
from liqscape.store.history.schema import WHERE_GIVEN
from liqscape.store.studies import parts_before
from liqscape.store.writer_lock import is_written
from liqscape.units import DAY_MS

LOOK_S = 0.2
"""Between two looks for the answer of a map that writes the folder."""


@dataclass(frozen=True, kw_only=True)
class PrunedPiece:
    """One thing that goes. what: `day` (its parts), `detail` (frames of a part between steps of step_ms), `file`.

    bytes: that are there now. freed_bytes: of them that go; of detail about so many, by the share of its frames.
    """

    what: str
    name: str
    day_ms: int | None
    step_ms: int | None
    bytes: int
    freed_bytes: int


@dataclass(frozen=True, kw_only=True)
class PrunePlan:
    """What would go, in the order in which it would. excess_bytes: by which a bound in bytes is missed all the same."""

    pieces: tuple[PrunedPiece, ...]
    freed_bytes: int
    total_bytes: int
    excess_bytes: int


def plan_pruning(folder: Path, rules: KeepRules) -> PrunePlan:
    """Look at a folder, which is only read. Raises StoreError where it holds no history."""
    manifest = manifest_of(folder)
    held = look_at_room(folder, manifest, {})
    counts = {entry.name: entry.frame_count for entry in manifest.parts}
    pieces: list[PrunedPiece] = []
    while (step := next_step(held, rules)) is not None:
        if isinstance(step, RemoveDay):
            held, piece = _without_day(held, step)
        else:
            whole = sum(bytes_below(folder / PARTS_FOLDER / step.name / f"{table}.parquet") for table in WHERE_GIVEN)
            held, piece = _thinned(held, step, counts[step.name], whole)
        pieces.append(piece)
    first_day = min((part.day for part in held.parts), default=held.open_day)
    pieces += _files_before(folder, held, rules, first_day)
    return PrunePlan(
        pieces=tuple(pieces),
        freed_bytes=sum(piece.freed_bytes for piece in pieces),
        total_bytes=bytes_below(folder),
        excess_bytes=excess_bytes(held, rules),
    )


def _without_day(held: HeldHistory, step: RemoveDay) -> tuple[HeldHistory, PrunedPiece]:
    gone = [part for part in held.parts if part.day == step.day]
    aside = [each for each in held.set_aside if each.day == step.day]
    size = sum(part.size for part in gone) + sum(each.size for each in aside)
    left = replace(
        held,
        parts=tuple(part for part in held.parts if part not in gone),
        set_aside=tuple(each for each in held.set_aside if each not in aside),
    )
    name = f"{len(gone)} part{'s' if len(gone) != 1 else ''}"
    return left, PrunedPiece(
        what="day", name=name, day_ms=step.day * DAY_MS, step_ms=None, bytes=size, freed_bytes=size
    )


def _thinned(held: HeldHistory, step: ThinPart, frame_count: int, whole_bytes: int) -> tuple[HeldHistory, PrunedPiece]:
    """About what a thinned part takes, by the share of its frames: at most one a step, and both ends.

    whole_bytes: of tables by the minute, which stay whole.
    """
    part = next(each for each in held.parts if each.name == step.name)
    kept = min(frame_count, (part.last_ms - part.first_ms) // step.step_ms + 2)
    size = whole_bytes + round((part.size - whole_bytes) * kept / max(frame_count, 1))
    made: HeldPart = replace(part, size=size, step_ms=step.step_ms)
    left = replace(held, parts=tuple(made if each is part else each for each in held.parts))
    return left, PrunedPiece(
        what="detail",
        name=f"{PARTS_FOLDER}/{part.name}",
        day_ms=part.day * DAY_MS,
        step_ms=step.step_ms,
        bytes=part.size,
        freed_bytes=part.size - size,
    )


def _files_before(folder: Path, held: HeldHistory, rules: KeepRules, first_day: int) -> list[PrunedPiece]:
    """Liquidations, order books and studies of days that go for their age (service/day_keeping.py)."""
    if held.last_ms < 0:
        return []
    day = None if rules.days is None else held.newest_day - rules.days
    study_days = [limit for limit in (day, first_day if rules.max_bytes is not None else None) if limit is not None]
    paths = []
    if day is not None:
        paths = [path for top in day_folders(folder) for path in days_before(top, day)]
    paths += parts_before(folder, max(study_days, default=0))
    sizes = [(path, bytes_below(path)) for path in paths]
    return [
        PrunedPiece(
            what="file",
            name=path.relative_to(folder).as_posix(),
            day_ms=None,
            step_ms=None,
            bytes=size,
            freed_bytes=size,
        )
        for path, size in sizes
    ]


def prune_folder(folder: Path, rules: KeepRules, wait_s: float) -> int:
    """Take out what the rules ask for; bytes that are free for it. By the map that writes the folder where one does.

    Killed at any moment, nothing that is kept is lost. Raises StoreError where the map does not do it in `wait_s`.
    """
    before = bytes_below(folder)
    if is_written(folder):
        ask_writer(folder, rules, wait_s)
    else:
        reader = HistoryReader(folder)
        with HistoryWriter(folder, reader.provenance, reader.hold_ms) as writer:
            writer.prune(rules)
    remove_old_days(folder, HistoryReader(folder).last_ms, rules)
    return max(before - bytes_below(folder), 0)


def ask_writer(
    folder: Path, rules: KeepRules | None, wait_s: float, sleep: Callable[[float], None] = time.sleep
) -> DoneCare:
    """Have the process that writes a folder prune it, or (None) rewrite older parts, and wait until it is done.

    Raises StoreError where it does not answer in time; the wish is taken back then.
    """
    wish = AskedCare(ask_id=secrets.token_hex(8), rules=rules)
    ask(folder, wish)
    try:
        for _ in range(max(1, round(wait_s / LOOK_S))):
            done = read_answer(folder, wish.ask_id)
            if done is not None:
                return done
            sleep(LOOK_S)
    except BaseException:
        take_back(folder)
        raise
    take_back(folder)
    raise StoreError(
        f"{folder}: the process that writes it did not take this up within {wait_s:g} s; it looks once a minute, and "
        "one of an earlier version never does: stop it and ask again"
    )
