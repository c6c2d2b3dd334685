"""Columns of a table of others as what they must hold, whatever type the file gives them.

A CSV file has no types, and those of a Parquet file are what its writer guessed: whole numbers, texts, times of any
unit. Nothing is guessed from the first rows here; what is not a number or a time where one must stand is refused with
file, row (the first row of data is 0), column and value.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import polars

from liqscape.errors import InputError
from liqscape.sources.recording import refuse_damaged
from liqscape.sources.recording.times import TIME_RULE
from liqscape.wire.user_text import as_utf8

NOTHING = ("", "null", "none", "nan", "na", "n/a")
"""Texts, in any case, for a number that is not known."""

UNITS = ((10**11, 1_000_000_000), (10**14, 1_000_000), (10**17, 1_000))
"""A number of time below the first of a pair counts units of so many nanoseconds since 1970, beyond all of them one:
seconds, milliseconds, microseconds, nanoseconds of the years 2000 to 2100 stand far apart."""

FIRST_NS, END_NS = 946_684_800 * 10**9, 4_102_444_800 * 10**9
"""The years 2000 to 2100."""


def read_table(file: Path) -> polars.DataFrame:
    """All columns of a .csv file as text, or of a Parquet file as they are. Raises InputError."""
    try:
        if file.suffix == ".csv":
            return polars.read_csv(BytesIO(as_utf8(file.read_bytes(), str(file))), infer_schema=False)
        refuse_damaged([file])
        return polars.read_parquet(file)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError, ValueError) as error:
        reason = (str(error).splitlines() or [""])[0][:160]
        raise InputError(f"{file}: not a readable table ({reason})", file=str(file)) from None


def numbers_of(column: polars.Series, file: Path, name: str) -> polars.Series:
    """float64; null where there is nothing or NaN."""
    kind = column.dtype
    if kind == polars.String:
        text = column.str.strip_chars()
        text = text.set(text.str.to_lowercase().is_in(NOTHING), None)
        number = text.cast(polars.Float64, strict=False)
        _refuse(column, text.is_not_null() & number.is_null(), file, name, "must be a number")
        column = number
    elif not (kind.is_numeric() or kind == polars.Null):
        raise InputError(f"{file}: column {name!r} holds {kind}, must hold numbers", file=str(file))
    return column.cast(polars.Float64).fill_nan(None)


def times_of(column: polars.Series, file: Path, name: str) -> polars.Series:
    """ISO 8601 in UTC; texts that are no numbers stay as they are."""
    kind = column.dtype
    if kind == polars.String:
        number = column.str.strip_chars().cast(polars.Float64, strict=False)
        if number.null_count() > column.null_count():
            return column
        whole = column.str.strip_chars().cast(polars.Int64, strict=False)
        return times_of(number if whole.null_count() > column.null_count() else whole, file, name)
    if kind == polars.Date or isinstance(kind, polars.Datetime):
        moments = column.cast(polars.Datetime("us", getattr(kind, "time_zone", None)), strict=False)
        number, unit = moments.cast(polars.Int64), 1_000
    elif kind.is_integer():
        number = column.cast(polars.Int64, strict=False)
        unit = _unit_of(number)
    elif kind.is_float():
        seconds = column.fill_nan(None)
        unit = _unit_of(seconds)
        number, unit = (seconds * (unit / 1_000)).round().cast(polars.Int64, strict=False), 1_000
    else:
        raise InputError(f"{file}: {name} holds {kind}, must hold times", file=str(file))
    is_wrong = (number < FIRST_NS // unit) | (number >= END_NS // unit)
    _refuse(column, is_wrong.fill_null(True) & column.is_not_null(), file, name, TIME_RULE)
    micro = number * (unit // 1_000) if unit >= 1_000 else number // 1_000
    moments = polars.from_epoch(micro, time_unit="us")
    return moments.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").alias(column.name)


def _unit_of(numbers: polars.Series) -> int:
    """Nanoseconds of the unit in which a column of times is given."""
    largest = float(numbers.cast(polars.Float64).abs().max() or 0.0)  # type: ignore[arg-type]
    return next((unit for below, unit in UNITS if largest < below), 1)


def _refuse(column: polars.Series, is_wrong: polars.Series, file: Path, name: str, rule: str) -> None:
    """Raises InputError for the first wrong value."""
    row = is_wrong.arg_max()
    if row is not None and is_wrong[row]:
        shown = repr(column[row])
        shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
        raise InputError(f"{file}: row {row}, {name} = {shown}: {rule}", file=str(file), row=row, field=name)
