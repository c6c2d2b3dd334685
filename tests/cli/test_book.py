"""`liqscape book`: what it prints of followed and of archived books, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from resting_books import EVERY_MS, depth, made_up_books, write_books
from small_market import START_MS, small_market
from stored_moments import moments_of

from liqscape.cli.main import EXIT_BAD_INPUT, main
from liqscape.store.history import HistoryWriter


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three minutes: BTC is followed but in the second, of ETH there are archived books."""
    folder = tmp_path_factory.mktemp("books") / "data"
    market = small_market(count=3)
    known = depth(70_000.0, (1_000.0, 3_000.0, 4_000.0), (2_000.0, 6_000.0, float("nan")))
    unknown = depth(70_000.0, (float("nan"),) * 3, (float("nan"),) * 3)
    moments = moments_of(list(zip(market.frames, market.accounts, strict=True)), market.tables)
    with HistoryWriter(folder, market.frames[0].provenance) as writer:
        writer.append_many(
            replace(moment, notes=notes) for moment, notes in zip(moments, (known, unknown, known), strict=True)
        )
    write_books(folder, made_up_books(START_MS - EVERY_MS, 3, 2_000.0), "ETH")
    return folder


def test_a_followed_book_is_a_row_a_minute_and_a_lost_one_is_not_loaded(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["book", "BTC", "--data", str(data)]) == 0
    head, names, *rows = capsys.readouterr().out.splitlines()
    assert head.startswith("BTC resting orders, ")
    assert "SIMULATED" in head
    assert " ".join(names.split()) == "time bids 2 % bids 1 % bids 0.5 % mid asks 0.5 % asks 1 % asks 2 %"
    first, second, third = rows[:3]
    assert first.split()[1:] == ["4.00k", "3.00k", "1.00k", "70,000", "2.00k", "6.00k", "-"]
    assert second.split()[1:] == ["not", "loaded"]
    assert third.split()[1:] == first.split()[1:]


def test_an_archived_book_says_how_far_it_reaches(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["book", "ETH", "--data", str(data), "--start", str(START_MS - EVERY_MS)]) == 0
    out = capsys.readouterr().out
    assert "archived book of" in out
    assert "is little" in out


def test_json_is_the_answer_of_the_api(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["book", "BTC", "--data", str(data), "--width", "2", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["kind"], answer["columns"], answer["cells"]) == ("live summary", 2, None)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["BTC"], "give either --data DIR (the folder of a map) or --url URL (its server)"),
        (["NOPE", "--data", "{data}"], "unknown coin 'NOPE'"),
        (["BTC", "--data", "{data}", "--width", "0"], "width 0 is outside 1..4000"),
        (["BTC", "--data", "{data}", "--start", "noon"], "--start"),
        (["BTC", "--data", "{data}", "--price-low", "-1"], "price_low -1.0 is outside"),
    ],
)
def test_what_cannot_be_asked_is_one_line(
    data: Path, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["book", *(word.format(data=data) for word in words)]) == EXIT_BAD_INPUT
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert sentence in printed.err
