"""`config check` says every setting that cannot be used, `config show` what is used and why; no secret is shown."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from liqscape.cli.main import main
from liqscape.cli.settings.file import FILE_VARIABLE


@pytest.fixture(autouse=True)
def _no_other_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FILE_VARIABLE, os.devnull)


def test_a_good_file_is_counted(tmp_path: Path, command: Callable[..., str]) -> None:
    path = tmp_path / "liqscape.toml"
    path.write_text('[serve]\nport = 80\nallow-host = ["a.example.org"]\n[demo]\ndays = 1\n[log]\nformat = "json"\n')
    assert command("config", "check", path) == f"{path}: 4 settings in it and in the environment, each can be used\n"


def test_every_problem_is_a_line_and_nothing_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "liqscape.toml"
    path.write_text(
        '[serve]\nprot = 1\nbooks = "many"\nweight-limit = 1\nport = 80\n'
        '[demo]\nspeed = 0\n[log]\nlevel = "loud"\n[sreve]\n'
    )
    monkeypatch.setenv("LIQSCAPE_SERVE_PORT", "80a")
    monkeypatch.setenv("LIQSCAPE_SERV_PORT", "80")
    assert main(["config", "check", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.removeprefix("liqscape: ") for line in err.splitlines()] == [
        f"{path}: [sreve] is no command; did you mean serve?",
        f"{path}: [log] level=loud is none of debug, info, warning, error",
        "LIQSCAPE_SERV_PORT is of no command; did you mean LIQSCAPE_SERVE?",
        'Invalid value for LIQSCAPE_SERVE_PORT: unable to convert "80a" into int.',
        f"{path}: [serve] prot is no option of serve; did you mean port?",
        f'Invalid value for [serve] books from {path}: unable to convert "many" into int.',
        f"{path}: [serve] weight-limit = 1 is outside 20..1e+06",
        f"{path}: [demo] speed = 0 is outside 0.01..1000",
    ]


def test_a_check_as_json_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "liqscape.toml"
    path.write_text("[serve]\nprot = 1\nport = 2\n")
    assert main(["config", "check", str(path), "--json"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert found["usable"] == 1
    assert found["problems"] == [f"{path}: [serve] prot is no option of serve; did you mean port?"]


def test_a_file_that_is_not_there_is_said(tmp_path: Path, refused: Callable[..., str]) -> None:
    assert "cannot be read: No such file" in refused("config", "check", tmp_path / "none.toml")


def test_values_are_shown_with_their_sources_and_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_json: Callable[..., Any]
) -> None:
    path = tmp_path / "liqscape.toml"
    path.write_text('[serve]\nnode-info = "http://me:hidden@10.0.0.1:3001/info"\nraw-log = false\n')
    monkeypatch.setenv(FILE_VARIABLE, str(path))
    monkeypatch.setenv("LIQSCAPE_SERVE_ALLOW_HOST", "a.example.org b.example.org")
    shown = command_json("config", "show", "serve")
    rows = {each["option"]: (each["value"], each["source"]) for each in shown["settings"]}
    assert rows["node-info"] == ("http://***@10.0.0.1:3001/info", str(path))
    assert rows["raw-log"] == ("false", str(path))
    assert rows["allow-host"] == ("a.example.org b.example.org", "LIQSCAPE_SERVE_ALLOW_HOST")
    assert rows["port"] == ("8417", "default")
    assert rows["data"] == (None, "default")


def test_options_are_listed_for_reading(command: Callable[..., str]) -> None:
    text = command("config", "show", "demo")
    assert "LIQSCAPE_DEMO_SANDBOX_PORT" in text


def test_a_command_there_is_not_is_said_with_the_nearest(refused: Callable[..., str]) -> None:
    assert "did you mean serve?" in refused("config", "show", "srve")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["confg"], "unknown command 'confg'; did you mean config?"),
        (["config", "chekc"], "unknown command 'config chekc'; did you mean check?"),
        (["config", "zzzz"], "commands: check, show"),
    ],
)
def test_a_mistyped_command_of_a_group_is_one_line(
    arguments: list[str], said: str, refused: Callable[..., str]
) -> None:
    assert said in refused(*arguments)
