"""`liqscape sql`."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars
import pytest

from liqscape.cli.main import main

Run = Callable[..., str]


def test_a_table_json_csv_and_a_file_hold_the_same(stored: Any, command: Run, tmp_path: Path) -> None:
    question = "select coin, mark, as_of from marks order by coin"
    shown = command("sql", stored.folder, question)
    assert len(shown.splitlines()) == 6
    assert "DARK" in shown
    rows = json.loads(command("sql", stored.folder, question, "--json"))
    assert [row["coin"] for row in rows] == ["BTC", "DARK", "ETH", "GONE", "kPEPE"]
    assert rows[1]["mark"] is None
    at = datetime.fromtimestamp(stored.last_ms / 1000, UTC)
    assert {row["as_of"] for row in rows} == {f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    lines = command("sql", stored.folder, question, "--csv").splitlines()
    assert lines[0] == "coin,mark,as_of"
    assert lines[2] == f"DARK,,{at:%Y-%m-%dT%H:%M:%SZ}"
    for ending, read in (("parquet", polars.read_parquet), ("csv", polars.read_csv)):
        out = tmp_path / f"marks.{ending}"
        command("sql", stored.folder, question, "--out", out)
        table = read(out)
        assert table["mark"].to_list() == [row["mark"] for row in rows]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_long_table_says_that_there_is_more(stored: Any, command: Run) -> None:
    shown = command("sql", stored.folder, "from range(1500)")
    assert "the first 1,000 rows" in shown
    assert len(json.loads(command("sql", stored.folder, "from range(1500)", "--json"))) == 1_500


def test_every_kind_of_value_is_written_as_it_is_read(stored: Any, command: Run) -> None:
    values = (
        "1.5::decimal(10, 2) as d, 'a'::enum('a', 'b') as e, [1, null] as l, {'x': 1} as s, date '2026-02-05' as day, "
        "timestamptz '2026-02-05 12:00+02' as t, 170141183460469231731687303715884105727::hugeint as h, true as b, "
        "null as n, interval 90 minute as i, 'é[red]' as w"
    )
    (row,) = json.loads(command("sql", stored.folder, f"select {values}", "--json"))
    assert row | {"i": ""} == {
        "d": "1.50",
        "e": "a",
        "l": [1, None],
        "s": {"x": 1},
        "day": "2026-02-05",
        "t": "2026-02-05T10:00:00Z",
        "h": 2**127 - 1,
        "b": True,
        "n": None,
        "i": "",
        "w": "é[red]",
    }
    assert "é[red]" in command("sql", stored.folder, f"select {values}")
    assert "2026-02-05T10:00:00Z" in command("sql", stored.folder, f"select {values}", "--csv")


def test_a_question_may_come_on_stdin(stored: Any, command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("select count(*) as frames\nfrom frames;\n"))
    assert command("sql", stored.folder, "--csv") == f"frames\n{len(stored.market.frames)}\n"


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


def test_at_a_prompt_a_failure_is_said_and_the_next_question_asked(
    stored: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = "from positons;\nselect count(*)\n  as frames from frames;\ncopy (select 1) to 'x';\nexit\nselect 7;\n"
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert main(["sql", str(stored.folder)]) == 0
    out, err = capsys.readouterr()
    assert "frames" in out
    assert str(len(stored.market.frames)) in out
    assert "7" not in out.splitlines()[-1]
    assert 'Did you mean "positions"?' in err
    assert "COPY is not a question" in err


def test_a_folder_of_exports_and_a_single_table_are_asked_by_their_names(
    stored: Any, command: Run, tmp_path: Path
) -> None:
    for what, ending in (("positions", "parquet"), ("marks", "csv")):
        command("export", "--data", stored.folder, "--what", what, "--out", tmp_path / f"{what}.{ending}")
    joined = "select count(*) as n from positions join marks using (coin, as_of) where marks.mark = positions.mark"
    (row,) = json.loads(command("sql", tmp_path, joined, "--json"))
    known = "select count(*) as n from positions where mark is not null"
    (expected,) = json.loads(command("sql", tmp_path / "positions.parquet", known, "--json"))
    assert row == expected
    assert row["n"] > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("{folder}", "from positons"), 'Did you mean "positions"?'),
        (("{folder}", "copy frames to 'x'"), "COPY is not a question"),
        (("{folder}", "  "), "no question"),
        (("{folder}", "select 1", "--json", "--csv"), "exclude each other"),
        (("{folder}", "select 1", "--out", "x.txt"), "must end in .parquet or .csv"),
        (("{folder}", "select 1", "--out", "{empty}/no/x.csv"), "a folder that exists"),
        (("{folder}", "create view mine as select 1", "--out", "{empty}/x.csv"), "no rows to write"),
        (("{empty}", "select 1"), "holds neither stored history nor a recording"),
        (("{empty}/nowhere", "select 1"), "does not exist"),
        (("{folder}", "select 1/'x' from range(10)"), "Could not convert"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_sentence(
    arguments: tuple[str, ...], said: str, stored: Any, refused: Run, tmp_path: Path
) -> None:
    given = [each.format(folder=stored.folder, empty=tmp_path) for each in arguments]
    assert said in refused("sql", *given)
    assert list(tmp_path.iterdir()) == []


def test_without_duckdb_the_sentence_says_how_to_get_it(
    stored: Any, refused: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    assert "pip install 'liqscape[sql]'" in refused("sql", stored.folder, "select 1")
