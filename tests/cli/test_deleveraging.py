"""`liqscape deleveraging`: what it prints of a coin and of an account, its JSON, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from small_market import address, small_market
from stored_moments import moments_of

from liqscape.cli.main import EXIT_BAD_INPUT, main
from liqscape.service.answers.deleveraging import AccountDeleveragingAnswer, DeleveragingAnswer
from liqscape.store.history import HistoryWriter


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("deleveraging") / "data"
    market = small_market(count=2)
    with HistoryWriter(data, market.frames[0].provenance) as writer:
        writer.append_many(moments_of(list(zip(market.frames, market.accounts, strict=True)), market.tables))
    return data


def test_clusters_are_printed_with_risk_and_payers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deleveraging", "BTC", "--data", str(folder), "--vault-equity", "1000"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("SIMULATED: deleveraging of BTC, mark ")
    assert "liquidator vaults 1.00k USD (given); within 1 % bids" in said
    assert "would pay for the " in said
    assert "outside prices of the coin alone move, 2 % a minute" in said
    header = said.splitlines()[2].split()
    assert header[:3] == ["side", "far", "edge"]


def test_json_of_a_coin_is_the_answer_of_the_api(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deleveraging", "BTC", "--data", str(folder), "--json"]) == 0
    answer = msgspec.json.decode(capsys.readouterr().out, type=DeleveragingAnswer)
    assert answer.is_simulated
    assert (answer.vault_equity_usd, answer.vault_equity_source) == (50e6, "assumed")
    assert answer.clusters


def test_an_account_is_ranked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deleveraging", "--account", address(5), "--data", str(folder)]) == 0
    said = capsys.readouterr().out
    assert said.startswith(address(5))
    assert "binary *" in said
    assert "rank 1 is cut first" in said
    assert main(["deleveraging", "--account", address(5), "--data", str(folder), "--json"]) == 0
    answer = msgspec.json.decode(capsys.readouterr().out, type=AccountDeleveragingAnswer)
    assert {row.coin for row in answer.rows} <= {"BTC", "ETH", "kPEPE"}


def test_a_coin_without_a_mark_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deleveraging", "DARK", "--data", str(folder)]) == 0
    assert "the mark of DARK is not known: there is nothing to simulate" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "give either a coin or --account ADDRESS"),
        (["BTC", "--account", address(5)], "give either a coin or --account ADDRESS"),
        (["BTC"], "give --recording DIR"),
        (["BTX", "--data", "X"], "unknown coin 'BTX'; did you mean BTC?"),
        (["--account", "0x12", "--data", "X"], "address '0x12' is not 0x and 40 hex digits"),
        (["--account", address(999), "--data", "X"], f"address {address(999)} is not in this map"),
        (["--account", address(5), "--data", "X", "--vault-equity", "1"], "it does not go with --account"),
        (["BTC", "--data", "X", "--vault-equity", "-5"], "vault_equity -5 is outside 0..1e+12 USD"),
        (["BTC", "--data", "X", "--url", "http://127.0.0.1:1"], "--url asks a server"),
    ],
)
def test_bad_questions_are_one_line(
    folder: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [str(folder) if option == "X" else option for option in options]
    assert main(["deleveraging", *asked]) == EXIT_BAD_INPUT
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
