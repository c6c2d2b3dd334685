"""`liqscape structure`: what it prints, its JSON, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_bars import MadeFeed

from liqscape.cli import structure as command_of
from liqscape.cli.main import EXIT_BAD_INPUT, main
from liqscape.service.answers.structure import StructureAnswer
from liqscape.service.structure import StructureQuestions
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader


def test_it_is_printed_with_what_is_not_known(command: Callable[..., str], stored: Any) -> None:
    said = command("structure", "BTC", "--data", stored.folder)
    for each in (
        "BTC at ",
        "ATR(14, 1 h) unknown",
        "SIMULATED",
        "near edge",
        "no volume profile",
        "ATR needs 15 hours",
    ):
        assert each in said
    answer = json.loads(command("structure", "BTC", "--data", stored.folder, "--json", "--at", stored.first_ms))
    assert set(answer) == set(StructureAnswer.__struct_fields__)
    assert answer["as_of_ms"] == stored.first_ms


def test_lines_swings_and_clusters_are_listed(stored: Any, capsys: pytest.CaptureFixture[str]) -> None:
    reader = HistoryReader(stored.folder)
    feed = MadeFeed(stored.last_ms, 70_000.0)
    answer = StructureQuestions(MapView(reader, feed=feed)).ask("BTC")
    command_of._print(answer)
    said = capsys.readouterr().out
    for each in (
        "POC",
        "value area high",
        "30-day low",
        "previous week open",
        "fractal low",
        "zigzag high",
        "value area ",
    ):
        assert each in said
    for cluster in answer.clusters:
        assert ", ".join(cluster.labels or ()) in said


@pytest.mark.recorded
@pytest.mark.parametrize("command_name", ["structure", "setups"])
def test_swings_of_a_recording_are_those_of_the_candles_beside_it(
    command_name: str, recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On 6 February 2026 BTC fell to 59,800 on the venue of the candles: the low of the range, and a swing."""
    words = [command_name, "BTC", "--recording", str(recorded / "market_2026_02")]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "prices: Binance, 1 hour" in said
    assert "candles of another venue" in said
    assert main([*words, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    if command_name == "structure":
        assert answer["range"]["low"] == 59_800.0
        assert {swing["kind"] for swing in answer["swings"] if swing["price"] == 59_800.0} == {"fractal", "zigzag"}
        assert answer["profile"] is None
        return
    met = [{each["name"]: each["is_met"] for each in setup["evidence"]} for setup in answer["setups"]]
    assert any(each["swing"] for each in met)
    assert all(each["crowding"] is None for each in met)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["structure", "BTC", "--recording", "X", "--data", "X"], "give one of --recording DIR"),
        (["setups", "BTC", "--recording", "X", "--url", "X"], "give one of --recording DIR"),
        (["structure", "BTC"], "give either --data DIR"),
        (["structure", "NOPE", "--data", "X"], "NOPE"),
        (["structure", "BTC", "--data", "X", "--at", "noon"], "--at 'noon' is neither ISO 8601"),
    ],
)
def test_bad_questions_are_one_sentence(
    words: list[str], said: str, stored: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(Path(stored.folder))
    assert main([folder if word == "X" else word for word in words]) == EXIT_BAD_INPUT
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""
