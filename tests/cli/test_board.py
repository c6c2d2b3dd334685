"""`liqscape board` and `context`: what they print, their JSON, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_up_study import write_study
from small_market import START_MS, address, small_market
from stored_moments import moments_of

from liqscape.cli.main import EXIT_BAD_INPUT, main
from liqscape.model.liquidations import Evidence, Liquidation, LiquidationMethod
from liqscape.service.answers.board import BoardAnswer
from liqscape.service.answers.context import ContextAnswer
from liqscape.service.folders import LIQUIDATIONS
from liqscape.store.history import HistoryWriter
from liqscape.store.liquidations import LiquidationWriter

NAN = float("nan")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("board") / "data"
    market = small_market(count=5)
    with HistoryWriter(data, market.frames[0].provenance) as writer:
        writer.append_many(moments_of(list(zip(market.frames, market.accounts, strict=True)), market.tables))
    write_study(data)
    event = Liquidation(
        address=address(1),
        market_index=0,
        side=1,
        size=1.0,
        price=70_000.0,
        notional=70_000.0,
        mark=NAN,
        predicted_price=NAN,
        method=LiquidationMethod.MARKET,
        evidence=Evidence.EXACT,
        fee=NAN,
        account_value=NAN,
        fill_count=1,
        first_ms=START_MS + 1_000,
        last_ms=START_MS + 1_000,
        trade_ids=(1,),
    )
    LiquidationWriter(data / LIQUIDATIONS).keep([event], ("BTC",))
    return data


def test_all_coins_are_printed_with_their_figures(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["board", "--data", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "4 coins, 2026-02-02T02:44:00Z, SIMULATED, generated small test market" in said
    lines = said.splitlines()
    assert [line.split()[0] for line in lines[2:6]] == ["BTC", "ETH", "kPEPE", "DARK"]
    assert set(lines[5].split()) == {"DARK", "-"}  # nothing is known without a mark


def test_json_is_the_answer_of_the_api_in_pages(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import msgspec

    assert main(["board", "--data", str(folder), "--json", "--limit", "3"]) == 0
    first = msgspec.json.decode(capsys.readouterr().out, type=BoardAnswer)
    assert first.next_cursor is not None
    assert main(["board", "--data", str(folder), "--json", "--limit", "3", "--cursor", first.next_cursor]) == 0
    rest = msgspec.json.decode(capsys.readouterr().out, type=BoardAnswer)
    assert [row.coin for row in (*first.rows, *rest.rows)] == ["BTC", "ETH", "kPEPE", "DARK"]
    assert rest.next_cursor is None


def test_a_coin_is_printed_by_time(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import msgspec

    assert main(["context", "BTC", "--data", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "BTC, steps of 1.0 min as at their end, 2026-02-02T02:44:00Z, SIMULATED" in said
    rows = [line for line in said.splitlines() if line.startswith("2026-02-02T02:4")]
    assert len(rows) == 5
    assert "70.0k" in rows[0]
    assert rows[0].split()[-1] == "starting"
    assert rows[1].split()[-1] == "running"
    assert "No funding was stored in this time" in said
    assert main(["context", "BTC", "--data", str(folder), "--json", "--end", str(START_MS + 120_000)]) == 0
    answer = msgspec.json.decode(capsys.readouterr().out, type=ContextAnswer)
    assert answer.liquidated_long_usd == [70_000.0, 0.0]
    assert answer.liquidated_short_usd == [0.0, 0.0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["board"], "give one of --data DIR"),
        (["board", "--data", "X", "--url", "http://127.0.0.1:1"], "give one of --data DIR"),
        (["board", "--data", "X", "--recording", "X"], "give one of --data DIR"),
        (["board", "--data", "nowhere"], "--data nowhere is not a folder"),
        (["board", "--data", "X", "--limit", "0"], "limit 0 is less than 1"),
        (["board", "--data", "X", "--cursor", "zzz"], "none that this map gave"),
        (["context", "BTC"], "give either --data DIR"),
        (["context", "NOPE", "--data", "X"], "NOPE"),
        (["caveats", "BTC"], "give either --data DIR"),
        (["caveats", "NOPE", "--data", "X"], "NOPE"),
        (["context", "BTC", "--data", "X", "--width", "0"], "width 0 is outside 1..4000"),
        (["context", "BTC", "--data", "X", "--start", "yesterday"], "--start"),
    ],
)
def test_a_mistake_is_one_line(words: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder) if word == "X" else word for word in words]) == EXIT_BAD_INPUT
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.strip().splitlines()) == 1
    assert said in shown.err
