"""Writes parts, each table as its rows come: a part of any length takes the memory of some row groups."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import msgspec
import numpy as np

from liqscape.model.markets import Markets
from liqscape.store.durable import TEMPORARY, flush_file, flush_folder
from liqscape.store.history.manifest import HistoryStanding, PartEntry, encode_standing
from liqscape.store.history.parquet_edge import to_file
from liqscape.store.history.part_files import FILES_NAME, FileEntry, list_of_files
from liqscape.store.history.parts import PARTS_FOLDER, STANDING_KEY, STEP_KEY, VERSION_KEY, day_of
from liqscape.store.history.schema import (
    COINS,
    DTYPES,
    FRAMES,
    SCHEMA_VERSION,
    WHERE_GIVEN,
    Table,
    empty_table,
    join_tables,
    pick_rows,
    row_count,
)
from liqscape.store.history.step_files import write_steps
from liqscape.units import Int64Array

if TYPE_CHECKING:
    import polars as pl

ROWS_A_GROUP = 1 << 16

Chunks = dict[str, list[Table] | Iterator[Table]]
"""Tables by name, each in pieces that follow one another; of accounts and bands they may come one by one."""


def write_part(folder: Path, chunks: Chunks, standing: HistoryStanding, serial: int, *, step_ms: int = 0) -> PartEntry:
    """Write frames of one day as a new part that no manifest names yet. Durable on return.

    chunks: tables of a head, and BANDS, by coin and then time. They are used up. step_ms: of a thinned part.
    """
    markets = standing.definition.markets
    coins = join_tables(list(chunks.pop(COINS)), COINS)
    coins = pick_rows(coins, np.argsort(coins["market_index"], kind="stable"))
    chunks[FRAMES] = frames = list(chunks[FRAMES])
    times = np.concatenate([table["time_ms"] for table in frames])
    tables = {COINS: to_file(COINS, coins, markets).lazy()}
    sources = []
    for name, pieces in chunks.items():
        rows = _used_up(pieces) if isinstance(pieces, list) else pieces
        if name in WHERE_GIVEN:
            first = next((piece for piece in rows if row_count(piece)), None)
            if first is None:
                continue
            rows = chain((first,), rows)
        sources.append(RowSource(name, rows, markets))
        tables[name] = sources[-1].rows
    return write_lazily(folder, tables, sources, times, standing, serial, step_ms=step_ms)


class RowSource:
    """Rows of a table as they are asked for; `error` is what ended them early."""

    def __init__(self, name: str, tables: Iterable[Table], markets: Markets) -> None:
        from polars.io.plugins import register_io_source

        self.error: Exception | None = None
        empty = to_file(name, empty_table(name), markets)

        def rows(*_: object) -> Iterator[pl.DataFrame]:
            try:
                for table in _gathered(tables, name):
                    yield to_file(name, table, markets)
            except Exception as error:  # polars tells of it in words alone
                self.error = error
                raise

        self.rows: pl.LazyFrame = register_io_source(rows, schema=empty.schema)


def write_lazily(
    folder: Path,
    tables: Mapping[str, pl.LazyFrame],
    sources: Iterable[RowSource],
    times: Int64Array,
    standing: HistoryStanding,
    serial: int,
    *,
    step_ms: int = 0,
) -> PartEntry:
    """The same from rows as they stand in files. Raises what ended one of the sources, OSError as the disk does."""
    name = f"{day_of(int(times[0]))}-{int(times[0]):015d}-{serial}"
    temporary = folder / PARTS_FOLDER / f"{TEMPORARY}{name}"
    temporary.mkdir(parents=True)
    metadata = {
        VERSION_KEY: str(SCHEMA_VERSION),
        "liqscape.provenance": msgspec.json.encode(standing.provenance).decode(),
    }
    reported = {**metadata, STANDING_KEY: encode_standing(standing).decode(), STEP_KEY: str(step_ms)}
    files = []
    for table in DTYPES:
        if table not in tables:
            continue
        try:
            files.append(_write_table(temporary, table, tables[table], reported if table == FRAMES else metadata))
        except Exception:
            for source in sources:
                if source.error is not None:
                    raise source.error from None
            raise
    (temporary / FILES_NAME).write_bytes(list_of_files(name, files))
    flush_file(temporary / FILES_NAME)
    flush_folder(temporary)
    temporary.rename(folder / PARTS_FOLDER / name)
    flush_folder(folder / PARTS_FOLDER)
    entry = PartEntry(
        name=name, first_ms=int(times[0]), last_ms=int(times[-1]), frame_count=len(times), step_ms=step_ms
    )
    write_steps(folder, entry, standing.definition)
    return entry


def _used_up(pieces: list[Table]) -> Iterator[Table]:
    """Each piece, let go once it is taken."""
    pieces.reverse()
    while pieces:
        yield pieces.pop()


def _gathered(tables: Iterable[Table], name: str) -> Iterator[Table]:
    """The same rows in pieces of one to two row groups, but for the last."""
    waiting: list[Table] = []
    count = 0
    for table in tables:
        for begin in range(0, row_count(table), ROWS_A_GROUP):
            waiting.append(pick_rows(table, slice(begin, begin + ROWS_A_GROUP)))
            count += row_count(waiting[-1])
            if count >= ROWS_A_GROUP:
                yield join_tables(waiting, name)
                waiting, count = [], 0
    if count:
        yield join_tables(waiting, name)


def _write_table(folder: Path, table: str, rows: pl.LazyFrame, metadata: dict[str, str]) -> FileEntry:
    """One file of a part, written as its rows come. Raises OSError as the disk does."""
    import polars as pl

    name = f"{table}.parquet"
    with (folder / name).open("wb") as file:
        sink = _Counted(file)
        try:
            rows.sink_parquet(
                cast("BinaryIO", sink),  # no more is asked of it
                compression="zstd",
                compression_level=3,
                row_group_size=ROWS_A_GROUP,
                metadata={**metadata, "liqscape.table": table},
            )
        except pl.exceptions.PolarsError:
            if sink.error is not None:  # polars tells of it in words alone
                raise sink.error from None
            raise
        file.flush()
        os.fsync(file.fileno())
    return FileEntry(name, sink.size, sink.crc32)


class _Counted:
    """A file that counts what is written, with its checksum, and keeps what the disk said."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size, self.crc32 = 0, 0
        self.error: OSError | None = None

    def write(self, content: bytes) -> int:
        try:
            self._file.write(content)
        except OSError as error:
            self.error = error
            raise
        self.size += len(content)
        self.crc32 = zlib.crc32(content, self.crc32)
        return len(content)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        """Left to who opened it: it is brought to disk first."""
