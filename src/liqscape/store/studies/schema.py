"""Columns of the tables of a study, from their records: times become UTC timestamps, unknown is null."""

from __future__ import annotations

import types
import typing
from collections.abc import Sequence
from functools import cache

import polars as pl
from msgspec import Struct

from liqscape.insight.study_rows import DURATIONS, TABLES, StudyRows

FOLDER = "studies"
STUDY_VERSION = 2
"""Raised with every change after which a study of the same history gives something else, or reads states otherwise."""

TIME = pl.Datetime("ms", "UTC")
_DTYPES: dict[type, type[pl.DataType]] = {int: pl.Int64, float: pl.Float64, str: pl.String, bool: pl.Boolean}

Frames = dict[str, pl.DataFrame]
"""Tables of a study by name."""


@cache
def columns_of(table: str) -> dict[str, pl.DataType | type[pl.DataType]]:
    """Columns and their types, in order."""
    record = TABLES[table]
    kinds = typing.get_type_hints(record)
    return {column_name(field): _dtype(field, kinds[field]) for field in record.__struct_fields__}


@cache
def time_column(table: str) -> str:
    """The column a table is asked for times by: when a row's matter happened, or began."""
    columns = columns_of(table)
    return next(name for name in ("time", "entered", "exhausted", "first_fill") if name in columns)


def column_name(field: str) -> str:
    """Name of a field's column: times lose _ms, for timestamps have no unit."""
    return field.removesuffix("_ms") if field not in DURATIONS else field


def frame_of(table: str, rows: Sequence[Struct]) -> pl.DataFrame:
    """Rows as a table."""
    fields = TABLES[table].__struct_fields__
    return pl.DataFrame(
        [
            _series(name, dtype, [getattr(row, field) for row in rows])
            for (name, dtype), field in zip(columns_of(table).items(), fields, strict=True)
        ]
    )


def frames_of(rows: StudyRows) -> Frames:
    """All tables of some rows."""
    return {table: frame_of(table, getattr(rows, table)) for table in TABLES}


def join_frames(parts: Sequence[Frames]) -> Frames:
    """Rows of all parts, by coin; those of one coin in the order given."""
    joined = {}
    for table in TABLES:
        frames = [part[table] for part in parts if part[table].height]
        whole = pl.concat(frames) if frames else pl.DataFrame(schema=columns_of(table))
        joined[table] = whole.sort("coin", maintain_order=True).rechunk()
    return joined


def _series(name: str, dtype: pl.DataType | type[pl.DataType], values: list[object]) -> pl.Series:
    if dtype == TIME:
        return pl.Series(name, values, pl.Int64).cast(TIME)
    return pl.Series(name, values, dtype)


def _dtype(field: str, kind: object) -> pl.DataType | type[pl.DataType]:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        kind = next(each for each in typing.get_args(kind) if each is not type(None))
    if kind is int and column_name(field) != field:
        return TIME
    return _DTYPES[typing.cast(type, kind)]
