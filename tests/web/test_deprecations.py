"""Former names are answered until version 0.2, and every answer that holds or needed one says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from small_market import START_MS, address

from liqscape import __version__
from liqscape.cli.main import SUMMARIES, command_app
from liqscape.service.importing.log import ImportReport
from liqscape.service.view import MapView
from liqscape.states import account_answer
from liqscape.web.deprecations import (
    DEPRECATION,
    END,
    FORMER_FIELDS,
    FORMER_OPTIONS,
    FORMER_PARAMETERS,
    FORMER_VALUES,
    GLOSSARY,
    LINK,
    former_table,
    rename_options,
    rename_parameters,
    with_former_fields,
)

API = "/api/v1"
FIRST_MS = 946_684_800_000
CLI_ONLY = {"ImportReport", "PoolRow", "AccountRow", "PositionRow"}
"""Of `liqscape import --json` and `liqscape solve --json`."""
ASKED = {
    "at_ms": ("/coins/BTC/frame?{}=" + str(START_MS + 61_000), None),
    "start_ms": ("/coins/BTC/candles?{}=" + str(START_MS + 61_000), None),
    "end_ms": ("/coins/BTC/candles?{}=" + str(START_MS + 61_000), None),
    "low_price": ("/coins/BTC/heatmap?format=json&width=9&height=9&{}=60000", None),
    "high_price": ("/coins/BTC/heatmap?format=json&width=9&height=9&{}=80000", None),
    "price": ("/cascade?coin=BTC&mode=given&minutes=1&shock_minutes=0.5&{}=69000", None),
}


@pytest.fixture(scope="module")
def schema(client: TestClient) -> dict[str, Any]:
    return client.get("/schema/openapi.json").json()


def renamed_in(answer: Any) -> list[tuple[str, str]]:
    """(today, former) of every renamed field that stands in an answer under both names, with equal values."""
    found = []
    if isinstance(answer, list):
        return [pair for each in answer for pair in renamed_in(each)]
    if isinstance(answer, dict):
        for fields in FORMER_FIELDS.values():
            found += [(new, old) for new, old in fields.items() if new in answer and answer[new] == answer.get(old, 0)]
        found += [pair for each in answer.values() for pair in renamed_in(each)]
    return found


def test_this_version_still_answers_them() -> None:
    assert __version__.split(".")[:2] < END.split("."), f"{END}: remove liqscape.web.deprecations and this test"


@pytest.mark.parametrize("record", sorted(set(FORMER_FIELDS) - CLI_ONLY))
def test_each_renamed_field_is_described_under_both_names(schema: dict[str, Any], record: str) -> None:
    [component] = [each for name, each in schema["components"]["schemas"].items() if name.rpartition("_")[2] == record]
    for today, former in FORMER_FIELDS[record].items():
        described = component["properties"]
        assert "deprecated" not in described[today]
        assert described[former]["deprecated"] is True
        assert today in described[former]["description"]
        assert former not in component.get("required", [])


@pytest.mark.parametrize("former", FORMER_PARAMETERS)
def test_a_former_parameter_is_answered_as_that_of_today(client: TestClient, former: str) -> None:
    path = API + ASKED[former][0]
    old, new = (client.get(path.format(name)) for name in (former, FORMER_PARAMETERS[former]))
    assert old.status_code == new.status_code == 200
    assert old.content == new.content
    assert b'"error"' not in old.content
    assert old.headers["deprecation"] == DEPRECATION
    assert old.headers["link"] == LINK


@pytest.mark.parametrize("former", FORMER_PARAMETERS)
def test_a_former_parameter_is_described_as_deprecated(schema: dict[str, Any], former: str) -> None:
    path = ASKED[former][0].partition("?")[0].replace("BTC", "{coin}")
    parameters = {each["name"]: each for each in schema["paths"][API + path]["get"]["parameters"]}
    assert parameters[former]["deprecated"] is True
    assert not parameters[FORMER_PARAMETERS[former]].get("deprecated")


@pytest.mark.parametrize(("name", "values"), FORMER_VALUES.items())
def test_a_former_value_is_answered_as_that_of_today(client: TestClient, name: str, values: dict[str, str]) -> None:
    for former, today in values.items():
        old, new = (client.get(f"{API}/liquidations?{name}={value}") for value in (former, today))
        assert old.status_code == 200
        assert old.content == new.content
        assert old.headers["deprecation"] == DEPRECATION


@pytest.mark.parametrize(
    "path",
    [
        "/status",
        "/coins/BTC/frame",
        "/coins/BTC/positions?within_percent=50",
        f"/accounts/{address(5)}",
        "/joint?btc_percent=-60",
        "/sources",
    ],
)
def test_answers_hold_both_names_and_say_so(client: TestClient, path: str) -> None:
    response = client.get(API + path)
    assert renamed_in(response.json())
    assert response.headers["deprecation"].startswith("@")  # RFC 9745, section 2.1: a date of structured fields
    assert response.headers["link"].startswith(f"<{GLOSSARY}>")
    seen = client.get(API + path, headers={"If-None-Match": response.headers["etag"]})
    assert (seen.status_code, seen.headers["deprecation"]) == (304, DEPRECATION)


def test_answers_without_a_renamed_field_say_nothing(client: TestClient) -> None:
    for path in ("/coins", "/coins/BTC/clusters", "/coins/BTC/candles", "/coins/BTC/heatmap", "/coins/NONE/frame"):
        assert "deprecation" not in client.get(API + path).headers, path


def test_any_former_time_is_taken(client: TestClient) -> None:
    assert client.get(f"{API}/coins/BTC/candles?start_ms=0").status_code == 200
    assert client.get(f"{API}/coins/BTC/frame?at_ms=1").status_code == 404
    assert rename_parameters(b"a=1&at_ms=7", ["at", "a"]) == (b"a=1&at=%d" % FIRST_MS, [("at_ms", "at")])


def test_both_names_of_one_parameter_are_refused(client: TestClient) -> None:
    response = client.get(f"{API}/coins/BTC/frame?at={START_MS}&at_ms={START_MS}")
    assert response.status_code == 400
    assert response.json()["detail"] == "at and at_ms ask for the same; give at"


def test_a_route_without_the_parameter_refuses_its_former_name(client: TestClient) -> None:
    assert client.get(f"{API}/status?at_ms=5").json()["detail"].startswith("unknown parameter 'at_ms'")


def test_only_renamed_fields_are_doubled(view: MapView) -> None:
    answer = view.levels("BTC", within_percent=80.0)
    both = json.loads(msgspec.json.encode(with_former_fields(answer)))
    today = json.loads(msgspec.json.encode(answer))
    for row in both["positions"]:
        assert row.pop("quality") == row["margin_source"]
        assert row.pop("mode") == row["margin_mode"]
    assert both == today
    coins = view.coins()
    assert with_former_fields(coins) is coins


def test_the_table_is_served_whole(client: TestClient) -> None:
    response = client.get(GLOSSARY)
    assert response.headers["content-type"].startswith("text/markdown")
    assert response.text == former_table()
    pairs = [*FORMER_PARAMETERS.items(), *(pair for each in FORMER_OPTIONS.values() for pair in each.items())]
    assert all(f"| `{former}` | `{today}` |" in response.text for former, today in pairs)


@pytest.mark.parametrize("command", FORMER_OPTIONS)
def test_a_former_option_is_taken_with_one_line(command: str) -> None:
    assert command in SUMMARIES
    known = {name for each in command_app(command).assemble_argument_collection() for name in each.parameter.name or ()}
    for former, today in FORMER_OPTIONS[command].items():
        assert today in known
        assert former not in known
        for given, taken in (([former, "5"], [today, "5"]), ([f"{former}=5"], [f"{today}=5"])):
            tokens, said = rename_options(command, [command, *given])
            assert tokens == [command, *taken]
            assert said == [f"{former} is called {today} now; the former spelling goes with version {END}"]


def test_the_document_has_the_table() -> None:
    text = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [[cell.strip(" `") for cell in line.split("|")[1:3]] for line in text.splitlines() if line.startswith("| `")]
    renamed = [(old, new) for fields in FORMER_FIELDS.values() for new, old in fields.items()]
    renamed += [pair for each in FORMER_VALUES.values() for pair in each.items()]
    renamed += [pair for each in FORMER_OPTIONS.values() for pair in each.items()]
    missing = [pair for pair in [*renamed, *FORMER_PARAMETERS.items()] if list(pair) not in rows]
    assert missing == []


@pytest.mark.parametrize("record", sorted(CLI_ONLY))
def test_records_of_the_command_line_alone_have_the_names_of_today(record: str) -> None:
    kind = ImportReport if record == "ImportReport" else getattr(account_answer, record)
    assert set(FORMER_FIELDS[record]) <= set(kind.__struct_fields__)
