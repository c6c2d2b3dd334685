"""Records and columns of the API as Polars frames, by the types that the records declare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec
import polars
from msgspec import inspect

from liqscape.service.answers.parts import ProvenanceAnswer
from liqscape.units import SIDE_WORDS

TIMESTAMP = polars.Datetime("ms", "UTC")
TIME_SUFFIX = "_ms"
SPANS = ("age_ms", "hold_ms", "interval_ms", "step_ms", "gap_ms", "recovery_ms", "simulated_ms")
"""Ends of the names of spans of time, which stay whole milliseconds."""
LISTS = (inspect.ListType, inspect.VarTupleType)


class Column(NamedTuple):
    """A column of a table and the field it is from. read_as: what its values are before they are made a timestamp."""

    name: str
    field: str
    dtype: Any
    read_as: Any
    is_side: bool


def record_table(
    rows: Sequence[Any],
    kind: type[msgspec.Struct],
    *,
    without: Iterable[str] = (),
    names: Mapping[str, str] | None = None,
    since_ms: int = 0,
) -> polars.DataFrame:
    """One row a record of `kind`.

    without   fields that are left out; those that are records themselves always are.
    names     of fields that are called otherwise in this table.
    since_ms  what times count from, ms UTC.
    """
    left_out = frozenset(without)
    return polars.DataFrame(
        [
            _series(column, [getattr(row, column.field) for row in rows], names, since_ms)
            for column in columns_of(kind)
            if column.field not in left_out
        ]
    )


def part_columns(
    parts: Sequence[msgspec.Struct | None], kind: type[msgspec.Struct], names: Mapping[str, str]
) -> list[polars.Series]:
    """Fields of a record of `kind` that each row has or has not, as columns: null where it has not.

    names  of the fields that are taken, and what their columns are called.
    """
    columns = {column.field: column for column in columns_of(kind)}
    return [
        _series(columns[field], [None if part is None else getattr(part, field) for part in parts], names, 0)
        for field in names
    ]


def column_table(
    columns: msgspec.Struct,
    *,
    without: Iterable[str] = (),
    names: Mapping[str, str] | None = None,
    since_ms: int = 0,
) -> polars.DataFrame:
    """The same of a record whose fields are columns of equal length; one that is None is a column of nulls."""
    left_out = frozenset(without)
    chosen = [column for column in columns_of(type(columns), is_columns=True) if column.field not in left_out]
    held = {column.field: getattr(columns, column.field) for column in chosen}
    count = max((len(values) for values in held.values() if values is not None), default=0)
    empty = [None] * count
    return polars.DataFrame(
        [
            _series(column, empty if held[column.field] is None else held[column.field], names, since_ms)
            for column in chosen
        ]
    )


def with_envelope(
    table: polars.DataFrame, as_of_ms: int, provenance: ProvenanceAnswer, **first: str | float | None
) -> polars.DataFrame:
    """The rows with what their answer says once: its time and `first` in front, its provenance behind."""
    dtypes = {name: polars.String if isinstance(value, str) else polars.Float64 for name, value in first.items()}
    return table.select(
        polars.lit(as_of_ms, polars.Int64).cast(TIMESTAMP).alias("as_of"),
        *(polars.lit(value, dtypes[name]).alias(name) for name, value in first.items()),
        *(polars.col(name) for name in table.columns if name not in first),
        polars.lit(provenance.kind).alias("provenance_kind"),
        polars.lit(provenance.name).alias("provenance_name"),
        polars.lit(provenance.is_simulated).alias("is_simulated"),
    )


@cache
def columns_of(kind: type[msgspec.Struct], *, is_columns: bool = False) -> tuple[Column, ...]:
    """The columns of a table of records of a kind, or of a record of columns, in the order of its fields."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    found = []
    for field in info.fields:
        value: inspect.Type | None = _without_none(field.type)
        if is_columns:
            value = _without_none(value.item_type) if isinstance(value, LISTS) else None
        dtype = _dtype(value)
        if dtype is None:
            continue
        name = field.encode_name
        is_side = name == "side" and dtype == polars.Int64
        is_time = dtype == polars.Int64 and name.endswith(TIME_SUFFIX) and not name.endswith(SPANS)
        final: Any = TIMESTAMP if is_time else polars.String if is_side else dtype
        found.append(Column(name.removesuffix(TIME_SUFFIX) if is_time else name, field.name, final, dtype, is_side))
    return tuple(found)


def _series(column: Column, values: Sequence[Any], names: Mapping[str, str] | None, since_ms: int) -> polars.Series:
    name = column.name if names is None else names.get(column.field, column.name)
    if column.is_side:
        return polars.Series(name, [None if side is None else SIDE_WORDS[side] for side in values], polars.String)
    series = polars.Series(name, values, column.read_as)
    if column.dtype == TIMESTAMP:
        return (series + since_ms).cast(TIMESTAMP)
    return series


def _without_none(value: inspect.Type) -> inspect.Type | None:
    """The type of what is not None, without its bounds and words."""
    if isinstance(value, inspect.Metadata):
        return _without_none(value.type)
    if isinstance(value, inspect.UnionType):
        rest = [each for each in value.types if not isinstance(each, inspect.NoneType)]
        return _without_none(rest[0]) if len(rest) == 1 else None
    return value


def _dtype(value: inspect.Type | None) -> Any:
    """The type of a column; None for what no single column holds."""
    if isinstance(value, LISTS):
        inner = _dtype(_without_none(value.item_type))
        return None if inner is None else polars.List(inner)
    if isinstance(value, inspect.EnumType):
        return polars.String() if issubclass(value.cls, str) else None
    for of_record, dtype in (
        (inspect.FloatType, polars.Float64),
        (inspect.IntType, polars.Int64),
        (inspect.BoolType, polars.Boolean),
        ((inspect.StrType, inspect.LiteralType), polars.String),
    ):
        if isinstance(value, of_record):
            return dtype()
    return None
