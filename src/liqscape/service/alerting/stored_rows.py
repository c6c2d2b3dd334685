"""Stored rows of a study as the records they were made of: what an alert is decided on, of time that is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from liqscape.insight.study_rows import DURATIONS

if TYPE_CHECKING:
    import polars

Row = TypeVar("Row", bound=msgspec.Struct)


def study_records(table: polars.DataFrame, kind: type[Row]) -> list[Row]:
    """Rows of a table of `StudyReader`, by their record in insight/study_rows.py."""
    import polars as pl

    columns: list[list[Any]] = []
    for field in kind.__struct_fields__:
        name = field.removesuffix("_ms") if field.endswith("_ms") and field not in DURATIONS else field
        series = table[name]
        if isinstance(series.dtype, pl.Datetime):
            series = series.dt.epoch("ms")
        elif series.dtype in (pl.Float64, pl.Float32):
            series = series.cast(pl.Float64).fill_nan(None)
        elif series.dtype in (pl.Categorical, pl.Enum):
            series = series.cast(pl.String)
        columns.append(series.to_list())
    fields = kind.__struct_fields__
    return [kind(**dict(zip(fields, values, strict=True))) for values in zip(*columns, strict=True)]
