"""`liqscape clusters`, `changes`, `sweeps` and `cascades`: what they print, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_up_study import COIN, OLD, YOUNG, write_study
from small_market import START_MS, small_market
from stored_moments import moments_of

from liqscape.cli.main import EXIT_BAD_INPUT, main
from liqscape.store.history import HistoryWriter

COMMANDS = ("clusters", "changes", "sweeps", "cascades")


def history(folder: Path) -> Path:
    market = small_market(count=5)
    with HistoryWriter(folder, market.frames[0].provenance) as writer:
        writer.append_many(moments_of(list(zip(market.frames, market.accounts, strict=True)), market.tables))
    return folder


@pytest.fixture(scope="module")
def unstudied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return history(tmp_path_factory.mktemp("unstudied") / "data")


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = history(tmp_path_factory.mktemp("studied") / "data")
    write_study(folder)
    return folder


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["clusters"], [OLD, YOUNG, ">= 1.0 min", "longest held first", "persistence_3d: counts from"]),
        (["clusters", "--cluster-id", OLD], [f"split into {YOUNG}", "took in BTC-long-3-3", "opened", "swept"]),
        (["changes"], ["moved_by_marks", "of all that fit", "-0.5"]),
        (["changes", "--reason", "closed", "--cluster-id", OLD], ["closed", "-35.0k"]),
        (["sweeps"], ["partly_swept", "75.0 %", "1 swept: 276k USD at entry"]),
        (["sweeps", "--limit", "1"], ["older ones: the same with --cursor"]),
        (["cascades"], ["exhausted", "running", "5m later: reversal (+40 bp)"]),
    ],
)
def test_lists_are_printed(
    words: list[str], shown: list[str], studied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([words[0], COIN, "--data", str(studied), *words[1:]]) == 0
    said = capsys.readouterr().out
    for each in (COIN, "Z, SIMULATED, ", *shown):
        assert each in said


@pytest.mark.parametrize("command", COMMANDS)
def test_where_nothing_was_studied_the_reason_is_said(
    command: str, unstudied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, COIN, "--data", str(unstudied)]) == 0
    assert "nothing was studied here yet" in capsys.readouterr().out
    assert main([command, COIN, "--data", str(unstudied), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["since_ms"] is None
    assert answer["note"]


def test_clusters_without_a_study_are_those_of_the_frame(unstudied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clusters", COIN, "--data", str(unstudied), "--at", str(START_MS)]) == 0
    assert "short" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["clusters", COIN], "give either --data DIR"),
        (["clusters", "BTCC", "--data", "{data}"], "did you mean BTC?"),
        (["clusters", COIN, "--data", "{data}", "--held-for", "soon"], "--held-for 'soon' is no length of time"),
        (["clusters", COIN, "--data", "{data}", "--cluster-id", f"{OLD}1"], f"did you mean {OLD}?"),
        (["clusters", COIN, "--data", "{data}", "--cluster-id", OLD, "--at", "2026-02-02"], "do not go with it"),
        (["changes", COIN, "--data", "{data}", "--reason", "open"], "did you mean opened?"),
        (["changes", COIN, "--data", "{data}", "--start", "2026-02-03", "--end", "2026-02-02"], "is not before"),
        (["sweeps", COIN, "--data", "{data}", "--limit", "0"], "limit 0 is outside 1 to 10000"),
        (["cascades", COIN, "--data", "{data}", "--cursor", "x"], "cursor 'x' is none that this map gave"),
        (["cascades", COIN, "--data", "{data}/nowhere"], "is not a folder"),
    ],
)
def test_mistakes_are_one_sentence(
    words: list[str], said: str, studied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word.replace("{data}", str(studied)) for word in words]) == EXIT_BAD_INPUT
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
