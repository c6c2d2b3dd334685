"""All stored liquidations as one table, as they stand in the files of today."""

from __future__ import annotations

import logging
from pathlib import Path

import polars as pl

from liqscape.errors import CorruptSegment
from liqscape.store.liquidations.schema import FILE_SCHEMA, list_days, read_day, to_file

log = logging.getLogger("liqscape.store")

TABLE = FILE_SCHEMA


def read_table(folder: Path) -> pl.DataFrame:
    """Rows by day; files that are damaged are said and passed over. Raises StoreError, SchemaMismatch."""
    days = [pl.DataFrame(schema=FILE_SCHEMA)]
    for day in list_days(folder):
        try:
            days.append(to_file(read_day(folder, day)))
        except CorruptSegment as error:
            log.warning("%s; it is passed over", error)
    return pl.concat(days)
