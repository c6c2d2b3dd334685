"""`liqscape joint`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from info_server import serving
from small_sandbox import eventful_sandbox, name

from liqscape.sandbox.answers import answer_info

Run = Callable[..., str]
RunJson = Callable[..., Any]


def test_a_fall_is_answered_with_curve_betas_and_accounts(stored: Any, command_json: RunJson) -> None:
    answer = command_json("joint", "--btc-percent", "-20%", "--data", stored.folder)
    assert (answer["at_percent"], answer["direction"]) == (-20.0, "down")
    assert answer["provenance"]["is_simulated"] is True
    assert answer["as_of_ms"] == stored.last_ms
    assert [curve["direction"] for curve in answer["curves"]] == ["down", "up"]
    assert answer["joint_notional"] > 0.0
    assert command_json("joint", "--btc-percent=-20", "--data", stored.folder) == answer


def test_the_time_and_the_rise_asked_about_are_answered(stored: Any, command_json: RunJson) -> None:
    answer = command_json("joint", "--btc-percent", "+15 %", "--data", stored.folder, "--at", stored.first_ms)
    assert (answer["as_of_ms"], answer["direction"]) == (stored.first_ms, "up")


def test_text_says_what_was_assumed(stored: Any, command: Run) -> None:
    text = command("joint", "--btc-percent", "-20%", "--data", stored.folder)
    assert "SIMULATED" in text
    assert "BTC -20.00 % and the rest follow" in text
    assert "single-coin maps add up to" in text
    assert "betas: assumed" in text
    assert "1.00 *" in text


def test_own_betas_and_shocks_are_taken_from_files(stored: Any, command_json: RunJson, tmp_path: Path) -> None:
    betas = tmp_path / "betas.json"
    betas.write_text('{"*": 2}')
    answer = command_json("joint", "--btc-percent", "-10%", "--data", stored.folder, "--betas", betas)
    assert {row["beta"] for row in answer["betas"]} == {1.0, 2.0}
    assert answer["betas_origin"] == "betas of betas.json, for every coin"
    shock = tmp_path / "shock.json"
    shock.write_text('{"BTC": "-10%", "*": "-19%"}')
    same = command_json("joint", "--shock", shock, "--data", stored.folder)
    assert same["direction"] == "shock"
    assert same["joint_notional"] == pytest.approx(answer["joint_notional"])


def test_a_server_is_read_once_and_unreadable_accounts_are_counted(
    command: Run, command_json: RunJson, tmp_path: Path
) -> None:
    with serving(eventful_sandbox()) as server:
        whole = command_json("joint", "--btc-percent", "-20%", "--api-url", server.url)
        users = [name(3), name(7), name(8)]
        states = msgspec.json.decode(
            msgspec.json.encode(answer_info({"type": "batchClearinghouseStates", "users": users}, server.world.state))
        )
        reported = float(states[1]["marginSummary"]["totalNtlPos"])
        del states[1]["time"]
        server.replaced["batchClearinghouseStates"] = msgspec.json.encode(states)
        listed = tmp_path / "accounts.txt"
        listed.write_text("\n".join(users))
        arguments = ("joint", "--btc-percent", "-20%", "--api-url", server.url, "--accounts", listed)
        partly, text = command_json(*arguments), command(*arguments)
    assert whole["provenance"]["kind"] == "api"
    assert whole["joint_notional"] > 0.0
    assert whole["unread"]["accounts"] == 0
    assert (partly["unread"]["accounts"], partly["unread"]["notional"]) == (1, reported)
    assert 0.0 < partly["unread"]["share"] < 1.0
    assert "accounts that cannot be read, left out: 1, with" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--btc-percent", "-100%"], "outside -87%"),
        (["--btc-percent", "ten"], "not a percentage"),
        (["--btc-percent", "0%"], "moves nothing"),
        ([], "either --btc-percent PERCENT or --shock FILE"),
        (["--btc-percent", "-5%", "--accounts", "x.txt"], "--accounts goes with --api-url only"),
        (["--btc-percent", "-5%", "--api-url", "http://127.0.0.1:1"], "--data and --api-url exclude each other"),
        (["--btc-percent", "-5%", "--shock", "x.json"], "either --btc-percent PERCENT or --shock FILE"),
        (["--shock", "none.json"], "no such file"),
        (["--btc-percent", "-5%", "--betas", "none.json"], "no such file"),
        (["--shock", "x.json", "--betas", "y.json"], "exclude each other"),
        (["--btc-percent", "-5%", "--at", "1999-01-01"], "--at"),
        (["--btc-percent", "-5%", "--at", "2001-01-01"], "no frame"),
    ],
)
def test_bad_options_are_one_line_and_exit_code_2(
    stored: Any, refused: Callable[..., str], arguments: list[str], words: str
) -> None:
    assert words in refused("joint", "--data", stored.folder, *arguments)


def test_files_that_name_unknown_coins_are_refused(stored: Any, refused: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "some.json"
    path.write_text('{"XYZ": 1.0}')
    assert "XYZ" in refused("joint", "--btc-percent", "-5%", "--betas", path, "--data", stored.folder)
    assert "XYZ" in refused("joint", "--shock", path, "--data", stored.folder)


@pytest.mark.recorded
def test_the_recorded_market_of_february_is_answered(recorded: Path, command_json: RunJson) -> None:
    folder = recorded / "market_2026_02"
    answer = command_json("joint", "--btc-percent", "-10%", "--recording", folder, "--at", "2026-02-05T12:00:00Z")
    assert "Binance, 1 hour" in answer["betas_origin"]
    assert answer["beta_counts"]["estimated"] == 4
    down = answer["curves"][0]
    assert down["joint_notional"][-1] > answer["joint_notional"] > 0.0
    assert {row["coin"] for row in answer["coins"]} >= {"BTC", "ETH"}
