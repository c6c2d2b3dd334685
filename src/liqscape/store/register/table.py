"""All known addresses as one table, read beside whoever writes the register. Unknown is null."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import polars

from liqscape.errors import StoreError
from liqscape.model.addresses import AddressSource
from liqscape.store.register.rows import DTYPES, read_batch
from liqscape.store.register.vaults import unwritten

TIME = polars.Datetime("ms", "UTC")
TABLE: dict[str, polars.DataType] = {
    "address": polars.String(),
    "sources": polars.List(polars.String()),
    "first_seen": TIME,
    "last_activity": TIME,
    "traded_usd": polars.Float64(),
    "account_value": polars.Float64(),
    "week_volume": polars.Float64(),
    "month_volume": polars.Float64(),
    "is_vault": polars.Boolean(),
    "is_exempt": polars.Boolean(),
}
ZERO_IS_UNKNOWN = ("account_value", "week_volume", "month_volume")
ROWS_A_READ = 100_000


def read_table(path: Path) -> polars.DataFrame:
    """Rows in order of address; none where there is no register. Of a damaged one those before the damage.

    Raises StoreError where it cannot be read.
    """
    found = [polars.DataFrame(schema=TABLE)]
    if not path.is_file():
        return found[0]
    try:
        with unwritten(path) as uri, closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.text_factory = bytes
            after: bytes | None = None
            while True:
                batch = read_batch(connection, after, ROWS_A_READ)
                columns = batch.columns
                values = {name: getattr(columns, name) for name in DTYPES if name not in ("sources", "dex_bits")}
                frame = polars.DataFrame({"address": columns.address, "bits": columns.sources, **values})
                found.append(_as_table(frame))
                after = batch.after
                if after is None:
                    return polars.concat(found)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{path}: {error}", path=str(path)) from error


def _as_table(rows: polars.DataFrame) -> polars.DataFrame:
    time, bits = polars.col("last_activity_ms"), polars.col("bits")
    words = [polars.when((bits & source) > 0).then(polars.lit(str(source.name).lower())) for source in AddressSource]
    columns: tuple[polars.Expr | str, ...] = (
        polars.col("address").cast(polars.String),
        polars.concat_list(words).list.drop_nulls().alias("sources"),
        polars.col("first_seen_ms").cast(TIME).alias("first_seen"),
        polars.when(time >= 0).then(time).cast(TIME).alias("last_activity"),
        "traded_usd",
        *(polars.when(polars.col(name) != 0.0).then(polars.col(name)).alias(name) for name in ZERO_IS_UNKNOWN),
        "is_vault",
        "is_exempt",
    )
    return rows.select(columns)
