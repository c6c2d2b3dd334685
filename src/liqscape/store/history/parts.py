"""Parts: a run of frames of one UTC day as Parquet files in a folder of their own, never changed once named.

    parts/<day>-<first time>-<serial>/
        frames.parquet  coins.parquet  pools.parquet  positions.parquet  addresses.parquet
        bands/<coin>.1m.parquet  and .5m, .15m, .30m
        files.json      name, bytes and CRC-32 of each file; the last entry is of the list itself

Every part begins with a keyframe, so it stands alone; the metadata of frames.parquet say what history it is of
(manifest.Standing). Polars is imported where it is used: reading a head needs none.
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
from liqscape.model.markets import Markets
from liqscape.store.damage import former_name
from liqscape.store.durable import TEMPORARY, flush_file, flush_folder
from liqscape.store.history.detail import DETAILS, FINE, thin_rows
from liqscape.store.history.manifest import PartEntry, Standing, check_version, encode_standing, parse_standing
from liqscape.store.history.part_files import FILES_NAME, FileEntry, list_of_files, parse_list
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
ROWS_A_GROUP = 1 << 16
VERSION_KEY = "liqscape.schema_version"
STANDING_KEY = "liqscape.history"


def day_of(time_ms: int) -> str:
    """UTC day of a time, as 2026-02-03."""
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%d")


def bands_name(coin: str, minutes: int) -> str:
    """File of a coin's bands; characters a file name cannot carry are percent-encoded."""
    return f"bands/{quote(coin, safe='')}.{minutes}m.parquet"


def write_part(
    folder: Path, tables: Batch, bands: Iterable[tuple[str, Table]], standing: Standing, serial: int
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
        "liqscape.provenance": msgspec.json.encode(standing.provenance).decode(),
    }
    told = {**metadata, STANDING_KEY: encode_standing(standing).decode()}
    files = [_write_table(temporary, f"{FRAMES}.parquet", FRAMES, tables[FRAMES], told)]
    files += [
        _write_table(temporary, f"{table}.parquet", table, tables[table], metadata)
        for table in (POOLS, POSITIONS, ADDRESSES)
    ]
    by_market = pick_rows(tables[COINS], np.argsort(tables[COINS]["market_index"], kind="stable"))
    files.append(_write_table(temporary, f"{COINS}.parquet", COINS, by_market, metadata))
    for coin, coin_rows in bands:
        rows = coin_rows
        for minutes in DETAILS:
            rows = thin_rows(rows, minutes)  # the coarser from the finer: it has the last row of each step
            named = {**metadata, "liqscape.coin": coin, "liqscape.detail_minutes": str(minutes)}
            files.append(_write_table(temporary, bands_name(coin, minutes), BANDS, rows, named))
    (temporary / FILES_NAME).write_bytes(list_of_files(name, files))
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
    damaged: files found not to be what was written, and what is wrong with each; they are not read again.
    """

    def __init__(self, folder: Path, entry: PartEntry) -> None:
        self.entry = entry
        self.damaged: dict[str, CorruptSegment] = {}
        self._folder = folder / PARTS_FOLDER / entry.name
        self._checked: set[str] = set()
        self._files = self._list()

    @property
    def names(self) -> list[str]:
        """All files of the part but the list of them."""
        return sorted(self._files)

    def has(self, name: str) -> bool:
        """Whether the part holds a file; a coin without any band has none."""
        return name in self._files

    def checked_path(self, name: str) -> Path:
        """Path of a file that is what was written."""
        if name in self.damaged:
            raise self.damaged[name]
        if name not in self._checked:
            try:
                self._check(name)
            except CorruptSegment as error:
                if not isinstance(error.__cause__, PermissionError):  # that may be put right while it is open
                    self.damaged[name] = error
                raise
            self._checked.add(name)
        return self._folder / name

    def bands_path(self, coin: str, minutes: int) -> Path | None:
        """File of a coin's bands at a detail, or at the next finer one that is sound: it holds the same and more.

        None where the coin has no bands. Raises CorruptSegment where none of them is sound.
        """
        finer = [each for each in sorted(DETAILS, reverse=True) if each <= minutes]
        if not any(self.has(bands_name(coin, each)) for each in finer):
            return None
        for each in finer:
            try:
                return self.checked_path(bands_name(coin, each))
            except CorruptSegment:
                if each == FINE:
                    raise
        raise AssertionError("the finest is the last")

    def standing(self) -> Standing | None:
        """What the part says of the history it is of; None in parts of older versions."""
        import polars as pl

        path = self.checked_path(f"{FRAMES}.parquet")
        told = pl.read_parquet_metadata(path).get(STANDING_KEY)
        return None if told is None else parse_standing(told, path)

    def _list(self) -> dict[str, FileEntry | None]:
        """Files by name. Where the list of them is damaged, those that are there, without their checksums."""
        path = self._folder / FILES_NAME
        try:
            content = path.read_bytes()
            files = parse_list(content, self.entry.name, path)
            if files.pop(FILES_NAME, None) is None and not set(self._present()) <= set(files):  # of an older version
                raise CorruptSegment(f"{path}: does not list the files that are there", path=str(path))
        except CorruptSegment as error:
            self.damaged[FILES_NAME] = error
            return dict.fromkeys(self._present())
        except OSError as error:
            if not self._folder.is_dir():
                raise FileNotFoundError(error.errno, error.strerror, str(path)) from None
            self.damaged[FILES_NAME] = _unreadable(path, error)
            return dict.fromkeys(self._present())
        return dict(files)

    def _present(self) -> list[str]:
        """Data files that are there, and those that were set aside: a file that is missing must not look like a coin
        without bands."""
        bands = self._folder / "bands"
        names = [path.name for path in self._folder.iterdir()]
        names += [f"bands/{path.name}" for path in bands.iterdir()] if bands.is_dir() else []
        formers = {former_name(name) or name for name in names}
        return sorted(name for name in formers if name.endswith(".parquet"))

    def _check(self, name: str) -> None:
        import polars as pl

        path = self._folder / name
        if name not in self._files:
            raise CorruptSegment(f"{path}: not listed in {FILES_NAME}", path=str(path))
        entry = self._files[name]
        try:
            content = path.read_bytes()
        except OSError as error:
            if isinstance(error, FileNotFoundError) and not self._folder.exists():
                raise
            raise _unreadable(path, error) from error
        if entry is None:
            _check_unlisted(content, path)
        elif len(content) != entry.size:
            raise CorruptSegment(f"{path}: {len(content)} bytes, {entry.size} were written", path=str(path))
        elif zlib.crc32(content) != entry.crc32:
            raise CorruptSegment(f"{path}: checksum does not fit, the file is damaged", path=str(path))
        check_version(pl.read_parquet_metadata(content).get(VERSION_KEY), path)

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


def _check_unlisted(content: bytes, path: Path) -> None:
    """Raises CorruptSegment unless the whole file can be read: all that is known without its checksum."""
    import polars as pl

    try:
        pl.read_parquet(BytesIO(content))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise CorruptSegment(f"{path}: {error}", path=str(path)) from error


def _unreadable(path: Path, error: OSError) -> CorruptSegment:
    reason = "the file is missing" if isinstance(error, FileNotFoundError) else (error.strerror or str(error))
    return CorruptSegment(f"{path}: {reason}", path=str(path))


def list_again(part: PartReader) -> bytes:
    """A list of the files that are there, for a part whose own one is damaged. One that cannot be read whole stays
    listed, with a checksum that does not fit: a file that is missing must not look like a coin without bands."""
    files = []
    for each in part.names:
        try:
            content = part.checked_path(each).read_bytes()
            files.append(FileEntry(each, len(content), zlib.crc32(content)))
        except CorruptSegment:
            files.append(FileEntry(each, 0, 0))
    return list_of_files(part.entry.name, files)
