"""`liqscape alerts list, add, remove, try`: on a file, on a data folder, and on a map that runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from served_rules import served_rules

from liqscape.cli.main import SUMMARIES, command_app
from liqscape.insight.alerts import Alert, AlertKind, Rule
from liqscape.service.alerting.kept import KeptAlerts
from liqscape.service.alerting.rule_store import read_rules

TOKEN = "a-token-of-the-tests-long-enough"
NEAR = ("near_level", "--coin", "BTC", "--price", 70_000, "--percent", 2)


def test_the_words_are_those_of_the_api() -> None:
    for name in ("alerts add", "alerts try"):
        options = {
            each.name.removeprefix("--").replace("-", "_") for each in command_app(name).assemble_argument_collection()
        }
        assert set(Rule.__struct_fields__) - {"kind", "on"} <= options
        assert {"KIND", "off"} <= options
    help_ = command_app("alerts add").help
    assert SUMMARIES["alerts add"] in help_
    kinds = next(
        each.parameter.help for each in command_app("alerts add").assemble_argument_collection(parse_docstring=True)
    )
    assert all(kind.value in (kinds or "") for kind in AlertKind)


def test_a_rule_is_added_to_a_file_listed_and_removed(tmp_path: Path, command: Callable[..., str]) -> None:
    file = tmp_path / "alerts.toml"
    file.write_text('# mine\n[destinations.phone]\nurl = "json://SECRET@host"\n')
    place = ("--alerts", file)
    said = command("alerts", "add", *NEAR, "--destinations", "phone", "--cool-down-minutes", 5, *place)
    assert said == (
        f"rule near_level-btc of {file}: near_level, BTC, price 70,000, percent 2, cool-down 5 min; sent to phone\n"
    )
    command("alerts", "add", "liquidation", "--min-usd", 0, "--rule-id", "any", "--off", *place)
    assert [(rule.rule_id, rule.on, rule.min_usd) for rule in read_rules(file).rules] == [
        ("near_level-btc", True, None),
        ("any", False, 0.0),
    ]
    listed = command("alerts", "list", *place)
    assert "2 rules of" in listed
    assert "min_usd 0, off" in listed
    assert "SECRET" not in listed
    assert command("alerts", "remove", "any", *place) == f"rule any removed from {file}\n"
    assert file.read_text().startswith('# mine\n[destinations.phone]\nurl = "json://SECRET@host"\n')
    assert [rule.rule_id for rule in read_rules(file).rules] == ["near_level-btc"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "near_lvel"), "unknown kind 'near_lvel'; did you mean near_level?"),
        (("add", "near_level", "--coin", "BTC"), "near_level needs price"),
        (("add", *NEAR[:-1], 0), "percent 0 is not above 0 to 50"),
        (("add", *NEAR, "--destinations", "fone"), "unknown destination 'fone'; 0 are known"),
        (("add", *NEAR, "--side", "long"), "near_level does not use side"),
        (("add", *NEAR, "--prcent", 1), "Unknown option: --prcent. Did you mean --percent?"),
        (("add", "funding", "--above", 1, "--below", 2), "above 1 is not over below 2: one of them is always passed"),
        (("remove", "mien"), "no rule 'mien'; 0 are known"),
        (("try",), "give a kind with its fields, or --rule-id of a rule that is there"),
        (("try", "--rule-id", "mien"), "no rule 'mien'; 0 are known"),
        (("try", "stale", "--minutes", 1), "no map is stored here"),
        (("try", "stale", "--minutes", 1, "--limit", 0), "--limit 0 is outside 1..500"),
        (("list", "--url", "http://127.0.0.1:1"), "leave --data and --alerts out"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(
    tmp_path: Path, refused: Callable[..., str], words: tuple[object, ...], said: str
) -> None:
    assert said in refused("alerts", *words, "--alerts", tmp_path / "alerts.toml")
    assert not (tmp_path / "alerts.toml").exists()


def test_coins_are_those_of_the_folder(stored: Any, tmp_path: Path, refused: Callable[..., str]) -> None:
    words = ("alerts", "add", "cluster_born", "--coin", "BTCC", "--alerts", tmp_path / "a.toml")
    assert refused(*words, "--data", stored.folder) == (
        "liqscape: rule cluster_born-btcc: unknown coin 'BTCC'; did you mean BTC?\n"
    )
    assert "is not a folder" in refused(*words, "--data", tmp_path / "none")


def test_a_trial_says_when_and_what_came_after(
    stored: Any, tmp_path: Path, command: Callable[..., str], command_json: Callable[..., Any]
) -> None:
    place = ("--data", stored.folder, "--alerts", tmp_path / "a.toml")
    rule = ("near_level", "--coin", "BTC", "--price", 70_000, "--percent", 40)
    answer = command_json("alerts", "try", *rule, *place)
    assert answer["provenance"]["is_simulated"]
    assert answer["count"] == len(answer["fired"]) > 0
    said = command("alerts", "try", *rule, *place)
    assert "would have fired once from" in said
    assert "SIMULATED" in said
    assert "any minute: n" in said
    assert "times in a row share their future" in said
    command("alerts", "add", *rule, *place, "--rule-id", "mine")
    assert (
        command_json("alerts", "try", "--rule-id", "mine", *place)["fired"][0]["alert"]["title"]
        == (answer["fired"][0]["alert"]["title"])
    )


def test_what_fired_is_listed_of_the_folder_too(
    tmp_path: Path, command: Callable[..., str], command_json: Callable[..., Any], stored: Any
) -> None:
    fired = command_json("alerts", "try", *NEAR[:-1], 40, "--data", stored.folder)["fired"][0]["alert"]
    KeptAlerts(tmp_path).add([msgspec.convert(fired, Alert)])
    said = command("alerts", "list", "--fired", "--data", tmp_path)
    assert fired["title"] in said
    assert fired["text"] in said
    assert command_json("alerts", "list", "--fired", "--data", tmp_path)["alerts"] == [fired]


def test_a_map_that_runs_is_asked_with_its_token(
    stored: Any,
    tmp_path: Path,
    command: Callable[..., str],
    refused: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with served_rules(stored.market, stored.folder, tmp_path, TOKEN) as url:
        monkeypatch.delenv("LIQSCAPE_TOKEN", raising=False)
        assert "asks for a token" in refused("alerts", "list", "--url", url)
        monkeypatch.setenv("LIQSCAPE_TOKEN", TOKEN)
        assert command("alerts", "add", *NEAR, "--url", url).startswith(f"rule near_level-btc of {url}: near_level")
        assert "unknown coin 'BTCC'; did you mean BTC?" in refused(
            "alerts", "add", "cluster_born", "--coin", "BTCC", "--url", url
        )
        assert "near_level-btc" in command("alerts", "list", "--url", url)
        assert "would have fired" in command("alerts", "try", "--rule-id", "near_level-btc", "--url", url)
        assert "did you mean near_level-btc?" in refused("alerts", "remove", "near_level-bt", "--url", url)
        assert command("alerts", "remove", "near_level-btc", "--url", url) == (
            f"rule near_level-btc removed from {url}\n"
        )
    assert read_rules(tmp_path / "alerts.toml").rules == ()
