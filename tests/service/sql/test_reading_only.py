"""SQL reads the folder that was opened, and does nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from sql_asker import Asker

from liqscape.errors import LiqscapeError, QuestionError
from liqscape.service.sql import connect, fetch, run, write
from liqscape.service.sql.connection import PLACES


def files_of(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "text",
    [
        "copy (select 1) to '{folder}/x.parquet'",
        "export database '{folder}/x'",
        "attach '{folder}/x.db'",
        "insert into frames values (1)",
        "delete from frames",
        "update frames set market_count = 1",
        "set enable_external_access = true",
        "reset lock_configuration",
        "pragma enable_profiling",
        "install httpfs",
        "load httpfs",
        "call force_checkpoint()",
        "checkpoint",
        "select 1; copy (select 1) to '{folder}/x.csv'",
    ],
)
def test_what_would_do_more_than_read_is_refused_and_nothing_changes(text: str, world: Any, ask: Asker) -> None:
    before = files_of(world.folder)
    with pytest.raises(QuestionError, match="is not a question"):
        run(ask.connection, text.format(folder=world.folder))
    assert files_of(world.folder) == before


@pytest.mark.parametrize(
    "text",
    [
        "from read_text('{outside}')",
        "from read_csv('{outside}')",
        "from '{outside}'",
        "from glob('{parent}/*') limit 1",
        "from read_parquet('https://example.invalid/x.parquet')",
        "from 's3://bucket/x.parquet'",
    ],
)
def test_no_file_outside_and_no_address_can_be_read(text: str, ask: Asker, tmp_path: Path) -> None:
    (tmp_path / "outside.csv").write_text("a\n1\n")
    with pytest.raises(QuestionError) as refused:
        fetch(ask.connection, ask.result(text.format(outside=tmp_path / "outside.csv", parent=tmp_path)))
    assert "\n" not in str(refused.value)


def test_the_bare_connection_of_a_library_user_is_as_closed(ask: Asker, tmp_path: Path) -> None:
    for text in (
        "set enable_external_access = true",
        f"copy (select 1) to '{tmp_path}/x.parquet'",
        f"attach '{tmp_path}/x.db'",
        "load httpfs",
    ):
        with pytest.raises(duckdb.Error):
            ask.connection.execute(text)
    assert not list(tmp_path.iterdir())


def test_a_variable_of_the_caller_is_no_table(ask: Asker) -> None:
    mine = np.array([1.0, 2.0])
    with duckdb.connect() as plain:
        assert plain.execute("select count(*) from mine").fetchall() == [(len(mine),)]
    with pytest.raises(duckdb.Error, match="mine does not exist"):
        ask.connection.execute("select count(*) from mine")


def test_views_macros_and_tables_of_the_session_may_be_made(ask: Asker) -> None:
    assert run(ask.connection, "create temp table large as from positions where notional > 1e5") is None
    assert ask("select count(*) > 0 from large") == [(True,)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("selec 1", 'Parser Error: syntax error at or near "selec"'),
        ("from positons", 'Did you mean "positions"?'),
        ("select szi from positions", 'Referenced column "szi" not found'),
        ("from positions_at('yesterday')", "time 'yesterday' is neither ISO 8601"),
        ("from positions_at('2020-01-01')", "no frame at or before"),
        ("from positions_at(12)", "time '12' is neither"),
        ("select 'x'::int", "Could not convert string 'x' to INT32"),
        ("from levels_at((select max(time) from frames))", "cannot contain subqueries"),
    ],
)
def test_a_failure_is_one_sentence(text: str, said: str, ask: Asker) -> None:
    with pytest.raises(LiqscapeError) as refused:
        ask(text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "UDF" not in str(refused.value)
    assert ask("select 1") == [(1,)], "the next question is answered"


def test_a_quotient_of_nothing_is_null_in_rows_and_files(ask: Asker) -> None:
    text = "select 0.0::double / 0.0 as quotient, 'nan'::double as nan, ['nan'::double] as list, 1 as one"
    assert ask(text) == [(None, None, [None], 1)]
    path = write(ask.connection, ask.result(text), "x.parquet")
    with duckdb.connect() as plain:
        assert plain.execute(f"select quotient, nan, one from '{path}'").fetchall() == [(None, None, 1)]


def test_what_was_made_goes_with_the_connection(world: Any) -> None:
    asker = Asker(world.folder)
    asker("select count(*) from positions")
    path = write(asker.connection, asker.result("select 1"), "x.parquet")
    assert path.exists()
    del asker
    assert not path.parent.exists()


@pytest.mark.parametrize("content", ["", "text"])
def test_a_folder_without_tables_is_refused(content: str, tmp_path: Path) -> None:
    if content:
        (tmp_path / "notes.txt").write_text(content)
    with pytest.raises(LiqscapeError, match="holds neither stored history nor a recording nor any"):
        connect(tmp_path)
    with pytest.raises(LiqscapeError, match="does not exist"):
        connect(tmp_path / "nowhere")


def test_a_fault_of_ours_is_not_told_as_one_of_the_question(ask: Asker) -> None:
    class Fault(Exception):
        pass

    def broken(_at_ms: int | None) -> Any:
        raise Fault

    moments = PLACES[ask.connection]._tables["moment_positions"]
    moments._find = broken
    with pytest.raises(Fault):
        ask("from positions")
