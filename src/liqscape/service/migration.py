"""A data folder of an older version in the format of today: history, liquidations, order books."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from liqscape.errors import CorruptSegment, StoreError
from liqscape.service.folders import LIQUIDATIONS
from liqscape.service.opening import ProgressTo
from liqscape.store.books.schema import FOLDER as BOOKS
from liqscape.store.history.manifest import PartEntry
from liqscape.store.history.migrate import look_for_former

LIVE_DAYS = 2
"""Newest days of liquidations that a live map may still write."""


@dataclass(frozen=True, kw_only=True)
class Outdated:
    """What of a folder is of an older version.

    parts  of the history. head_count  files of minutes that are in no part. days  of liquidations. books  files.
    left   what cannot be read, and stays, with the reason.
    """

    parts: list[PartEntry]
    head_count: int
    days: list[str]
    books: list[Path]
    left: dict[str, str] = field(default_factory=dict)

    @property
    def frame_count(self) -> int:
        """Frames in the parts."""
        return sum(entry.frame_count for entry in self.parts)

    @property
    def is_nothing(self) -> bool:
        """Everything is of today."""
        return not (self.parts or self.head_count or self.days or self.books)


def find_outdated(folder: Path) -> Outdated:
    """Look through a data folder, which is only read. Raises StoreError where it holds no history."""
    from liqscape.store.books.writer import is_former_file
    from liqscape.store.liquidations.schema import is_former, list_days

    parts, head_count = look_for_former(folder)
    found = Outdated(parts=parts, head_count=head_count, days=[], books=[])
    for day in list_days(folder / LIQUIDATIONS):
        try:
            if is_former(folder / LIQUIDATIONS, day):
                found.days.append(day)
        except StoreError as error:
            found.left[f"{LIQUIDATIONS}/{day}.parquet"] = str(error)
    for path in sorted((folder / BOOKS).glob("*/*.parquet")):
        try:
            if is_former_file(path):
                found.books.append(path)
        except StoreError as error:
            found.left[str(path.relative_to(folder))] = str(error)
    return found


def migrate_folder(folder: Path, outdated: Outdated, progress_to: ProgressTo) -> dict[str, str]:
    """Rewrite what is outdated, file by file, each in one step; `progress` gets how many frames were begun.

    Returns what stays as it is, with the reason. Killed at any moment, nothing is lost, and the next call goes on.
    Raises StoreError where another process is writing the folder, or the disk refuses.
    """
    from liqscape.store.history import HistoryReader, HistoryWriter

    done, left = 0, dict(outdated.left)
    reader = HistoryReader(folder)

    with (
        HistoryWriter(folder, reader.provenance, reader.hold_ms) as writer,
        progress_to(f"rewriting {folder.name}", 0, max(outdated.frame_count, 1)) as reported,
    ):

        def part_begun(entry: PartEntry) -> None:
            nonlocal done
            done += entry.frame_count
            reported(done)

        if outdated.parts or outdated.head_count:
            left |= writer.migrate(part_begun)
        _rewrite_beside(folder, outdated, left)
    return left


def migrate_live_folder(folder: Path, outdated: Outdated, wait_s: float) -> dict[str, str]:
    """The same of a folder that a map is writing: the map rewrites parts of the history itself, days of liquidations
    and order books are rewritten here, but for the newest two of liquidations, which the map may be writing.

    Returns what stays, with the reason. Raises StoreError where the map does not do it in `wait_s`.
    """
    from liqscape.service.care.pruning import ask_writer
    from liqscape.store.liquidations.schema import list_days

    left = dict(outdated.left)
    if outdated.parts:
        left |= ask_writer(folder, None, wait_s).left
    newest = list_days(folder / LIQUIDATIONS)[-LIVE_DAYS:]
    for day in outdated.days:
        if day in newest:
            left[f"{LIQUIDATIONS}/{day}.parquet"] = "the map may be writing this day; it is of today when it does"
    _rewrite_beside(folder, replace(outdated, days=[day for day in outdated.days if day not in newest]), left)
    return left


def _rewrite_beside(folder: Path, outdated: Outdated, left: dict[str, str]) -> None:
    """Rewrite days of liquidations and order books; `left` gets what stays, with the reason."""
    from liqscape.store.books.reader import read_rows
    from liqscape.store.books.writer import read_day_file
    from liqscape.store.books.writer import write_day as write_books
    from liqscape.store.liquidations.schema import read_day, write_day

    for day in outdated.days:
        write_day(folder / LIQUIDATIONS, day, read_day(folder / LIQUIDATIONS, day))
    for path in outdated.books:
        try:
            day_file = read_day_file(path)
            if day_file is not None:
                write_books(folder, day_file, read_rows(path))
        except CorruptSegment as error:
            left[str(path.relative_to(folder))] = str(error)
