"""Rows of a study as records of the API: from what stands in memory, and from stored columns."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from liqscape.units import SIDE_NUMBERS

if TYPE_CHECKING:
    import polars

Row = TypeVar("Row", bound=msgspec.Struct)


def of_memory(rows: Iterable[msgspec.Struct], kind: type[Row], **more: Any) -> list[Row]:
    """Records of a study (`insight.study_rows`) as those of the API. more: fields that they lack."""
    names = kind.__struct_fields__
    found = []
    for row in rows:
        values = {name: getattr(row, name) for name in names if hasattr(row, name)}
        found.append(kind(**{**more, **{name: _plain(name, value) for name, value in values.items()}}))
    return found


def of_columns(table: polars.DataFrame, kind: type[Row]) -> list[Row]:
    """Stored rows as records: a column that the table lacks is null, so is what is no number."""
    import polars

    from liqscape.service.tables.of_records import TIMESTAMP, columns_of  # with polars, which a start can do without

    columns: dict[str, list[Any]] = {}
    for column in columns_of(kind):
        if column.name not in table.columns:
            columns[column.field] = [None] * len(table)
            continue
        series = table[column.name]
        if column.dtype == TIMESTAMP:
            series = series.cast(TIMESTAMP).cast(polars.Int64)
        elif column.is_side:
            series = series.replace_strict(SIDE_NUMBERS, return_dtype=polars.Int64)
        elif column.dtype == polars.Float64:
            series = series.cast(polars.Float64).fill_nan(None)
        columns[column.field] = series.to_list()
    fields = list(columns)
    return [kind(**dict(zip(fields, values, strict=True))) for values in zip(*columns.values(), strict=True)]


def _plain(name: str, value: Any) -> Any:
    if name == "side" and isinstance(value, str):
        return SIDE_NUMBERS[value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
