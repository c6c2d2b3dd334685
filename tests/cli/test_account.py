"""`liqscape account`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from small_market import address

Run = Callable[..., str]
RunJson = Callable[..., Any]


def test_pools_and_positions_of_an_address_are_listed(stored: Any, command_json: RunJson) -> None:
    answer = command_json("account", address(5), "--data", stored.folder)
    assert answer["address"] == address(5)
    assert [pool["margin_mode"] for pool in answer["pools"]] == ["cross", "isolated"]
    isolated = answer["pools"][1]["positions"][0]
    # 90 % borrowed of 20,000 USD of ETH at 2,000: p = 18,000 / 10 / (1 - 1/80).
    assert isolated["liquidation_price"] == pytest.approx(1_800.0 / (1.0 - 1.0 / 80.0), rel=1e-12)


def test_an_unknown_raw_usd_has_no_level(stored: Any, command_json: RunJson) -> None:
    pool = command_json("account", address(2), "--data", stored.folder)["pools"][0]
    assert pool["raw_usd"] is None
    assert {position["level_status"] for position in pool["positions"]} == {"unknown"}


def test_upper_case_addresses_are_the_same_address(stored: Any, command_json: RunJson) -> None:
    shout = "0x" + address(10)[2:].upper()
    assert command_json("account", shout, "--data", stored.folder)["address"] == address(10)


def test_the_text_shows_every_position(stored: Any, command: Run, command_json: RunJson) -> None:
    answer = command_json("account", address(5), "--data", stored.folder)
    shown = command("account", address(5), "--data", stored.folder)
    assert "cross pool" in shown
    assert "isolated pool" in shown
    assert "SIMULATED" in shown
    for pool in answer["pools"]:
        for position in pool["positions"]:
            assert position["coin"] in shown


def test_no_figure_is_cut_on_a_narrow_terminal(stored: Any, command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert "…" not in command("account", address(5), "--data", stored.folder)


def test_a_malformed_address_is_refused(stored: Any, refused: Run) -> None:
    assert "40 hex digits" in refused("account", "0x12", "--data", stored.folder)


def test_an_address_that_is_not_there_is_named(stored: Any, refused: Run) -> None:
    assert "0x" + "f" * 40 in refused("account", "0x" + "f" * 40, "--data", stored.folder)


def test_history_of_a_coin_is_the_account_at_each_time(stored: Any, command: Run, command_json: RunJson) -> None:
    path = command_json("account", address(5), "--data", stored.folder, "--history", "ETH")
    assert path["coin"] == "ETH"
    shown = [time_ms for time_ms in path["time_ms"] if time_ms is not None]
    assert shown == [frame.time_ms for frame in stored.market.frames]
    for column, time_ms in enumerate(path["time_ms"]):
        pools = command_json("account", address(5), "--data", stored.folder, "--at", time_ms)["pools"]
        held = [each for pool in pools for each in pool["positions"] if each["coin"] == "ETH"]
        assert path["size"][column] == (held[0]["size"] if held else 0.0)
        assert path["liquidation_price"][column] == (held[0]["liquidation_price"] if held else None)
    assert "SIMULATED" in command("account", address(5), "--data", stored.folder, "--history", "ETH")


def test_what_is_not_kept_is_said_and_what_is_stored_is_shown(stored: Any, command: Run, command_json: RunJson) -> None:
    answer = command_json("account", address(5), "--data", stored.folder, "--raw")
    assert answer["is_kept"] is False
    assert answer["searched"] == "no raw log is kept in this data folder, so no bytes as received are"
    text = command("account", address(5), "--data", stored.folder, "--raw")
    assert "no raw log" in text
    assert "stored: isolated pool, raw USD -18,000.000000 USD" in text


def test_two_ways_to_look_at_an_account_at_once_are_refused(stored: Any, refused: Run) -> None:
    said = refused("account", address(5), "--data", stored.folder, "--raw", "--history", "ETH")
    assert "--history and --raw exclude each other" in said
    assert "NOPE" in refused("account", address(5), "--data", stored.folder, "--history", "NOPE")
