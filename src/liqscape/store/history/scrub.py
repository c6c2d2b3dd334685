"""Looks whether the files of a part are what was written, and sets aside those that are not.

A reader finds damage where it is asked, the writer's look finds it where nobody asks: one part an append, each part
once a UTC day (writer.py).
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from liqscape.errors import CorruptSegment
from liqscape.store.damage import EVERY_COIN, MADE_GOOD, DamagedFile, cause_of, set_aside
from liqscape.store.durable import replace_file
from liqscape.store.history.manifest import Definition, PartEntry
from liqscape.store.history.part_files import FILES_NAME
from liqscape.store.history.parts import PARTS_FOLDER, PartReader, list_again
from liqscape.store.history.runs import NEEDED
from liqscape.store.history.schema import BANDS, NOTES, OF_TRIGGERS
from liqscape.store.history.step_files import UNSOUND, is_sound, write_steps
from liqscape.store.history.step_format import STEPS_NAME

REMEDY = "put a sound copy back under its name while nothing runs, or remove what is kept of it"
_BANDS = re.compile(r"bands/(.+)\.(\d+)m\.parquet")


def check_part(folder: Path, entry: PartEntry) -> list[DamagedFile]:
    """Read every file of a part and set aside the damaged ones; one that is not ours to read is passed over.

    Raises FileNotFoundError where the part is gone.
    """
    part = PartReader(folder, entry)
    for name in part.names:
        try:
            part.checked_path(name)
        except CorruptSegment:
            continue
    found = damage_of_part(part)
    for each in found:
        set_aside(folder, each)
    if FILES_NAME in part.damaged:
        replace_file(folder / PARTS_FOLDER / entry.name / FILES_NAME, list_again(part))
    return found


def mend_steps(folder: Path, entry: PartEntry, definition: Definition) -> None:
    """Make the steps of a part where there are none, and again where they are damaged."""
    try:
        if is_sound(folder, entry, definition.markets.coins):
            return
        found = DamagedFile(
            file=f"{PARTS_FOLDER}/{entry.name}/{STEPS_NAME}",
            cause=UNSOUND,
            loss=MADE_GOOD,
            remedy="what is kept of it may be removed",
        )
        set_aside(folder, found)
    except FileNotFoundError:
        pass
    write_steps(folder, entry, definition)


def damage_of_part(part: PartReader) -> list[DamagedFile]:
    """What a reader of a part has found damaged so far."""
    return [_described(part, name, error) for name, error in sorted(part.damaged.items())]


def lost_part(folder: Path, entry: PartEntry, error: Exception) -> DamagedFile:
    """A part of which nothing can be shown: its folder is gone, or its frames or coins are damaged."""
    place = f"{PARTS_FOLDER}/{entry.name}"
    file = place
    if isinstance(error, CorruptSegment):
        path = Path(str(error.context.get("path", "")))
        file = f"{place}/{path.name}"
    cause = cause_of(error, folder / file)
    return DamagedFile(
        file=file,
        cause=cause,
        loss="its minutes are a hole for every coin",
        remedy=REMEDY,
        first_ms=entry.first_ms,
        last_ms=entry.last_ms,
        is_hole=True,
    )


def _described(part: PartReader, name: str, error: CorruptSegment) -> DamagedFile:
    entry = part.entry
    file = f"{PARTS_FOLDER}/{entry.name}/{name}"
    cause = cause_of(error, Path(str(error.context.get("path", ""))))
    bands = _BANDS.fullmatch(name)
    found = partial(DamagedFile, file=file, cause=cause, first_ms=entry.first_ms, last_ms=entry.last_ms)
    if name == FILES_NAME:
        return found(loss=MADE_GOOD, remedy="what is kept of it may be removed")
    if name in NEEDED:
        return found(loss="its minutes are a hole for every coin", remedy=REMEDY, is_hole=True)
    if bands is not None and bands[2] != "1":
        return found(loss=MADE_GOOD, remedy="the finer file holds the same; it may be removed")
    if name == f"{BANDS}.parquet" and part.has_steps:
        return found(loss="bands of these times cannot be asked for with SQL; windows show them", remedy=REMEDY)
    if name == f"{BANDS}.parquet":
        loss = "cells of windows in steps of 15 minutes and more are a hole"
        return found(loss=loss, remedy=REMEDY, coin=EVERY_COIN)
    if bands is not None:
        coin = unquote(bands[1])
        return found(loss=f"cells of {coin} are a hole in windows that need it", remedy=REMEDY, coin=coin)
    if name.removesuffix(".parquet") in NOTES:
        return found(loss="what was written down in these minutes is missing", remedy=REMEDY)
    if name.removesuffix(".parquet") in OF_TRIGGERS:
        return found(loss="trigger orders of these times are unknown", remedy=REMEDY)
    loss = "accounts and levels of these times cannot be asked for, cells of windows in finer steps are a hole"
    return found(loss=loss, remedy=REMEDY, coin=EVERY_COIN)
