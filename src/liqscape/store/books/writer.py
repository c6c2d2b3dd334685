"""Write one coin's books of one UTC day as a file, whole or not at all."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from liqscape.errors import CorruptSegment, SchemaMismatch, StoreError
from liqscape.store.books.schema import (
    DAY_KEY,
    DTYPES,
    FORMER,
    SCHEMA_VERSION,
    SIDES,
    VERSION_KEY,
    BookRows,
    DayFile,
    day_path,
)
from liqscape.store.durable import replace_file
from liqscape.store.sealed_parquet import BLANK, SEAL_KEY, check_parquet, seal_parquet

if TYPE_CHECKING:
    import polars


def write_day(folder: Path, day: DayFile, rows: BookRows) -> Path:
    """Replace the file of the day `day.from_ms` is of, in one step; durable on return. Raises StoreError."""
    import polars

    path = day_path(folder, day.coin, day.from_ms)
    frame = to_file(polars.DataFrame({name: getattr(rows, name) for name in DTYPES}))
    content = io.BytesIO()
    metadata = {VERSION_KEY: str(SCHEMA_VERSION), DAY_KEY: msgspec.json.encode(day).decode(), SEAL_KEY: BLANK}
    frame.write_parquet(content, compression="zstd", metadata=metadata)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, seal_parquet(content.getvalue()))
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}", path=str(path)) from None
    return path


def read_day_file(path: Path) -> DayFile | None:
    """What a file says of itself; None where it is not there.

    Raises CorruptSegment for a file that cannot be read, SchemaMismatch for one of another version.
    """
    import polars

    if not path.is_file():
        return None
    try:
        content = path.read_bytes()
        is_sealed = check_parquet(content, path)
        metadata = polars.read_parquet_metadata(io.BytesIO(content))
        version = metadata.get(VERSION_KEY)
        if version is not None and version not in (FORMER, str(SCHEMA_VERSION)):
            raise SchemaMismatch(
                f"{path}: books of version {version}, this is version {SCHEMA_VERSION}", path=str(path)
            )
        if version == str(SCHEMA_VERSION) and not is_sealed:
            raise CorruptSegment(f"{path}: its checksum is missing, the file is damaged", path=str(path))
        return msgspec.json.decode(metadata.get(DAY_KEY, ""), type=DayFile)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, msgspec.MsgspecError, OSError) as error:
        reason = (str(error).splitlines() or [""])[0][:160]
        raise CorruptSegment(f"{path}: no file of books of ours, or damaged ({reason})", path=str(path)) from None


def is_former_file(path: Path) -> bool:
    """Whether a file of a day is of version 1. Raises CorruptSegment, SchemaMismatch."""
    import polars

    return read_day_file(path) is not None and polars.read_parquet_metadata(path).get(VERSION_KEY) in (None, FORMER)


def to_file(rows: polars.DataFrame) -> polars.DataFrame:
    """Columns of memory as they stand in a file: times are timestamps, sides words."""
    import polars

    return rows.select(
        polars.col("time_ms").cast(polars.Datetime("ms", "UTC")).alias("time"),
        polars.col("side").replace_strict(SIDES, return_dtype=polars.String),
        polars.exclude("time_ms", "side"),
    )


def from_file(rows: polars.DataFrame) -> polars.DataFrame:
    """Columns of memory from those of a file; rows of a file of version 1 have that form already."""
    import polars

    if "time_ms" in rows.columns:
        return rows
    return rows.select(
        polars.col("time").cast(polars.Int64).alias("time_ms"),
        polars.col("side").replace_strict({word: side for side, word in SIDES.items()}, return_dtype=polars.Int8),
        polars.exclude("time", "side"),
    )
