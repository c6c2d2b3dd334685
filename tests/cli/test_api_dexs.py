"""`cascade --api-url` and `joint --api-url` on a server with dexs of builders."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from dex_sandbox import OVER_DEXS, STANDARD, XYZ_VAULT_USD, dex_sandbox
from info_server import InfoServer, serving
from small_sandbox import name

from liqscape.cli.reading import reading_reporter

SHORT = ("--minutes", "3", "--shock-minutes", "2")
RunJson = Callable[..., Any]


@pytest.fixture(scope="module")
def server() -> Iterator[InfoServer]:
    with serving(dex_sandbox()) as server:
        yield server


def test_a_cascade_of_a_deployed_coin_has_its_book_its_holders_and_its_vault(
    command_json: RunJson, server: InfoServer
) -> None:
    answer = command_json("cascade", "xyz:GOLD", "--target-price", "3900", "--api-url", server.url, *SHORT)
    assert (answer["coin"], answer["mark"]) == ("xyz:GOLD", 4_900.0)
    assert any("xyz:GOLD: recorded book" in note for note in answer["assumptions"])
    assert list(zip(answer["fates"]["address"], answer["fates"]["dex"], strict=True)) == [(name(STANDARD), "xyz")]
    assert answer["vault_dex"] == ["", "xyz"]
    assert answer["vault_equity"][1][0] == XYZ_VAULT_USD
    said = "capital of the backstop vaults of hyna is not known: positions there go from the book to deleveraging"
    assert said in answer["assumptions"]
    assert answer["provenance"]["note"].endswith("dexs read: main, xyz, hyna")


def test_an_account_over_two_dexs_is_liquidated_as_one_pool(command_json: RunJson, server: InfoServer) -> None:
    """Gold does not move: what BTC loses is paid by gold, which is larger at its mark and so goes first."""
    arguments = ("cascade", "BTC", "--target-price", "47000", "--api-url", server.url, *SHORT)
    whole = command_json(*arguments)
    fates = dict(zip(whole["fates"]["address"], whole["fates"]["dex"], strict=True))
    assert fates == {name(STANDARD): "", name(OVER_DEXS): None}
    flow = dict(zip(whole["per_second"]["coin"], whole["per_second"]["filled"], strict=True))
    assert flow["xyz:GOLD"] > 20_000.0
    first = command_json(*arguments, "--dexs", "main")
    assert first["provenance"]["note"].endswith("dexs read: main")
    assert set(first["per_second"]["coin"]) == {"BTC"}


def test_joint_moves_the_coins_of_every_dex(command: Callable[..., str], server: InfoServer) -> None:
    arguments = ("joint", "--btc-percent", "-25%", "--api-url", server.url)
    answer = json.loads(command(*arguments, "--json"))
    assert {row["coin"] for row in answer["coins"]} >= {"BTC", "xyz:GOLD", "hyna:BTC"}
    over = next(row for row in answer["accounts"] if row["address"] == name(OVER_DEXS))
    assert (over["margin_mode"], [row["coin"] for row in over["positions"]]) == ("unified", ["BTC", "xyz:GOLD"])
    assert "dexs read: main, xyz, hyna" in command(*arguments)
    assert "dexs read: main, xyz\n" in command(*arguments, "--dexs", "xyz")


def test_a_terminal_is_told_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with reading_reporter() as tell:
        assert tell is not None
        tell("accounts of xyz", 50, 120)
    assert "reading accounts of xyz: 50 of 120" in screen.getvalue()
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with reading_reporter() as silent:
        assert silent is None


@pytest.mark.parametrize("asked", [("cascade", "BTC", "--target-price", "60000"), ("joint", "--btc-percent", "-5%")])
def test_dexs_that_cannot_be_are_one_line(
    refused: Callable[..., str], server: InfoServer, asked: tuple[str, ...]
) -> None:
    assert "--dexs goes with --api-url only" in refused(*asked, "--data", "b", "--dexs", "xyz")
    assert "no name of a dex" in refused(*asked, "--api-url", server.url, "--dexs", "XYZ!")
    assert "there is no dex abc" in refused(*asked, "--api-url", server.url, "--dexs", "abc")
