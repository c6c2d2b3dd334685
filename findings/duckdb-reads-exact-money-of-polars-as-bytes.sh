#!/usr/bin/env bash
# DuckDB reads a column of 128-bit integers in a Parquet file that Polars wrote as bytes, and a duration as a number.
#
# One would guess: both engines have a 128-bit integer and a span of time, and Parquet carries them from one to the other.
# What happens: Polars stores Int128 as 16 bytes that only its own metadata explains, so DuckDB says BLOB and sums nothing;
# a Duration is a bare BIGINT whose unit is gone, while Datetime beside it arrives as TIMESTAMP.
# Why it matters: sums of notional in micro-USD do not fit 64 bits (9.2 trillion USD), so Int128 is the natural exact type; and ages of
# positions are durations. Write money as Decimal and ages as integers with the unit in their name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install duckdb==2.0.1 polars==2.1.0
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys
from datetime import datetime, timedelta, timezone

import duckdb
import polars

print("duckdb", duckdb.__version__, "polars", polars.__version__)
polars.DataFrame(
    {
        "notional_micro_usd": polars.Series([10**19, 3], dtype=polars.Int128),
        "age": polars.Series([timedelta(milliseconds=1500)] * 2, dtype=polars.Duration("ms")),
        "observed": polars.Series([datetime(2026, 2, 5, tzinfo=timezone.utc)] * 2, dtype=polars.Datetime("ms", "UTC")),
    }
).write_parquet("positions.parquet")
print("Polars reads back", dict(polars.read_parquet_schema("positions.parquet")))
rows = duckdb.connect().execute("describe select * from 'positions.parquet'").fetchall()
types = {name: str(kind) for name, kind, *_ in rows}
print("DuckDB says", types)
try:
    duckdb.connect().execute("select sum(notional_micro_usd) from 'positions.parquet'").fetchall()
    is_refused = False
except duckdb.Error as error:
    print("sum:", str(error).splitlines()[0])
    is_refused = True
sys.exit(0 if types["notional_micro_usd"] == "BLOB" and types["age"] == "BIGINT" and is_refused else 1)
PYTHON
