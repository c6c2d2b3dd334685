"""Parts: a run of frames of one UTC day as Parquet files in a folder of their own, never changed once named.

    parts/<day>-<first time>-<serial>/
        frames.parquet  coins.parquet  pools.parquet  positions.parquet  addresses.parquet
        bands/<coin>.1m.parquet  and .5m, .15m, .30m
        files.json      name, bytes and CRC-32 of each file

Every part begins with a keyframe, so it stands alone. Polars is imported where it is used: reading a head needs none.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
import numpy as np

from liqscape.errors import CorruptSegment, SchemaMismatch
from liqscape.heatmap.frame import Provenance
from liqscape.model.markets import Markets
from liqscape.store.durable import TEMPORARY, flush_file, flush_folder
from liqscape.store.history.detail import DETAILS, thin_rows
from liqscape.store.history.manifest import PartEntry, check_version
from liqscape.store.history.schema import (
    ADDRESSES,
    BANDS,
    COINS,
    FRAMES,
    POOLS,
    POSITIONS,
    SCHEMA_VERSION,
    TABLES,
    Batch,
    Table,
    pick_rows,
)

if TYPE_CHECKING:
    import polars as pl

PARTS_FOLDER = "parts"
FILES_NAME = "files.json"
ROWS_A_GROUP = 1 << 16
VERSION_KEY = "liqscape.schema_version"


class FileEntry(msgspec.Struct, frozen=True):
    """One file of a part, to tell damage from data."""

    name: str
    size: int
    crc32: int


def day_of(time_ms: int) -> str:
    """UTC day of a time, as 2026-02-03."""
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%d")


def bands_name(coin: str, minutes: int) -> str:
    """File of a coin's bands; characters a file name cannot carry are percent-encoded."""
    return f"bands/{quote(coin, safe='')}.{minutes}m.parquet"


def write_part(
    folder: Path, tables: Batch, bands: Iterable[tuple[str, Table]], provenance: Provenance, serial: int
) -> PartEntry:
    """Write frames of one day as a new part that no manifest names yet. Durable on return.

    tables: all but BANDS, which come as (coin, rows) one coin at a time.
    """
    times = tables[FRAMES]["time_ms"]
    name = f"{day_of(int(times[0]))}-{int(times[0]):015d}-{serial}"
    temporary = folder / PARTS_FOLDER / f"{TEMPORARY}{name}"
    (temporary / "bands").mkdir(parents=True)
    metadata = {
        VERSION_KEY: str(SCHEMA_VERSION),
        "liqscape.provenance": msgspec.json.encode(provenance).decode(),
    }
    files = [
        _write_table(temporary, f"{table}.parquet", table, tables[table], metadata)
        for table in (FRAMES, POOLS, POSITIONS, ADDRESSES)
    ]
    by_market = pick_rows(tables[COINS], np.argsort(tables[COINS]["market_index"], kind="stable"))
    files.append(_write_table(temporary, f"{COINS}.parquet", COINS, by_market, metadata))
    for coin, coin_rows in bands:
        rows = coin_rows
        for minutes in DETAILS:
            rows = thin_rows(rows, minutes)  # the coarser from the finer: it has the last row of each step
            named = {**metadata, "liqscape.coin": coin, "liqscape.detail_minutes": str(minutes)}
            files.append(_write_table(temporary, bands_name(coin, minutes), BANDS, rows, named))
    (temporary / FILES_NAME).write_bytes(msgspec.json.encode(files))
    flush_file(temporary / FILES_NAME)
    flush_folder(temporary / "bands")
    flush_folder(temporary)
    temporary.rename(folder / PARTS_FOLDER / name)
    flush_folder(folder / PARTS_FOLDER)
    return PartEntry(name, int(times[0]), int(times[-1]), len(times))


def bands_by_coin(bands: Table, markets: Markets) -> Iterator[tuple[str, Table]]:
    """Rows of each coin that has any, in order of market and, within, of time."""
    small = bands["market_index"].astype(np.uint16)  # two bytes sort in one pass
    order = np.argsort(small, kind="stable")
    limits = np.searchsorted(small[order], np.arange(len(markets) + 1))
    for row, coin in enumerate(markets.coins):
        if limits[row] < limits[row + 1]:
            yield coin, pick_rows(bands, order[limits[row] : limits[row + 1]])


def _write_table(folder: Path, name: str, table: str, rows: Table, metadata: dict[str, str]) -> FileEntry:
    import polars as pl

    columns = {
        column: pl.Series(column, values.tolist(), pl.String) if values.dtype == np.object_ else values
        for column, values in rows.items()
    }
    buffer = BytesIO()
    pl.DataFrame(columns).write_parquet(
        buffer,
        compression="zstd",
        compression_level=1,
        row_group_size=ROWS_A_GROUP,
        metadata={**metadata, "liqscape.table": table},
    )
    content = buffer.getbuffer()
    with (folder / name).open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return FileEntry(name, len(content), zlib.crc32(content))


class PartReader:
    """Reads the files of one part. Each file is checked against its checksum when it is first read.

    Raises FileNotFoundError where the whole part is gone (compacted meanwhile), CorruptSegment, SchemaMismatch.
    """

    def __init__(self, folder: Path, entry: PartEntry) -> None:
        self.entry = entry
        self._folder = folder / PARTS_FOLDER / entry.name
        self._checked: set[str] = set()
        path = self._folder / FILES_NAME
        content = path.read_bytes()
        try:
            files = msgspec.json.decode(content, type=list[FileEntry])
        except msgspec.DecodeError as error:
            raise CorruptSegment(f"{path}: {error}", path=str(path)) from error
        self._files = {file.name: file for file in files}

    def has(self, name: str) -> bool:
        """Whether the part holds a file; a coin without any band has none."""
        return name in self._files

    def checked_path(self, name: str) -> Path:
        """Path of a file that is what was written."""
        path = self._folder / name
        if name in self._checked:
            return path
        import polars as pl

        entry = self._files.get(name)
        if entry is None:
            raise CorruptSegment(f"{path}: not listed in {FILES_NAME}", path=str(path))
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            if self._folder.exists():
                raise CorruptSegment(f"{path}: the file is missing", path=str(path)) from None
            raise
        if len(content) != entry.size or zlib.crc32(content) != entry.crc32:
            raise CorruptSegment(
                f"{path}: {len(content)} bytes do not match the {entry.size} written; damaged or cut", path=str(path)
            )
        check_version(pl.read_parquet_metadata(content).get(VERSION_KEY), path)
        self._checked.add(name)
        return path

    def read(self, name: str, columns: list[str] | None = None, where: pl.Expr | None = None) -> Table:
        """Rows of one file."""
        return collect_rows([self.checked_path(name)], _table_of_file(name), columns, where)


def collect_rows(paths: list[Path], table: str, columns: list[str] | None, where: pl.Expr | None) -> Table:
    """Rows of checked files of one table, one file after the other, as columns with the dtypes of the schema."""
    import polars as pl

    wanted = list(TABLES[table]) if columns is None else columns
    if not paths:
        return {name: np.empty(0, TABLES[table][name]) for name in wanted}
    rows = pl.scan_parquet(paths, glob=False, cache=False)
    named = f"{paths[0].parent}: {table}"
    try:
        frame = (rows if where is None else rows.filter(where)).select(wanted).collect()
    except pl.exceptions.ColumnNotFoundError as error:
        raise SchemaMismatch(f"{named}: {error}", path=str(paths[0].parent)) from error
    except FileNotFoundError:
        raise
    except (pl.exceptions.PolarsError, OSError) as error:
        raise CorruptSegment(f"{named}: {error}", path=str(paths[0].parent)) from error
    return {name: _array(frame[name], TABLES[table][name]) for name in wanted}


def _array(column: pl.Series, dtype: type) -> np.ndarray:
    if dtype is np.object_:
        values = np.empty(len(column), np.object_)
        values[:] = column.to_list()
        return values
    return column.to_numpy().astype(dtype, copy=False)


def _table_of_file(name: str) -> str:
    return BANDS if name.startswith("bands/") else name.removesuffix(".parquet")
