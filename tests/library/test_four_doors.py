"""All levels of a coin near its mark at a time: one line on each door, and the same rows on all of them.

Rows are compared with their order, their names and every bit of their floats.
"""

from __future__ import annotations

import json
import struct
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars
import pytest
from former_names import without_former

import liqscape as lq
from liqscape.cli.main import main

COIN, AT, PERCENT = "BTC", "2026-02-02 02:43", 25
Rows = list[tuple[Any, ...]]


def bits(rows: Rows) -> Rows:
    """The same with floats as their eight bytes and times as datetimes of Python in UTC."""

    def shown(value: Any) -> Any:
        if isinstance(value, float):
            return struct.pack("<d", value)
        return value.astimezone(UTC) if isinstance(value, datetime) else value

    return [tuple(shown(value) for value in row) for row in rows]


def by_python(folder: Path) -> tuple[list[str], Rows]:
    table = lq.open(folder).levels(COIN, at=AT, within_percent=PERCENT)
    return table.columns, table.rows()


def by_command_line(folder: Path, out: Path) -> tuple[list[str], Rows]:
    words = f"export --data {folder} --what levels --coin {COIN} --within-percent {PERCENT} --out {out} --at".split()
    assert main([*words, AT]) == 0
    table = polars.read_parquet(out)
    return table.columns, table.rows()


def by_http(url: str) -> tuple[list[str], Rows]:
    """What the answer says once is put into each row; a side is 1 or -1 in JSON, and times are milliseconds."""
    asked = f"{url}/api/v1/coins/{COIN}/positions?at={AT.replace(' ', 'T')}&within_percent={PERCENT}"
    with urllib.request.urlopen(asked) as response:
        answer = json.load(response)
    made_of = answer["provenance"]
    rows = [
        {
            "as_of": datetime.fromtimestamp(answer["as_of_ms"] / 1_000, UTC),
            "coin": answer["coin"],
            "mark": answer["mark"],
            **without_former(position),
            "side": {1: "long", -1: "short"}[position["side"]],
            "provenance_kind": made_of["kind"],
            "provenance_name": made_of["name"],
            "is_simulated": made_of["is_simulated"],
        }
        for position in answer["positions"]
    ]
    return list(rows[0]), [tuple(row.values()) for row in rows]


def by_sql(everything: Path) -> tuple[list[str], Rows]:
    """Over an export of all levels of all coins and times, with DuckDB."""
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    found = connection.execute(
        f"SELECT * FROM '{everything}' WHERE coin = '{COIN}' AND abs(distance_percent) <= {PERCENT} AND as_of = "
        f"(SELECT max(as_of) FROM '{everything}' WHERE as_of <= TIMESTAMPTZ '{AT}+00')"
    )
    names = [column[0] for column in found.description]
    zone = names.index("as_of")
    return names, [(*row[:zone], row[zone].astimezone(UTC), *row[zone + 1 :]) for row in found.fetchall()]


def by_sql_of_the_folder(folder: Path, out: Path) -> tuple[list[str], Rows]:
    """Over the folder itself: the levels of that time are solved when they are asked."""
    pytest.importorskip("duckdb")
    question = f"FROM levels_at('{AT}') WHERE coin = '{COIN}' AND abs(distance_percent) <= {PERCENT}"
    assert main(["sql", str(folder), question, "--out", str(out)]) == 0
    table = polars.read_parquet(out)
    return table.columns, table.rows()


def test_one_question_has_the_same_rows_on_every_door(stored: Any, served: str, tmp_path: Path) -> None:
    every = tmp_path / "every.parquet"
    assert main(["export", "--data", str(stored.folder), "--what", "levels", "--out", str(every)]) == 0
    names, rows = by_python(stored.folder)
    assert len(rows) > 3
    assert len({row[names.index("margin_source")] for row in rows}) > 1
    doors = (
        by_command_line(stored.folder, tmp_path / "near.parquet"),
        by_http(served),
        by_sql(every),
        by_sql_of_the_folder(stored.folder, tmp_path / "asked.parquet"),
    )
    for door in doors:
        assert door[0] == names
        assert bits(door[1]) == bits(rows)
