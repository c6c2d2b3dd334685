"""`liqscape solve`: names of the outside contract, exit codes, and one line for bad input."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from saved_states import standard_account, unified_account

from liqscape.cli.main import main

ACCOUNT_KEYS = {"margin_mode", "raw_usd", "free_margin", "margin_source", "margin_source_detail"}
POSITION_KEYS = {
    "coin",
    "size",
    "mark",
    "liquidation_price",
    "published_liquidation_price",
    "relative_error",
    "class",
    "tier_at_liquidation",
}


@pytest.fixture
def state_file(tmp_path: Path) -> Path:
    file = tmp_path / "state.json"
    file.write_bytes(standard_account().bytes())
    return file


def test_one_file_gives_one_json_object_with_the_promised_names(
    state_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", str(state_file), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["account"].keys() >= ACCOUNT_KEYS
    assert answer["account"]["margin_mode"] == "standard"
    assert answer["account"]["raw_usd"] == 9_500_000.0
    assert answer["file"] == str(state_file)
    assert answer["tables"] == {"name": "built-in 2026-04-24", "date": "2026-04-24"}
    assert len(answer["positions"]) == 5
    for position in answer["positions"]:
        assert position.keys() >= POSITION_KEYS
    by_coin = {position["coin"]: position for position in answer["positions"]}
    assert by_coin["BTC"]["liquidation_price"] is None
    assert by_coin["BTC"]["class"] == "null_agrees"
    assert by_coin["ATOM"]["relative_error"] < 1e-10
    assert by_coin["ATOM"]["size"] == -40000.5


def test_several_files_give_an_array_in_their_order(
    state_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.json"
    other.write_bytes(unified_account().bytes())
    assert main(["solve", str(other), str(state_file), "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)
    assert [answer["account"]["margin_mode"] for answer in answers] == ["unified", "standard"]


def test_given_tables_are_used_and_named(state_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = tmp_path / "tables.json"
    tiers = [{"lowerBound": "0.0", "maxLeverage": 5}, {"lowerBound": "1000000.0", "maxLeverage": 3}]
    rows = {"marginTables": {"90": {"marginTiers": tiers}}, "coins": {"ATOM": {"marginTableId": 90}}}
    tables.write_text(json.dumps(rows))
    assert main(["solve", str(state_file), "--tables", str(tables), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    atom = answer["positions"][0]
    assert answer["tables"]["name"] == str(tables)
    # The published price follows the flat table, so the given one is passed over, and that is said.
    assert (atom["margin_table"], atom["class"]) == ("flat 5x", "older_table")


def test_the_picture_for_people_shows_both_prices_and_what_was_found(
    state_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", str(state_file)]) == 0
    shown = capsys.readouterr().out
    assert "standard account" in shown
    assert "3 of 3 published prices agree" in shown
    assert "older_table" in shown
    assert "DOGE iso" in shown


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": 1}', "no clearinghouseState here (keys: a)"),
        (b'{"marginSummary": {', "not JSON: Input data was truncated"),
        (b"", "the file is empty"),
    ],
)
def test_a_bad_file_is_one_line_exit_code_2_and_nothing_printed(
    content: bytes, message: str, state_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(content)
    assert main(["solve", str(state_file), str(bad), "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert str(bad) in captured.err
    assert message in captured.err


def test_a_missing_file_a_folder_and_no_file_at_all_are_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in ([str(tmp_path / "none.json")], [str(tmp_path)], []):
        assert main(["solve", *arguments]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1


def test_bad_tables_are_named(state_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = tmp_path / "tables.json"
    tables.write_text('{"levels": []}')
    assert main(["solve", str(state_file), "--tables", str(tables)]) == 2
    assert "tables.json: document: no meta and no margin tables here" in capsys.readouterr().err


def test_loading_the_command_does_not_load_the_compiler() -> None:
    code = "import liqscape.cli.solve, sys; print([m for m in ('numba', 'numpy', 'polars') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.strip() == b"[]"
