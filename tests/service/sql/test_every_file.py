"""Every kind of table file we write says null for unknown, so that engines agree about what a predicate counts.

About NaN they do not: one skips a row group by its statistics that another counts. Each file is asked by DuckDB and by
Polars, from the file and from memory, once as it is and once cut into small row groups, as a large one would be.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import polars
import pytest
from amounts import every
from former_history import write_former
from planted import Leg, PlantedMarket, Wallet, address
from small_market import TABLES
from stored_moments import moments_of

from liqscape.cli.main import main
from liqscape.service.folders import LIQUIDATIONS
from liqscape.service.moment_rows import KINDS
from liqscape.service.sql import write
from liqscape.sources.tables import write_positions
from liqscape.store.history import HistoryReader, HistoryWriter

FLOATS = (polars.Float64, polars.Float32)
TIMES = (polars.Datetime("ms", "UTC"), polars.Datetime("us", "UTC"))


@pytest.fixture(scope="session")
def files(world: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One of each kind by what it is."""
    folder = tmp_path_factory.mktemp("files")
    data, found = folder / "data", {}
    write_former(data, list(zip(world.frames, world.accounts, strict=True)), TABLES, in_parts=[9, 4])
    assert main(["migrate", str(data)]) == 0
    for path in sorted(data.glob("parts/*/*.parquet")):
        found[f"migrated {path.stem}"] = path
    with HistoryWriter(folder / "today", world.frames[0].provenance) as writer:
        writer.append_many(moments_of(zip(world.frames, world.accounts, strict=True), TABLES))
        writer.compact()
    for path in sorted((folder / "today").glob("parts/*/*.parquet")):
        found[f"history {path.stem}"] = path
    for kind in KINDS:
        found[f"export {kind}"] = folder / f"{kind}.parquet"
        assert main(["export", "--data", str(world.folder), "--what", kind, "--out", str(found[f"export {kind}"])]) == 0
    (found["liquidations"],) = (world.folder / LIQUIDATIONS).glob("*.parquet")
    found["liquidations listed"] = folder / "listed.parquet"
    listed = ["liquidations", "--data", str(world.folder), "--out", str(found["liquidations listed"])]
    assert main(listed) == 0
    (found["books"],) = world.folder.glob("books/*/*.parquet")
    market = PlantedMarket()
    legs = [Leg("BTC", "-12.5", "80000"), Leg("HYPE", "-40000", "31.5"), Leg("ATOM", "300", "2.2")]
    market.record("2026-02-03T18:00:00Z", [Wallet(address(2), "3100000", legs)])
    found["levels"] = folder / "levels.parquet"
    assert main(["levels", "--recording", str(market.write(folder / "in")), "--out", str(found["levels"])]) == 0
    found["dump"] = folder / "dump.parquet"
    write_positions(found["dump"], world.accounts[-1], world.frames[-1].snapshot, TABLES, is_simulated=True)
    found["answer of SQL"] = folder / "answer.parquet"
    question = "select *, 'nan'::double as nothing from positions"
    assert main(["sql", str(world.folder), question, "--out", str(found["answer of SQL"])]) == 0
    assert HistoryReader(data).frame_count == len(world.frames)
    return found


def kinds() -> list[str]:
    tables = ("addresses", "bands", "coins", "frames", "pools", "positions")
    stored = [f"migrated {name}" for name in tables] + [f"history {name}" for name in (*tables, "funding")]
    rest = ["liquidations", "liquidations listed", "books", "levels", "dump", "answer of SQL"]
    return [*stored, *(f"export {kind}" for kind in KINDS), *rest]


def test_every_file_there_is_is_asked(files: dict[str, Path]) -> None:
    assert set(files) - {"migrated funding"} == set(kinds())


@pytest.mark.property
@pytest.mark.parametrize("kind", kinds())
def test_both_engines_count_the_same_from_file_and_memory(kind: str, files: dict[str, Path], tmp_path: Path) -> None:
    table = polars.read_parquet(files[kind])
    assert table.height > 0
    cut = tmp_path / "cut.parquet"
    table.write_parquet(cut, row_group_size=4)
    columns = [name for name, dtype in table.schema.items() if dtype in FLOATS]
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        assert not [name for name in columns if table[name].is_nan().any()]
        for name in columns[:: every(3)]:
            column = polars.col(name)
            middle = table[name].median()
            asked = [("is null", column.is_null()), ("is not null", column.is_not_null())]
            if middle is not None:
                asked += [(f"> {middle!r}", column > middle), (f"<= {middle!r}", column <= middle)]
                asked += [
                    (f"<> {middle!r}", column != middle),
                    ("> 1", column > 1),
                    ("not between -1 and 1", column.abs() > 1),
                ]
            for text, condition in asked:
                expected = table.filter(condition).height
                for path in (files[kind], cut):
                    assert polars.scan_parquet(path).filter(condition).collect().height == expected, (name, text)
                    (found,) = engine.execute(f"select count(*) from '{path}' where \"{name}\" {text}").fetchone()
                    assert found == expected, (name, text)


@pytest.mark.parametrize(
    "kind",
    [
        *(
            "migrated pools",
            "migrated positions",
            "migrated coins",
            "history pools",
            "history positions",
            "history coins",
        ),
        *("history funding", "export positions", "export pools", "export marks", "liquidations", "liquidations listed"),
        *("levels", "dump", "answer of SQL"),
    ],
)
def test_something_in_it_is_unknown(kind: str, files: dict[str, Path]) -> None:
    table = polars.read_parquet(files[kind])
    assert sum(table[name].null_count() for name, dtype in table.schema.items() if dtype in FLOATS) > 0


@pytest.mark.parametrize("kind", [kind for kind in kinds() if kind not in ("levels", "dump")])
def test_times_are_timestamps_and_sides_are_words(kind: str, files: dict[str, Path]) -> None:
    schema = polars.read_parquet_schema(files[kind])
    spans = ("oldest_age_ms", "median_age_ms", "recovery_ms")
    assert [name for name in schema if name.endswith("_ms") and name not in spans] == []
    for name in ("time", "as_of", "observed", "hour", "known_at", "first_fill", "last_fill"):
        assert schema.get(name, TIMES[0]) in TIMES, name
    for name in ("side", "coin", "margin_source", "margin_mode", "method", "evidence"):
        if name in schema:
            assert polars.read_parquet(files[kind])[name].cast(polars.String).str.contains("[a-z]|[A-Z]").all(), name


def test_duckdb_reads_every_type_as_what_it_is(files: dict[str, Path]) -> None:
    expected = {
        "history positions": {"time": "TIMESTAMP WITH TIME ZONE", "coin": "VARCHAR", "level_at_write": "FLOAT"},
        "history pools": {"observed": "TIMESTAMP WITH TIME ZONE", "is_whole": "BOOLEAN", "margin_source": "VARCHAR"},
        "history bands": {"band": "INTEGER", "side": "VARCHAR", "size": "FLOAT"},
        "liquidations": {"trade_ids": "BIGINT[]", "side": "VARCHAR", "first_fill": "TIMESTAMP WITH TIME ZONE"},
        "export marks": {"as_of": "TIMESTAMP WITH TIME ZONE", "mark": "DOUBLE"},
    }
    with duckdb.connect() as engine:
        for kind, types in expected.items():
            rows = engine.execute(f"describe from '{files[kind]}'").fetchall()
            found = {name: str(dtype) for name, dtype, *_ in rows}
            assert {name: found[name] for name in types} == types


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_written_answer_has_no_nan(ending: str, ask: Any) -> None:
    path = write(ask.connection, ask.result("select unnest([1.0, 'nan'::double, null]) as a"), f"x.{ending}")
    read = polars.read_parquet(path) if ending == "parquet" else polars.read_csv(path)
    assert read["a"].to_list() == [1.0, None, None]
