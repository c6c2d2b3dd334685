"""Rows of the liquidation files (docs/data.md, "Liquidations") and the files themselves.

In memory floats are NaN where not known, as in `model.liquidations`, times are milliseconds and a side is a number; a
coin is its name, since markets may change their rows. In a file unknown is null, times are timestamps, sides words; one
of version 1 holds the columns of memory. Each file carries a checksum of the whole of it (sealed_parquet.py); those of
older versions have none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import polars as pl

from liqscape.errors import CorruptSegment, SchemaMismatch, StoreError
from liqscape.model.liquidations import Evidence, Liquidation, LiquidationMethod
from liqscape.store.damage import DamagedFile, cause_of
from liqscape.store.durable import replace_file
from liqscape.store.sealed_parquet import BLANK, SEAL_KEY, check_parquet, seal_parquet
from liqscape.units import DAY_MS, SIDE_NUMBERS, SIDE_WORDS

VERSION = 2
FORMER = "1"
VERSION_KEY = "liqscape.schema_version"
FORMER_METHODS = {"deleveraging": "adl"}
"""What files written before 29 November 2026 call a method."""
METHOD_NAMES = tuple(method.name.lower() for method in LiquidationMethod)
EVIDENCE_NAMES = tuple(evidence.name.lower() for evidence in Evidence)

SCHEMA: dict[str, pl.DataType] = {
    "address": pl.String(),
    "coin": pl.String(),
    "side": pl.Int8(),
    "size": pl.Float64(),
    "price": pl.Float64(),
    "notional": pl.Float64(),
    "mark": pl.Float64(),
    "predicted_price": pl.Float64(),
    "method": pl.String(),
    "evidence": pl.String(),
    "fee": pl.Float64(),
    "account_value": pl.Float64(),
    "fill_count": pl.Int32(),
    "first_ms": pl.Int64(),
    "last_ms": pl.Int64(),
    "trade_ids": pl.List(pl.Int64()),
}
TIME = pl.Datetime("ms", "UTC")
NAMES = {"predicted_price": "predicted_liquidation_price", "first_ms": "first_fill", "last_ms": "last_fill"}
"""Columns that are called otherwise in a file."""
OTHER_TYPES: dict[str, pl.DataType] = {"side": pl.String(), "first_ms": TIME, "last_ms": TIME}
FILE_SCHEMA = {NAMES.get(name, name): OTHER_TYPES.get(name, dtype) for name, dtype in SCHEMA.items()}
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})\.parquet")


@dataclass(frozen=True, kw_only=True)
class StoredLiquidation:
    """`model.liquidations.Liquidation` with names in place of numbers."""

    address: str
    coin: str
    side: int
    size: float
    price: float
    notional: float
    mark: float
    predicted_price: float
    method: str
    evidence: str
    fee: float
    account_value: float
    fill_count: int
    first_ms: int
    last_ms: int
    trade_ids: tuple[int, ...]


def store_row(event: Liquidation, coin: str) -> dict[str, object]:
    """One event as a row."""
    row: dict[str, object] = {name: getattr(event, name) for name in SCHEMA if name != "coin"}
    return row | {
        "coin": coin,
        "method": METHOD_NAMES[event.method],
        "evidence": EVIDENCE_NAMES[event.evidence],
        "trade_ids": list(event.trade_ids),
    }


def day_of(time_ms: int) -> str:
    """UTC day, as 2026-02-03."""
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%d")


def day_start_ms(day: str) -> int:
    """When a UTC day begins."""
    return int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp()) * 1_000


def day_path(folder: Path, day: str) -> Path:
    """File of a day."""
    return folder / f"{day}.parquet"


def list_days(folder: Path) -> list[str]:
    """Days with a file, oldest first; none where the folder is not there."""
    if not folder.is_dir():
        return []
    return sorted(match[1] for path in folder.iterdir() if (match := _DAY.fullmatch(path.name)))


def check_day(folder: Path, day: str) -> None:
    """Check that the file of a day is what was written, by its checksum. Raises CorruptSegment."""
    content = _content(day_path(folder, day))
    if content is not None:
        check_parquet(content, day_path(folder, day))


def read_day(folder: Path, day: str) -> pl.DataFrame:
    """Rows of a day, none where it has no file. Raises StoreError, CorruptSegment or SchemaMismatch."""
    path = day_path(folder, day)
    content = _content(path)
    if content is None:
        return pl.DataFrame(schema=SCHEMA)
    is_sealed = check_parquet(content, path)
    try:
        version = pl.read_parquet_metadata(BytesIO(content)).get(VERSION_KEY)
        rows = pl.read_parquet(BytesIO(content))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise CorruptSegment(f"{path}: {error}", path=str(path)) from error
    if version == str(VERSION) and not is_sealed:
        raise CorruptSegment(f"{path}: its checksum is missing, the file is damaged", path=str(path))
    wanted = {str(VERSION): FILE_SCHEMA, FORMER: SCHEMA}.get(version or "")
    if wanted is None or dict(rows.schema) != wanted:
        raise SchemaMismatch(f"{path}: version {version} or its columns are not those of version {VERSION} or {FORMER}")
    rows = rows if version == FORMER else from_file(rows)
    times = rows["first_ms"].to_numpy()
    if len(times) and {day_of(int(times.min())), day_of(int(times.max()))} != {day}:
        raise CorruptSegment(f"{path}: holds liquidations of another day", path=str(path))
    return rows.with_columns(pl.col("method").replace(FORMER_METHODS))


def is_former(folder: Path, day: str) -> bool:
    """Whether the file of a day is of version 1. Raises as `read_day`."""
    content = _content(day_path(folder, day))
    if content is None:
        return False
    check_parquet(content, day_path(folder, day))
    try:
        return pl.read_parquet_metadata(BytesIO(content)).get(VERSION_KEY) == FORMER
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise CorruptSegment(f"{day_path(folder, day)}: {error}", path=str(day_path(folder, day))) from error


def to_file(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of memory as they stand in a file."""
    return rows.with_columns(
        pl.col(pl.Float64).fill_nan(None),
        pl.col("side").replace_strict(SIDE_WORDS, return_dtype=pl.String),
        pl.col("first_ms", "last_ms").cast(TIME),
    ).rename(NAMES)


def from_file(rows: pl.DataFrame) -> pl.DataFrame:
    """Columns of memory from rows of a file."""
    named = rows.rename({name: column for column, name in NAMES.items()})
    return named.with_columns(
        pl.col(pl.Float64).fill_null(float("nan")),
        pl.col("side").replace_strict(SIDE_NUMBERS, return_dtype=pl.Int8),
        pl.col("first_ms", "last_ms").cast(pl.Int64),
    )


def damage_of_day(folder: Path, day: str, error: CorruptSegment) -> DamagedFile:
    """What is missing for a damaged file of a day; named below the folder the map is kept in."""
    first_ms = day_start_ms(day)
    path = day_path(folder, day)
    return DamagedFile(
        file=f"{folder.name}/{path.name}",
        cause=cause_of(error, path),
        loss="liquidations stored of that day until then are missing",
        remedy="put a sound copy back under its name while nothing runs, or remove what is kept of it",
        first_ms=first_ms,
        last_ms=first_ms + DAY_MS - 1,
    )


def write_day(folder: Path, day: str, rows: pl.DataFrame) -> None:
    """Replace the file of a day in one step; durable on return. Raises StoreError."""
    buffer = BytesIO()
    to_file(rows).write_parquet(buffer, compression="zstd", metadata={VERSION_KEY: str(VERSION), SEAL_KEY: BLANK})
    path = day_path(folder, day)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(path, seal_parquet(buffer.getvalue()))
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}", path=str(path)) from error


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        kind = CorruptSegment if isinstance(error, IsADirectoryError) else StoreError
        raise kind(f"{path}: {error.strerror or error}", path=str(path)) from error
