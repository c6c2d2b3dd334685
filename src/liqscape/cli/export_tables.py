"""One table file, Parquet or CSV, that grows frame by frame and appears whole or not at all.

Rows are written beside the final file under a name of their own and renamed when all are there. Parquet is
written as parts and joined by streaming, so memory stays bounded by PART_ROWS.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import TracebackType

import polars

from liqscape.errors import StoreError
from liqscape.store.durable import flush_file, flush_folder

CSV_TIME = "%Y-%m-%dT%H:%M:%S%.3fZ"
"""Of times, all of which are UTC."""
PART_ROWS = 1_000_000
"""About 100 MB in memory."""


class TableFile:
    """`with TableFile(out) as file: file.add(table); file.finish()`. Without finish nothing is left behind."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._folder: Path | None = None
        self._held: list[polars.DataFrame] = []
        self._held_rows = 0
        self._parts: list[Path] = []
        self._rows = 0

    def __enter__(self) -> TableFile:
        try:
            self._folder = Path(tempfile.mkdtemp(prefix=f".{self._out.name}.", dir=self._out.absolute().parent))
        except OSError as error:
            raise StoreError(f"cannot write beside {self._out}: {error.strerror}") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, table: polars.DataFrame) -> None:
        """Append rows; every table must have the same columns."""
        self._held.append(table)
        self._held_rows += table.height
        if self._held_rows >= PART_ROWS:
            self._flush()

    def finish(self) -> int:
        """Put the file in place; returns its rows. Raises StoreError where the disk refuses."""
        assert self._folder is not None
        self._flush()
        joined = self._folder / f"whole{self._out.suffix}"
        try:
            scan = polars.scan_parquet(self._parts)
            if self._out.suffix == ".csv":
                scan.sink_csv(joined, datetime_format=CSV_TIME)
            else:
                scan.sink_parquet(joined, compression="zstd")
            flush_file(joined)
            joined.replace(self._out)
            flush_folder(self._out.absolute().parent)
        except OSError as error:
            raise StoreError(f"cannot write {self._out}: {error.strerror or error}") from None
        return self._rows

    def _flush(self) -> None:
        if not self._held:
            return
        assert self._folder is not None
        part = self._folder / f"{len(self._parts)}.parquet"
        try:
            polars.concat(self._held).write_parquet(part, compression="lz4")
        except OSError as error:
            raise StoreError(f"cannot write {part}: {error.strerror or error}") from None
        self._parts.append(part)
        self._rows += self._held_rows
        self._held, self._held_rows = [], 0
