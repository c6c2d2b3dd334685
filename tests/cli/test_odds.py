"""`liqscape odds` and `chain`: what they print, their JSON, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from liqscape.cli.main import main
from liqscape.service.answers.odds import OddsAnswer


@pytest.mark.recorded
def test_clusters_of_the_recording_have_odds_on_the_candles_beside_it(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["odds", "BTC", "--recording", str(recorded / "market_2026_02"), "--limit", "3"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "prices: Binance, 1 hour" in said
    assert "37 more with --limit" in said
    for horizon, windows in (("1h", "8,025 windows"), ("4h", "2,000 windows"), ("24h", "319 windows")):
        (line,) = [line for line in said.splitlines() if line.startswith(f"{horizon}: sigma")]
        assert windows in line
        assert "record (own): Brier 0." in line
        assert "own excursions weigh 100 %" in line
    assert main([*words, "--json"]) == 0
    answer = msgspec.json.decode(capsys.readouterr().out, type=OddsAnswer)
    assert answer.price_source is not None
    assert all(row.record is not None and row.record.is_reliable for row in answer.horizons)


def test_a_young_map_says_in_a_sentence_that_it_knows_too_little(
    stored: Any, command: Callable[..., str], command_json: Callable[..., Any]
) -> None:
    words = ("odds", "BTC", "--price", "60000", "--data", stored.folder)
    said = command(*words)
    assert all(f"{horizon}: Too little history: " in said for horizon in ("1h", "4h", "24h"))
    (level,) = command_json(*words)["levels"]
    assert [each["probability"] for each in level["within"]] == [None] * 3


def test_a_chain_is_printed_with_its_runs_and_what_was_measured(stored: Any, command: Callable[..., str]) -> None:
    said = command("chain", "BTC", "--data", stored.folder, "--side", "long", "--paths", "10", "--links", "2")
    assert "SIMULATED: 10 runs a link" in said
    assert " of 10)" in said
    assert "Measured: 0 sweeps that crossed, 20 are needed for a share." in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["odds", "BTC"], "give either --data DIR"),
        (["odds", "BTC", "--recording", "X", "--data", "X"], "give one of --recording DIR"),
        (["odds", "NOPE", "--data", "X"], "NOPE"),
        (["odds", "BTC", "--data", "X", "--limit", "0"], "--limit 0 is less than 1"),
        (["odds", "BTC", "--data", "X", "--price", "0"], "price 0.0 is outside"),
        (["odds", "BTC", "--data", "X", "--price-low", "5"], "a span needs both"),
        (["odds", "BTC", "--data", "X", "--at", "yesterday"], "--at"),
        (["chain", "BTC"], "give either --data DIR"),
        (["chain", "NOPE", "--data", "X"], "NOPE"),
        (["chain", "BTC", "--data", "X", "--paths", "9"], "paths 9 is outside 10..50"),
        (["chain", "BTC", "--data", "X", "--links", "1"], "links 1 is outside 2..6"),
    ],
)
def test_a_mistake_is_one_line_of_odds(words: list[str], said: str, stored: Any, refused: Callable[..., str]) -> None:
    assert said in refused(*[stored.folder if word == "X" else word for word in words])
