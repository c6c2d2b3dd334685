"""Damaged files of a data folder: set aside under a name that says so, never deleted, and listed.

A file that is not what was written is renamed within its folder to NAME.damaged-1 (or the next free number), and
`damaged.jsonl` says what was wrong with it and what is missing for it. The line is written before the file is renamed:
killed in between, the next start finds the same damage, the same line, and renames. Who only looks renames nothing.

An entry is listed as long as what was set aside lies there; where nothing could be set aside (a file that is gone), as
long as the file is missing.
"""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from threading import Lock

import msgspec

from liqscape.errors import CorruptSegment, StoreError
from liqscape.store.checked_json import check_json, seal_json
from liqscape.store.durable import flush_folder

JOURNAL = "damaged.jsonl"
MADE_GOOD = "nothing is lost"
MAX_JOURNAL_BYTES = 4 * 1024 * 1024
"""Read at most: some ten thousand entries."""

log = logging.getLogger("liqscape.store")

_MARK = re.compile(r"(.+)\.damaged-(\d+)")
_WRITING = Lock()


EVERY_COIN = "*"


class DamagedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that cannot be read as it was written.

    file     its name below the data folder, as it was.
    cause    what is wrong with it.
    loss     what is missing for it; MADE_GOOD where something else held the same.
    remedy   what can be done.
    first_ms, last_ms  times it told of; None: no times, or not known.
    kept_as  the name it was set aside under; None: it was not, or there is nothing to set aside.
    is_hole  no frame of those times can be shown.
    coin     whose cells are missing, where it is those of one coin; EVERY_COIN where frames can be shown without them.
    """

    file: str
    cause: str
    loss: str
    remedy: str
    first_ms: int | None = None
    last_ms: int | None = None
    kept_as: str | None = None
    is_hole: bool = False
    coin: str | None = None

    def concerns(self, coin: str, start_ms: int, end_ms: int) -> bool:
        """Whether cells of a coin in [start, end) are missing for it."""
        if self.first_ms is None or self.last_ms is None or not (self.is_hole or self.coin in (coin, EVERY_COIN)):
            return False
        return self.first_ms < end_ms and start_ms <= self.last_ms

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        kept = "" if self.kept_as is None else f", kept as {self.kept_as}"
        return f"{self.file}: {self.cause}{kept}; {self.loss}; {self.remedy}"


def former_name(name: str) -> str | None:
    """The name a damaged file had; None for other names."""
    match = _MARK.fullmatch(name)
    return match[1] if match else None


def names_set_aside(folder: Path) -> list[str]:
    """The former names of what was set aside in one folder."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return [former for name in names if (former := former_name(name)) is not None]


def cause_of(error: Exception, path: Path) -> str:
    """What an error of reading a file says, without the file's own path."""
    if isinstance(error, OSError):
        return "the file is missing" if isinstance(error, FileNotFoundError) else f"{error.strerror or error}"
    return " ".join(str(error).removeprefix(f"{path}: ").split())[:200]


def set_aside(folder: Path, found: DamagedFile) -> DamagedFile:
    """Rename a damaged file (or folder) and note it; durable on return. Again after a kill it does the rest.

    What is missing because it was set aside before is not noted again.

    Raises StoreError where the folder cannot be written.
    """
    path = folder / found.file
    with _WRITING:
        known = read_journal(folder)
        if os.path.lexists(path):
            entry = _planned(folder, found)
        else:
            before = [each for each in known if each.file == found.file and each.kept_as and _stands(folder, each)]
            if before:
                return before[-1]
            entry = found
        try:
            if entry not in known:
                try:
                    _note(folder, entry)
                except OSError as error:  # the name it is kept under says the most needed
                    log.warning("%s cannot be written: %s", folder / JOURNAL, error.strerror or error)
            if entry.kept_as is not None:
                path.rename(folder / entry.kept_as)
                flush_folder(path.parent)
        except OSError as error:
            raise StoreError(f"{path} cannot be set aside: {error.strerror or error}", path=str(path)) from error
    if entry not in known:
        log.warning("%s", entry.sentence)
    return entry


def note_damage(folder: Path, entry: DamagedFile) -> None:
    """Note a damaged file that the caller keeps under `entry.kept_as` itself; said once in the log.

    Raises OSError where the journal cannot be written.
    """
    with _WRITING:
        if entry in read_journal(folder):
            return
        _note(folder, entry)
    log.warning("%s", entry.sentence)


def list_damaged(
    folder: Path, places: tuple[str, ...] = ("", "head", "parts", "liquidations", "outbox", "raw", "studies")
) -> tuple[DamagedFile, ...]:
    """List what was set aside and still lies there, or is missing; also where the journal no longer names it."""
    entries = {entry.kept_as or entry.file: entry for entry in standing_entries(folder)}
    for place in places:
        try:
            names = os.listdir(folder / place)
        except OSError:
            continue
        for name in names:
            if ".damaged-" not in name:
                continue
            former = former_name(name)
            kept_as = f"{place}/{name}".lstrip("/")
            if former is not None and kept_as not in entries:
                entries[kept_as] = DamagedFile(
                    file=f"{place}/{former}".lstrip("/"),
                    cause="set aside as damaged; what was wrong with it is not known any more",
                    loss="what it held is missing",
                    remedy="remove it once nobody needs it",
                    kept_as=kept_as,
                )
    return tuple(entries[key] for key in sorted(entries))


def standing_entries(folder: Path) -> list[DamagedFile]:
    """Those of the journal that still stand."""
    return [entry for entry in read_journal(folder) if _stands(folder, entry)]


def read_journal(folder: Path) -> list[DamagedFile]:
    """Entries in the order they were noted; a line that is damaged itself is passed over."""
    path = folder / JOURNAL
    try:
        with path.open("rb") as file:
            lines = file.read(MAX_JOURNAL_BYTES).splitlines()
    except OSError:
        return []
    entries = []
    for line in lines:
        try:
            if check_json(line, path):
                entries.append(msgspec.json.decode(line, type=DamagedFile))
        except (CorruptSegment, msgspec.DecodeError, UnicodeDecodeError):
            continue
    return entries


def _planned(folder: Path, found: DamagedFile) -> DamagedFile:
    """The entry with the name to keep it as: that of an interrupted attempt, else the next free one."""
    for entry in read_journal(folder):
        if entry.file == found.file and entry.kept_as is not None and not os.path.lexists(folder / entry.kept_as):
            same = msgspec.structs.replace(found, kept_as=entry.kept_as)
            if same == entry:
                return entry
    number = 1
    while os.path.lexists(folder / f"{found.file}.damaged-{number}"):
        number += 1
    return msgspec.structs.replace(found, kept_as=f"{found.file}.damaged-{number}")


def _note(folder: Path, entry: DamagedFile) -> None:
    """Append one line in one write; begins on a new line whatever the file ends with."""
    line = b"\n" + seal_json(msgspec.json.encode(entry)).replace(b"\n", b"") + b"\n"
    path = folder / JOURNAL
    is_new = not path.exists()
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
    try:
        os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        flush_folder(folder)


def _stands(folder: Path, entry: DamagedFile) -> bool:
    if entry.kept_as is None:
        return not os.path.lexists(folder / entry.file)
    return os.path.lexists(folder / entry.kept_as)
