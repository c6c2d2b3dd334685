"""`liqscape cascade`: what it prints, the same each time, and one clear line for what cannot be simulated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from info_server import serving
from small_sandbox import eventful_sandbox, name

TARGET = "48000"
SHORT = ("--minutes", "5", "--shock-minutes", "2")


def test_text_is_labelled_and_tells_assumptions_first(command, stored: Any) -> None:
    text = command("cascade", "BTC", "--target-price", TARGET, "--data", stored.folder, *SHORT)
    lines = text.splitlines()
    assert lines[0].startswith("SIMULATED: BTC to 48000 (-")
    assert lines[-1].endswith("SIMULATED, not a forecast")
    places = [
        text.index(part) for part in ("assumed:", "liquidated ", "vault equity", "overshoot", "clusters", "by mark")
    ]
    assert places == sorted(places)
    assert "no order book known" in text
    assert "generated small test market, simulated" in text


def test_json_is_complete_and_the_same_each_time(command_json, stored: Any) -> None:
    asked = ("cascade", "BTC", "--target-price", TARGET, "--data", stored.folder, *SHORT)
    first, second = (command_json(*asked) for _ in range(2))
    assert first == second
    assert first["is_simulated"] is True
    assert first["target_price"] == 48_000.0
    assert first["as_of_ms"] == stored.last_ms
    assert first["fate_count"] == len(first["fates"]["address"])
    assert first["totals"]["sent"] == pytest.approx(sum(first["per_second"]["sent"]))
    assert len(first["path_ms"]) == len(first["paths"][0]["mark"]) > 250


def test_time_mode_theta_and_shock_change_the_run(command_json, stored: Any, tmp_path: Path) -> None:
    def digest(*options: object, to: tuple = ("--target-price", TARGET)) -> str:
        return command_json("cascade", "BTC", *to, "--data", stored.folder, *SHORT, *options)["digest"]

    moves = tmp_path / "moves.json"
    moves.write_text('{"BTC": "-10%", "ETH": -0.2}')
    digests = [
        digest(),
        digest("--at", stored.first_ms),
        digest("--mode", "given"),
        digest("--mode", "coupled"),
        digest("--mode", "coupled", "--theta", "0.9"),
        digest("--shock", "betas"),
        digest("--shock", "october-2025", to=()),
        digest("--shock", moves, to=()),
    ]
    assert len(set(digests)) == len(digests)
    assert digest("--seed", "5") == digests[0]  # a single run draws nothing


def test_ensemble_prints_quantiles_of_seeded_runs(command, stored: Any) -> None:
    arguments = ("cascade", "BTC", "--target-price", TARGET, "--data", stored.folder, *SHORT, "--paths", "3", "--seed")
    first, again, other = (command(*arguments, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert first.splitlines()[0].endswith("mode book, 3 runs, seed 1, without stops")
    assert first.splitlines()[0].startswith("SIMULATED: ")
    for figure in ("filled", "overshoot", "50 %", "known in"):
        assert figure in first


def test_server_is_read_now(command_json, tmp_path: Path) -> None:
    accounts = tmp_path / "accounts.txt"
    accounts.write_text(f"# mine\n{name(3)}\n\n{name(8).upper().replace('0X', '0x')}\n")
    with serving(eventful_sandbox()) as server:
        asked = ("cascade", "BTC", "--target-price", TARGET, "--api-url", server.url, *SHORT)
        whole = command_json(*asked)
        named = command_json(*asked, "--accounts", accounts)
    assert whole["provenance"]["kind"] == "api"
    assert whole["input"]["real_books"] >= 1
    assert whole["input"]["addresses"] > named["input"]["addresses"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("btc", "--target-price", TARGET), "unknown coin 'btc'; did you mean BTC?"),
        (("BTC", "--target-price", "-5"), "target price -5 of BTC is not above 0"),
        (("BTC", "--target-price", "90000", "--direction", "down"), "is on the wrong side: above the mark"),
        (("BTC", "--target-price", TARGET, "--direction", "up"), "is on the wrong side: below the mark"),
        (("BTC", "--target-price", "1e9"), "target price 1000000000 of BTC is more than a factor of 20 from its mark"),
        (("DARK", "--target-price", "5"), "DARK has no mark price"),
        (("BTC",), "shock one needs a target price of BTC"),
        (("BTC", "--target-price", TARGET, "--mode", "soft"), "mode 'soft' is none of given, book, coupled"),
        (("BTC", "--target-price", TARGET, "--shock", "nothing.json"), "--shock 'nothing.json' is none of one, betas"),
        (("BTC", "--target-price", TARGET, "--minutes", "0"), "minutes 0 is outside 0.1..1440"),
        (("BTC", "--target-price", TARGET, "--shock", "october-2025"), "exclude each other"),
        (("BTC", "--target-price", TARGET, "--paths", "5000"), "paths 5000 is outside 1..1000"),
        (("BTC", "--target-price", TARGET, "--at", "2020-01-01"), "no frame at or before"),
        (("BTC", "--target-price", TARGET, "--candles", "x.parquet"), "--candles goes with --recording only"),
        (("BTC", "--target-price", TARGET, "--accounts", "x.txt"), "--accounts goes with --api-url only"),
    ],
)
def test_bad_input_is_one_line(refused, stored: Any, arguments: tuple[str, ...], said: str) -> None:
    assert said in refused("cascade", *arguments, "--data", stored.folder)


def test_price_equal_to_the_mark_is_refused(refused, command_json, stored: Any) -> None:
    mark = command_json("cascade", "BTC", "--target-price", TARGET, "--data", stored.folder, *SHORT)["mark"]
    assert "nothing would move" in refused("cascade", "BTC", "--target-price", repr(mark), "--data", stored.folder)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give --recording DIR (a recorded market), --data DIR (stored history) or --api-url URL"),
        (("--recording", "a", "--data", "b"), "--recording and --data exclude each other"),
        (("--recording", "a"), "--recording a is not a folder"),
        (("--data", "b"), "--data b is not a folder"),
        (("--api-url", "nowhere"), "--api-url 'nowhere' is not an address"),
        (("--api-url", "http://127.0.0.1:1", "--at", "2026-02-05"), "--at and --api-url exclude each other"),
        (("--api-url", "http://127.0.0.1:1", "--accounts", "none.txt"), "none.txt: there is no such file"),
    ],
)
def test_bad_source_is_one_line(refused, arguments: tuple[str, ...], said: str) -> None:
    assert said in refused("cascade", "BTC", "--target-price", TARGET, *arguments)


@pytest.mark.parametrize(
    ("text", "said"), [("", "names no address"), (f"{name(3)}\n0x12\n", "line 2: '0x12' is not 0x and 40 hex digits")]
)
def test_bad_list_of_accounts_is_one_line(refused, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "accounts.txt"
    path.write_text(text)
    with serving(eventful_sandbox()) as server:
        line = refused("cascade", "BTC", "--target-price", TARGET, "--api-url", server.url, "--accounts", path)
    assert said in line


def test_market_of_nobody_and_book_without_depth_are_refused(refused, tmp_path: Path) -> None:
    path = tmp_path / "accounts.txt"
    path.write_text(name(77))
    with serving(eventful_sandbox()) as server:
        empty = refused("cascade", "BTC", "--target-price", TARGET, "--api-url", server.url, "--accounts", path)
        server.replaced["l2Book"] = b'{"coin": "BTC", "time": 1, "levels": [[], []]}'
        shallow = refused("cascade", "BTC", "--target-price", TARGET, "--api-url", server.url)
    assert "the market is empty: 0 positions" in empty
    assert "order book of BTC has no bids" in shallow


@pytest.mark.recorded
def test_recorded_february_runs_with_parametric_books(command, recorded: Path) -> None:
    folder = recorded / "market_2026_02"
    asked = ("cascade", "BTC", "--target-price", "55000", "--recording", folder, "--at", "2026-02-05T12:45:00Z")
    text = command(*asked, "--json")
    answer = json.loads(text)
    assert answer["mark"] == pytest.approx(69_258.0, rel=1e-3)
    assert answer["input"]["real_books"] == 0
    assert answer["totals"]["account_count"] >= 1
    assert any("parametric depth" in note for note in answer["assumptions"])
