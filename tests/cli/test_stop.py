"""`liqscape stop`: what it prints, its JSON, and what it refuses in one sentence."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from small_market import START_MS, small_market
from stored_moments import moments_of

from liqscape.cli.main import EXIT_BAD_INPUT, main
from liqscape.service.answers.stop import StopAnswer
from liqscape.store.history import HistoryWriter

TRADE = ["stop", "BTC", "--side", "long", "--entry", "70000", "--stop", "49000"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("stop") / "data"
    market = small_market(count=3)
    with HistoryWriter(data, market.frames[0].provenance) as writer:
        writer.append_many(moments_of(list(zip(market.frames, market.accounts, strict=True)), market.tables))
    return data


def test_the_verdict_and_every_term_are_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TRADE, "--risk", "5000", "--leverage", "2", "--data", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "SIMULATED, generated small test market" in said
    assert "long from 70,000, stop 49,000 (-30.00 %), mark" in said
    assert "verdict: unknown" in said
    assert "how far the mark goes beyond such a cluster is not known" in said
    lines = {line[:22].strip(): line[22:].split()[0] for line in said.splitlines() if len(line) > 22}
    # 21,000 + 4.5 bp of 70,000 + 4.5 bp of 49,000 = 21,053.55; 5,000 / that = 0.237489... in lots of 0.00001
    assert lines["entry to stop"] == "21,000"
    assert lines["fee at the entry"] == "31.5"
    assert lines["fee at the stop"] == "22.05"
    assert lines["slippage at the stop"] == "-"
    assert lines["loss of one coin"] == "21,053.5"
    assert lines["size"] == "0.23748"
    assert "own liquidation price" in said
    assert "margin 8,311.8 USD, 2x" in said
    assert "odds of reaching it    Too little history" in said
    assert "fills in the book" in said


def test_without_margin_its_liquidation_price_needs_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TRADE, "--size", "0.5", "--data", str(folder)]) == 0
    assert "unknown: needs --margin, --leverage or --account" in capsys.readouterr().out


def test_json_is_the_answer_of_the_api_at_its_time(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--risk", "5000", "--fee", "0", "--data", str(folder), "--at", str(START_MS), "--json"]
    assert main([*TRADE, *asked]) == 0
    answer = msgspec.json.decode(capsys.readouterr().out, type=StopAnswer)
    assert (answer.as_of_ms, answer.fee_bp, answer.fee_source) == (START_MS, 0.0, "given")
    assert answer.sizing.size == 0.23809  # 5,000 / 21,000


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--risk", "5", "--size", "1"], "give either risk (USD that may be lost) or size (coins)"),
        ([], "give either risk (USD that may be lost) or size (coins)"),
        (["--risk", "-5"], "risk -5.0 is not above 0"),
        (["--risk", "5", "--margin", "5", "--leverage", "5"], "give either margin (USD) or leverage, not both"),
        (["--risk", "5", "--leverage", "50"], "leverage 50.0 is above the 40 that BTC allows"),
        (["--risk", "0.01"], "is below one lot at this stop"),
        (["--risk", "5", "--account", f"0x{'9' * 40}"], "is not in this map"),
        (["--risk", "5", "--at", "yesterday"], "--at"),
        (["--risk", "5", "--recording", "X"], "--recording and --data exclude each other"),
        (["--risk", "5", "--url", "http://127.0.0.1:1"], "give one of --data DIR"),
    ],
)
def test_what_cannot_be_asked_is_one_line(
    folder: Path, more: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*TRADE, *more, "--data", str(folder)]) == EXIT_BAD_INPUT
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""
    assert len(shown.err.strip().splitlines()) == 1


def test_a_stop_on_the_wrong_side_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["stop", "BTC", "--side", "short", "--entry", "70000", "--stop", "49000", "--risk", "5", "--data", "X"]
    assert main(words) == EXIT_BAD_INPUT
    assert "the stop 49000.0 of a short must be above its entry 70000.0" in capsys.readouterr().err
