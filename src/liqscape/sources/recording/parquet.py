"""A table of the user as checked columns; whatever is wrong becomes one InputError.

Every message names file, row (the first row of data is 0), field, value and rule, as the user knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars

from liqscape.errors import InputError

LARGEST = 1e15
"""No size, price or value of a real market comes near; the bound keeps products far from overflow."""

SMALLEST = 1e-15
"""Least price or value that counts as positive; below it quotients overflow, and no coin is quoted so low."""

MAX_NAME_LENGTH = 64

ROW = "input_row"


class CheckedTable:
    """Columns of one table. `names`: what the user calls a column, where that is not our name.

    Column ROW holds the number of each row in the file, so that rows may be left out. Raises InputError where a
    file cannot be read or a column is missing.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        if not path.is_file():
            raise InputError(f"{path}: there is no such file", file=str(path))
        try:
            schema = polars.read_parquet_schema(path)
            missing = [name for name in columns if name not in schema]
            if missing:
                raise InputError(f"{path}: column {missing[0]!r} is missing; needed: {', '.join(columns)}")
            frame = polars.read_parquet(path, columns=list(columns))
        except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError, ValueError) as error:
            raise InputError(f"{path}: not a readable Parquet file ({_first_line(error)})", file=str(path)) from None
        self._begin(frame, path, {})

    @classmethod
    def of_frame(cls, frame: polars.DataFrame, path: Path, names: Mapping[str, str]) -> CheckedTable:
        """Columns that were read from a file already."""
        table = cls.__new__(cls)
        table._begin(frame, path, names)
        return table

    def _begin(self, frame: polars.DataFrame, path: Path, names: Mapping[str, str]) -> None:
        if frame.height == 0:
            raise InputError(f"{path}: holds no rows, at least one is needed")
        self.path = path
        self.frame = frame.with_row_index(ROW)
        self._names = names

    def fail(self, row: int, field: str, rule: str) -> InputError:
        """The error for one value."""
        value = self.frame[field][row]
        shown = repr(value) if not isinstance(value, str) or len(value) <= 80 else repr(value[:77] + "...")
        number, name = self.frame[ROW][row], self._names.get(field, field)
        return InputError(
            f"{self.path}: row {number}, {name} = {shown}: {rule}", file=str(self.path), row=number, field=field
        )

    def check(self, field: str, good: polars.Expr, rule: str) -> None:
        """Raises InputError for the first row where `good` is not true."""
        bad = self.frame.select((~good.fill_null(False)).alias("bad"))["bad"]
        row = bad.arg_max()
        if row is not None and bad[row]:
            raise self.fail(row, field, rule)

    def need_text(self, field: str, is_good: Callable[[str], bool], rule: str) -> None:
        """Text without nulls; every distinct value is asked once."""
        self._need_kind(field, self.frame.schema[field] == polars.String, "text")
        column = self.frame[field]
        if column.null_count():
            raise self.fail(int(column.is_null().arg_max() or 0), field, "must not be null")
        for value in column.unique(maintain_order=True):
            if not is_good(value):
                raise self.fail(int((column == value).arg_max() or 0), field, rule)

    def need_number(self, field: str, *, least: float, most: float = LARGEST, nullable: bool = False) -> None:
        """Finite numbers within bounds, as float64; null only where allowed, NaN and infinity never."""
        kind = self.frame.schema[field]
        self._need_kind(field, kind.is_numeric() or (nullable and kind == polars.Null), "numbers")
        self.frame = self.frame.with_columns(polars.col(field).cast(polars.Float64))
        value = polars.col(field)
        good = value.is_finite() & value.is_between(least, most)
        rule = f"must be a finite number >= {least:g} and <= {most:g}" + (" or null" if nullable else "")
        self.check(field, good | value.is_null() if nullable else good, rule)

    def need_unique(self, fields: Sequence[str]) -> None:
        """Raises InputError for the first row that repeats an earlier one in all the given fields."""
        repeats = self.frame.select((~polars.struct(list(fields)).is_first_distinct()).alias("bad"))["bad"]
        row = repeats.arg_max()
        if row is not None and repeats[row]:
            values = ", ".join(f"{name} {self.frame[name][row]}" for name in fields)
            same = polars.all_horizontal(polars.col(name) == self.frame[name][row] for name in fields)
            first = self.frame.filter(same)[ROW][0]
            raise self.fail(row, fields[-1], f"repeats row {first} ({values}); a row may appear once")

    def _need_kind(self, field: str, is_right: bool, kind: str) -> None:
        if not is_right:
            name = self._names.get(field, field)
            raise InputError(f"{self.path}: column {name!r} holds {self.frame.schema[field]}, must hold {kind}")


def is_name(value: str) -> bool:
    """A coin's name: 1 to 64 printable characters without spaces."""
    return 0 < len(value) <= MAX_NAME_LENGTH and value.isprintable() and not any(c.isspace() for c in value)


NAME_RULE = f"must be 1 to {MAX_NAME_LENGTH} printable characters without spaces"


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return (text.splitlines()[0] if text else type(error).__name__)[:160]
