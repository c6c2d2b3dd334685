"""`liqscape study`: what it says of done work and of what cannot be done."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from studied_world import MIDNIGHT_MS, MINUTE_MS, store_world

from liqscape.cli.main import EXIT_BAD_INPUT, EXIT_OK, main
from liqscape.store.studies import FOLDER, StudyReader

Output = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "history"
    store_world(folder, minutes_before=3, minutes_after=3, accounts=40)
    return folder


@pytest.fixture
def history(stored: Path, tmp_path: Path) -> Path:
    return shutil.copytree(stored, tmp_path / "history", ignore=shutil.ignore_patterns("*.lock"))


def test_what_was_studied_is_said_and_kept_and_a_second_run_finds_it_done(history: Path, capsys: Output) -> None:
    assert main(["study", str(history), "--workers", "1", "--json"]) == EXIT_OK
    said = json.loads(capsys.readouterr().out)
    assert (said["day_count"], said["frame_count"]) == (2, 7)
    assert (said["first_ms"], said["last_ms"]) == (MIDNIGHT_MS - 3 * MINUTE_MS, MIDNIGHT_MS + 3 * MINUTE_MS)
    assert StudyReader(history).rows("clusters", "BTC").height
    assert main(["study", str(history), "--workers", "1"]) == EXIT_OK
    assert "all was studied already" in capsys.readouterr().out


def test_a_span_and_some_coins_are_studied_alone(history: Path, capsys: Output) -> None:
    until = str(MIDNIGHT_MS)
    assert main(["study", str(history), "--workers", "1", "--to", until, "--coins", "BTC, ETH"]) == EXIT_OK
    assert "3 frames of 2 coins studied" in capsys.readouterr().out
    found = StudyReader(history)
    assert set(found.rows("asymmetry")["coin"]) == {"BTC", "ETH"}
    assert found.last_ms == MIDNIGHT_MS - MINUTE_MS


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--coins", "BTCC"], "BTC"),
        (["--coins", "BTC,,ETH"], "empty name"),
        (["--workers", "0"], "--workers"),
        (["--from", "2026-05-30", "--to", "2026-05-29"], "is not before --to"),
        (["--from", "2027-01-01"], "no frame is stored from 2027-01-01"),
        (["--from", "yesterday"], "ISO 8601"),
        (["--address", "127.0.0.1:6379"], "--on ray"),
        (["--on", "ray", "--address", "nowhere"], "--address nowhere"),
    ],
)
def test_what_cannot_be_studied_is_one_sentence(
    history: Path, capsys: Output, options: list[str], sentence: str
) -> None:
    if "ray" in options:
        pytest.importorskip("ray", reason="Ray is not installed")
    assert main(["study", str(history), *options]) == EXIT_BAD_INPUT
    said = capsys.readouterr().err
    assert sentence in said
    assert len([line for line in said.splitlines() if line.startswith("liqscape:")]) <= 2, "one, and what was begun"
    assert not list((history / FOLDER).glob("2*")), "nothing half-written"


def test_a_folder_that_is_none_and_one_without_history_are_said(tmp_path: Path, capsys: Output) -> None:
    assert main(["study", str(tmp_path / "none")]) == EXIT_BAD_INPUT
    assert "is not a folder" in capsys.readouterr().err
    assert main(["study", str(tmp_path)]) == EXIT_BAD_INPUT
    assert "manifest.json" in capsys.readouterr().err
