"""Reads the scores of a folder while whoever scores goes on."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from liqscape.errors import CorruptSegment
from liqscape.store.scores.schema import (
    FOLDER,
    SCORE_VERSION,
    TABLES,
    DayStanding,
    day_path,
    empty_frame,
    read_standing,
    read_table,
)
from liqscape.units import DAY_MS

EPOCH = date(1970, 1, 1)
LAST_TABLE = tuple(TABLES)[-1]
"""Written last: a day without it is not scored."""
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})\.parquet")


class ScoreReader:
    """Scores of a data folder, day by day. Damaged days, and those of another version, are as if not scored."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    def days(self) -> list[str]:
        """Days with a file of the table that is written last, oldest first; none without a folder."""
        try:
            names = os.listdir(self._folder / LAST_TABLE)
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(match[1] for name in names if (match := _DAY.fullmatch(name)))

    @property
    def last_day(self) -> str | None:
        """The last scored day that is whole and sound; None without one."""
        for day in reversed(self.days()):
            standing = self.standing(day)
            if standing is not None and standing.last_ms >= end_of(day):
                return day
        return None

    def standing(self, day: str) -> DayStanding | None:
        """What the scores of a day were made of; None where they are not all there, or of another version."""
        try:
            found = [read_standing(self._folder, table, day) for table in TABLES]
        except (CorruptSegment, OSError):
            return None
        if any(each != found[0] for each in found) or found[0].version != SCORE_VERSION:
            return None
        return found[0]

    def rows(self, table: str, days: Sequence[str], coin: str | None = None) -> pl.DataFrame:
        """Rows of a table with `day` (days since 1970) before its columns, in order of days.

        Days that cannot be read are left out.
        """
        parts = [empty_frame(table).insert_column(0, pl.Series("day", [], pl.Int64))]
        for day in days:
            try:
                frame, _ = read_table(self._folder, table, day)
            except (CorruptSegment, OSError):
                continue
            own = frame if coin is None else frame.filter(pl.col("coin") == coin)
            parts.append(own.insert_column(0, pl.Series("day", [number_of(day)] * own.height, pl.Int64)))
        return pl.concat(parts)

    def signature(self) -> tuple[tuple[str, int], ...]:
        """Changes whenever a day is written."""
        found = []
        for day in self.days():
            try:
                found.append((day, day_path(self._folder, LAST_TABLE, day).stat().st_mtime_ns))
            except FileNotFoundError:
                continue
        return tuple(found)


def number_of(day: str) -> int:
    """Days since 1970 of a day as it is named."""
    return (date.fromisoformat(day) - EPOCH).days


def end_of(day: str) -> int:
    """First millisecond after a day."""
    return (number_of(day) + 1) * DAY_MS
