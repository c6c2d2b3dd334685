"""Reads studies while a writer, here or in another process, goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from liqscape.errors import CorruptSegment
from liqscape.store.studies.part import CoinSpan, StudyPart, list_parts, read_part
from liqscape.store.studies.schema import FOLDER, TIME, columns_of, time_column
from liqscape.units import DAY_MS

ATTEMPTS = 5
"""A writer replaces a part now and then: who looks at that moment looks again."""


class StudyReader:
    """Rows of the tables of a data folder's studies; none where nothing was studied. Any thread may ask.

    Damaged parts are passed over: whoever writes sets them aside and makes them again.
    """

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    @property
    def last_ms(self) -> int | None:
        """Time of the last studied frame; None before the first."""
        times = [span.last_ms for part in self.parts()[-1:] for span in part.coins.values()]
        return max(times, default=None)

    def parts(self) -> list[StudyPart]:
        """The last writing of each day, in order."""
        for _ in range(ATTEMPTS):
            try:
                return list(self._parts())
            except FileNotFoundError:
                continue
        return []

    def spans(self, coin: str) -> list[CoinSpan]:
        """What was studied of a coin, by day."""
        return [part.coins[coin] for part in self.parts() if coin in part.coins]

    def end_state(self, coin: str) -> bytes | None:
        """How a coin stood at the end of the last part that has it; None without one, or where it is damaged."""
        for part in reversed(self.parts()):
            if coin in part.coins:
                try:
                    return part.states().get(coin)
                except (CorruptSegment, FileNotFoundError):
                    return None
        return None

    def rows(
        self, table: str, coin: str | None = None, start_ms: int | None = None, end_ms: int | None = None
    ) -> pl.DataFrame:
        """Rows of a table in [start, end), in order of time; all coins, or all times, where none is given.

        The time of a row is when its matter happened or began: `time`, `entered`, `exhausted` or `first_fill`.
        """
        for _ in range(ATTEMPTS):
            try:
                return self._rows(table, coin, start_ms, end_ms)
            except FileNotFoundError:
                continue
        return pl.DataFrame(schema=columns_of(table))

    def _rows(self, table: str, coin: str | None, start_ms: int | None, end_ms: int | None) -> pl.DataFrame:
        time = time_column(table)
        wanted = [_at_least(time, start_ms), _before(time, end_ms), None if coin is None else pl.col("coin") == coin]
        asked = [each for each in wanted if each is not None]
        found = [pl.DataFrame(schema=columns_of(table))]
        for part in self._parts():
            if coin is not None and coin not in part.coins:
                continue
            if start_ms is not None and time == "time" and (part.day + 1) * DAY_MS <= start_ms:
                continue
            if end_ms is not None and part.day * DAY_MS >= end_ms and time == "time":
                continue
            path = part.path / f"{table}.parquet"
            try:
                found.append(_scan(path, asked, columns_of(table)))
            except (pl.exceptions.PolarsError, CorruptSegment):
                if not path.exists():
                    raise FileNotFoundError(path) from None
        return pl.concat(found).sort(time, maintain_order=True)

    def _parts(self) -> Iterator[StudyPart]:
        newest = dict(list_parts(self._folder))  # serials rise: the last one of a day stays
        for day, serial in newest.items():
            try:
                part = read_part(self._folder, day, serial)
            except CorruptSegment:
                continue
            if part is not None:
                yield part


def _scan(path: Path, asked: Sequence[pl.Expr], columns: dict[str, pl.DataType | type[pl.DataType]]) -> pl.DataFrame:
    if not path.exists():
        raise FileNotFoundError(path)
    scan = pl.scan_parquet(path)
    for each in asked:
        scan = scan.filter(each)
    return scan.select(list(columns)).collect()


def _at_least(time: str, start_ms: int | None) -> pl.Expr | None:
    return None if start_ms is None else pl.col(time) >= pl.lit(start_ms).cast(TIME)


def _before(time: str, end_ms: int | None) -> pl.Expr | None:
    return None if end_ms is None else pl.col(time) < pl.lit(end_ms).cast(TIME)
