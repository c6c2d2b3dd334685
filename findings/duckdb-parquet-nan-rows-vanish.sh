#!/usr/bin/env bash
# DuckDB drops NaN rows of a Parquet file that Polars wrote, and counts them when the same rows are a table.
#
# One would guess: a filter gives the same rows on a file and on a table made of that file. DuckDB orders NaN above every
# number, and so says isnan(x) and x > 80000 of it on a table.
# What happens: on the file the row group's minimum and maximum decide first, and Polars leaves NaN out of them, so the whole
# row group is skipped: isnan() finds no row in a file that holds one.
# Why it matters: an unknown liquidation price is often kept as NaN. "How many levels are unknown" then answers none. Write
# null for unknown.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install duckdb==2.0.1 polars==2.1.0
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import duckdb
import polars

print("duckdb", duckdb.__version__, "polars", polars.__version__)
polars.DataFrame({"liquidation_price": [50_000.0, float("nan"), 70_000.0]}).write_parquet("levels.parquet")
connection = duckdb.connect()
connection.execute("create table levels as select * from 'levels.parquet'")
seen = {}
for condition in ("isnan(liquidation_price)", "liquidation_price > 80000"):
    counts = [
        connection.execute(f"select count(*) from {rows} where {condition}").fetchone()[0]
        for rows in ("levels", "'levels.parquet'")
    ]
    print(f"{condition}: {counts[0]} in the table, {counts[1]} in the file")
    seen[condition] = counts
sys.exit(0 if all(counts == [1, 0] for counts in seen.values()) else 1)
PYTHON
