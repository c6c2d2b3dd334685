"""`liqscape score`: it scores what is not scored, prints the card, and refuses in a sentence."""

from __future__ import annotations

from pathlib import Path

import msgspec
import polars as pl
import pytest
from small_market import START_MS, small_market
from stored_moments import moments_of

from liqscape.cli.main import EXIT_BAD_INPUT, main
from liqscape.service.answers.score import ScoreAnswer
from liqscape.store.history import HistoryWriter


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five minutes of a small market: no horizon ends in them."""
    data = tmp_path / "data"
    market = small_market(count=5)
    with HistoryWriter(data, market.frames[0].provenance) as writer:
        writer.append_many(moments_of(list(zip(market.frames, market.accounts, strict=True)), market.tables))
    return data


def test_too_little_history_is_one_sentence_and_no_figure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "--data", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "no hour of the days that were scored has a stored frame" in printed
    assert "%" not in printed
    assert main(["score", "--data", str(folder), "--json"]) == 0
    answer = msgspec.json.decode(capsys.readouterr().out, type=ScoreAnswer)
    assert (answer.levels, answer.power, answer.first_day) == ([], [], None)


def test_levels_are_written_as_a_table(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "levels.parquet"
    assert main(["score", "--data", str(folder), "--out", str(out)]) == 0
    table = pl.read_parquet(out)
    assert {"by", "key", "horizon", "liquidated_share", "liquidated_usd_low", "provenance_kind"} <= set(table.columns)
    assert table.height == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "give one of --data DIR"),
        (["--data", "X", "--url", "http://127.0.0.1:1"], "give one of --data DIR"),
        (["--data", "nowhere"], "nowhere is not a folder"),
        (["--data", "DATA", "--workers", "0"], "--workers 0"),
        (["--data", "DATA", "--start", "yesterday"], "--start"),
        (["--data", "DATA", "--start", "2026-02-02", "--end", "2026-02-01"], "is not before --end"),
        (["--data", "DATA", "--start", "2030-01-01"], "no frame is stored from 2030-01-01T00:00:00Z on"),
        (["--data", "DATA", "--coin", "NOPE"], "NOPE"),
        (["--data", "DATA", "--out", "x.txt"], "ends neither in .parquet nor in .csv"),
        (["--data", "DATA", "--address", "127.0.0.1:1"], "--on ray"),
    ],
)
def test_bad_input_is_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    given = [str(folder) if each == "DATA" else each for each in arguments]
    assert main(["score", *given]) == EXIT_BAD_INPUT
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert START_MS > 0
