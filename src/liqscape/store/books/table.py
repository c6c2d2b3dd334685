"""All stored order books as one table: a row a level, with its coin."""

from __future__ import annotations

import logging
from pathlib import Path

import polars

from liqscape.errors import CorruptSegment
from liqscape.store.books.reader import read_rows
from liqscape.store.books.schema import DTYPES, FOLDER
from liqscape.store.books.writer import read_day_file, to_file

log = logging.getLogger("liqscape.store")

TABLE: dict[str, polars.DataType] = {
    "coin": polars.String(),
    "time": polars.Datetime("ms", "UTC"),
    "side": polars.String(),
    "price": polars.Float64(),
    "size": polars.Float64(),
    "orders": polars.Int32(),
}


def read_table(folder: Path) -> polars.DataFrame:
    """Rows by coin and day below a data folder; files that are damaged are said and passed over."""
    found = [polars.DataFrame(schema=TABLE)]
    for path in sorted((folder / FOLDER).glob("*/*.parquet")):
        try:
            day = read_day_file(path)
            rows = read_rows(path)
        except CorruptSegment as error:
            log.warning("%s; it is passed over", error)
            continue
        if day is not None:
            frame = to_file(polars.DataFrame({name: getattr(rows, name) for name in DTYPES}))
            found.append(frame.select(polars.lit(day.coin).alias("coin"), polars.all()))
    return polars.concat(found)
