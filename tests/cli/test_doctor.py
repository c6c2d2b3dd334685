"""`liqscape doctor` as a user meets it: what it prints, its exit codes, and the file it saves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from served_sandbox import served
from small_sandbox import eventful_sandbox

from liqscape.cli.main import main


def test_differences_are_printed_with_their_meaning_and_end_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "answers.json"
    with served(eventful_sandbox().state, refused=frozenset({"l2Book"})) as server:
        code = main(["doctor", "--api-url", server.url, "--data", str(tmp_path), "--save", str(saved)])
    shown = " ".join(capsys.readouterr().out.split())
    assert code == 1  # its clock stands in the past, and nobody trades
    assert "differs l2Book" in shown
    assert "for the map: a cascade on this server assumes its depth" in shown
    assert "holds metaAndAssetCtxs" in shown
    assert "l2Book" in json.loads(saved.read_text())["answers"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--api-url", "http://127.0.0.1:9"], "127.0.0.1:9 cannot be reached"),
        (["--network", "moonnet"], "--network moonnet is none of mainnet, testnet"),
        (["--node-files", "nowhere"], "--node-files nowhere is not a folder"),
        (["--node-info", "here"], "--node-info 'here' is not an address"),
    ],
)
def test_bad_use_is_one_line_and_exit_code_two(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", *options]) == 2
    shown = capsys.readouterr()
    assert words in shown.err
    assert not shown.out


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "answers.json"
    saved.write_text("mine")
    assert main(["doctor", "--api-url", "http://127.0.0.1:9", "--save", str(saved)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert saved.read_text() == "mine"
