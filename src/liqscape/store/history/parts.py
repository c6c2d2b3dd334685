"""Parts: a run of frames of one UTC day as Parquet files in a folder of their own, never changed once named.

    parts/<day>-<first time>-<serial>/
        frames.parquet  coins.parquet  funding.parquet  bands.parquet
        pools.parquet  positions.parquet  addresses.parquet
        files.json      name, bytes and CRC-32 of each file; the last entry is of the list itself

Every part begins with a keyframe, so it stands alone; the metadata of frames.parquet say what history it is of
(manifest.Standing). Polars is imported where it is used: reading a head needs none.
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from liqscape.errors import CorruptSegment, SchemaMismatch
from liqscape.model.markets import Markets
from liqscape.store.damage import former_name
from liqscape.store.history import former as former_files
from liqscape.store.history.manifest import HistoryStanding, PartEntry, check_version, parse_standing
from liqscape.store.history.parquet_edge import file_columns, from_file, of_coin, within
from liqscape.store.history.part_files import FILES_NAME, FileEntry, list_of_files, parse_list
from liqscape.store.history.schema import (
    ADDRESSES,
    BANDS,
    DTYPES,
    FRAMES,
    FUNDING,
    POOLS,
    POSITIONS,
    STEP_MS,
    Batch,
    Table,
    empty_table,
    row_count,
)
from liqscape.store.history.step_format import STEPS_NAME
from liqscape.units import MINUTE_MS, BoolArray

if TYPE_CHECKING:
    import polars as pl

PARTS_FOLDER = "parts"
PIECE_BYTES = 1 << 20
VERSION_KEY = "liqscape.schema_version"
STANDING_KEY = "liqscape.history"
STEP_KEY = "liqscape.step_ms"


def day_of(time_ms: int) -> str:
    """UTC day of a time, as 2026-02-03."""
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%d")


class PartReader:
    """Reads the files of one part. Each file is checked against its checksum when it is first read.

    Raises FileNotFoundError where the whole part is gone (compacted meanwhile), CorruptSegment, SchemaMismatch.
    damaged: files found not to be what was written, and what is wrong with each; they are not read again.
    markets: needed to read tables that name coins.
    """

    def __init__(self, folder: Path, entry: PartEntry, markets: Markets | None = None) -> None:
        self.entry = entry
        self.markets = Markets.build([]) if markets is None else markets
        self._versions: dict[str, str] = {}
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

    @property
    def has_steps(self) -> bool:
        """Whether windows in steps of a quarter of an hour and more have a file of their own (step_format.py)."""
        return (self._folder / STEPS_NAME).is_file()

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

    def read(
        self,
        table: str,
        columns: list[str] | None = None,
        where: pl.Expr | None = None,
        *,
        former: pl.Expr | None = None,
        last_of: list[str] | None = None,
    ) -> Table:
        """Rows of one table as columns of memory; of POSITIONS and POOLS see `read_accounts`.

        where: on the columns of the file (parquet_edge); former: the same in a file of version 1.
        last_of: columns of the file; of the rows that are the same in them only the last one is read.
        """
        name = f"{table}.parquet"
        path = self.checked_path(name)
        wanted = list(DTYPES[table]) if columns is None else columns
        if self._versions[name] == former_files.VERSION:
            rows = _collect_former(path, table, former)
            return pick_columns(former_files.frames_of(rows) if table == FRAMES else rows, wanted)
        read = _collect(path, table, file_columns(wanted), where, last_of=last_of)
        return from_file(table, read, self.markets, wanted)

    def read_between(self, table: str, columns: list[str] | None, first_ms: int, last_ms: int) -> Table:
        """Rows of frames from `first_ms` to `last_ms`, both within; otherwise as `read`."""
        where, former = within(first_ms, last_ms), _former_within(first_ms, last_ms)
        return self.read(table, columns, where, former=former)

    def read_chunk(self, table: str, columns: list[str], begin: int, is_wanted: BoolArray) -> pl.DataFrame:
        """Chosen rows among those from row `begin` on, as they stand in the file; no other rows are read."""
        import polars as pl

        path = self.checked_path(f"{table}.parquet")
        return _collect(path, table, columns, None, (begin, len(is_wanted))).filter(pl.Series(is_wanted))

    def read_former(self, table: str, columns: list[str], until_ms: int) -> Table:
        """Some columns of a file of version 1, rows up to a time."""
        import polars as pl

        read = _collect(self.checked_path(f"{table}.parquet"), table, columns, pl.col("time_ms") <= until_ms)
        return {name: _array(read[name], former_files.COLUMNS[table][name]) for name in columns}

    def read_accounts(self, first_ms: int, last_ms: int) -> Batch:
        """Rows of POOLS, POSITIONS, FUNDING and ADDRESSES of frames from `first_ms` to `last_ms`, both within."""
        former = _former_within(first_ms, last_ms)
        addresses = self.read_between(ADDRESSES, None, first_ms, last_ms)
        paths = {name: self.checked_path(f"{name}.parquet") for name in (POOLS, POSITIONS)}
        if self._versions[f"{POOLS}.parquet"] == former_files.VERSION:
            pools = former_files.pools_of(_collect_former(paths[POOLS], POOLS, former))
            read = _collect_former(paths[POSITIONS], POSITIONS, former)
            positions, funding = former_files.positions_of(read, pools), empty_table(FUNDING)
        else:
            pools, positions, funding = (
                self.read_between(name, None, first_ms, last_ms) for name in (POOLS, POSITIONS, FUNDING)
            )
        return {POOLS: pools, POSITIONS: positions, FUNDING: funding, ADDRESSES: addresses}

    def read_bands(self, coin: str, base_bands: tuple[int, int] | None = None, step_ms: int = STEP_MS) -> Table | None:
        """Rows of a coin's bands at the end of each step of a quarter of an hour, in order of time; None: it has none.

        base_bands: only those inside [first, end). step_ms: what is shown of a part of version 1, which has finer ones.
        Raises CorruptSegment where they are damaged.
        """
        import polars as pl

        band = pl.col("band")
        inside = None if base_bands is None else (band >= base_bands[0]) & (band < base_bands[1])
        if self.is_former:
            path = self._former_bands(coin, step_ms)
            return None if path is None else former_files.bands_of(_collect_former(path, BANDS, inside))
        where = of_coin(coin) if inside is None else of_coin(coin) & inside
        rows = self.read(BANDS, None, where)
        return rows if row_count(rows) else None

    @property
    def is_former(self) -> bool:
        """Whether it was written in version 1."""
        self.checked_path(f"{FRAMES}.parquet")
        return self._versions[f"{FRAMES}.parquet"] == former_files.VERSION

    def _former_bands(self, coin: str, step_ms: int) -> Path | None:
        """The file of the coarsest detail whose steps end with those shown, or the next finer one that is sound: it
        holds the same and more."""
        minutes = [each for each in (15, 5, 1) if step_ms % (each * MINUTE_MS) == 0] or [1]
        names = [former_files.bands_name(coin, each) for each in minutes]
        if not any(self.has(name) for name in names):
            return None
        for name in names[:-1]:
            try:
                return self.checked_path(name)
            except CorruptSegment:
                continue
        return self.checked_path(names[-1])

    def standing(self) -> HistoryStanding | None:
        """What the part says of the history it is of; None in parts of older versions."""
        import polars as pl

        path = self.checked_path(f"{FRAMES}.parquet")
        reported = pl.read_parquet_metadata(path).get(STANDING_KEY)
        return None if reported is None else parse_standing(reported, path)

    def step_ms(self) -> int:
        """What the part says it was thinned to; 0 if it was not."""
        import polars as pl

        reported = pl.read_parquet_metadata(self.checked_path(f"{FRAMES}.parquet")).get(STEP_KEY, "0")
        return int(reported) if reported.isdecimal() else 0

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
            size, crc32 = _size_and_checksum(path)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and not self._folder.exists():
                raise
            raise _unreadable(path, error) from error
        if entry is None:
            _check_unlisted(path)
        elif size != entry.size:
            raise CorruptSegment(f"{path}: {size} bytes, {entry.size} were written", path=str(path))
        elif crc32 != entry.crc32:
            raise CorruptSegment(f"{path}: checksum does not fit, the file is damaged", path=str(path))
        version = pl.read_parquet_metadata(path).get(VERSION_KEY)
        check_version(version, path)
        self._versions[name] = str(version)


def pick_columns(rows: Table, columns: list[str]) -> Table:
    """Some columns of a table."""
    return {column: rows[column] for column in columns}


def _collect(
    path: Path,
    table: str,
    columns: list[str],
    where: pl.Expr | None,
    span: tuple[int, int] | None = None,
    last_of: list[str] | None = None,
) -> pl.DataFrame:
    """Some columns of a checked file; span: of so many rows from a row on only; last_of: as in PartReader.read."""
    import polars as pl

    rows = pl.scan_parquet(path, glob=False, cache=False)
    rows = rows if span is None else rows.slice(*span)
    named = f"{path.parent}: {table}"
    rows = rows if where is None else rows.filter(where)
    rows = rows if last_of is None else rows.unique(last_of, keep="last", maintain_order=True)
    try:
        return rows.select(columns).collect()
    except pl.exceptions.ColumnNotFoundError as error:
        raise SchemaMismatch(f"{named}: {error}", path=str(path.parent)) from error
    except FileNotFoundError:
        raise
    except (pl.exceptions.PolarsError, OSError) as error:
        raise CorruptSegment(f"{named}: {error}", path=str(path.parent)) from error


def _former_within(first_ms: int, last_ms: int) -> pl.Expr:
    """`within` in a file of version 1."""
    import polars as pl

    time = pl.col("time_ms")
    return (time >= first_ms) & (time <= last_ms)


def _collect_former(path: Path, table: str, where: pl.Expr | None) -> Table:
    dtypes = former_files.BAND_COLUMNS if table == BANDS else former_files.COLUMNS[table]
    read = _collect(path, table, [former_files.stored_name(name) for name in dtypes], where)
    return {name: _array(read[former_files.stored_name(name)], dtype) for name, dtype in dtypes.items()}


def _array(column: pl.Series, dtype: type) -> np.ndarray:
    if dtype is np.object_:
        values = np.empty(len(column), np.object_)
        values[:] = column.to_list()
        return values
    return column.to_numpy().astype(dtype, copy=False)


def _size_and_checksum(path: Path) -> tuple[int, int]:
    """Bytes and CRC-32 of a file, a piece after the other: one of the whole exchange is tens of MB."""
    size, crc32 = 0, 0
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            size, crc32 = size + len(piece), zlib.crc32(piece, crc32)
    return size, crc32


def _check_unlisted(path: Path) -> None:
    """Raises CorruptSegment unless the whole file can be read: all that is known without its checksum."""
    import polars as pl

    try:
        pl.read_parquet(path)
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
