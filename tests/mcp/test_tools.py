"""A tool is a question of the API: its arguments are the route's, its answer is the route's, and "none" is told from
"not known"."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient
from made_up_study import OLD
from small_market import START_MS, address

from liqscape.errors import QuestionError
from liqscape.mcp import answering
from liqscape.mcp.answering import ToolAnswers, ToolRefused
from liqscape.mcp.arguments import read_arguments
from liqscape.mcp.asking import ApiRefused, api_path
from liqscape.mcp.bounds import MAX_ROWS, cut_lists
from liqscape.mcp.standing import KEPT_S, StandingMemory
from liqscape.mcp.tools import TOOLS, MapTool
from liqscape.service.asking import API
from liqscape.units import MINUTE_MS

STOP = {"coin": "BTC", "side": "long", "entry": 100.0, "stop": 99, "risk": "50"}
ASKED: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("status", {}, "/status"),
    ("coins", {}, "/coins?limit=25"),
    ("coins", {"limit": 1}, "/coins?limit=1"),
    ("board", {"limit": "2"}, "/board?limit=2"),
    ("clusters", {"coin": "BTC"}, "/coins/BTC/clusters?limit=25"),
    ("clusters", {"coin": "BTC", "at": START_MS, "cursor": None}, f"/coins/BTC/clusters?at={START_MS}&limit=25"),
    ("account", {"address": address(3)}, f"/accounts/{address(3)}?limit=25"),
    ("positions", {"coin": "ETH", "within_percent": 20}, "/coins/ETH/positions?within_percent=20&limit=25"),
    ("triggers", {"coin": "BTC"}, "/coins/BTC/triggers?level=4"),
    ("caveats", {"coin": "BTC"}, "/coins/BTC/caveats"),
    ("changes", {"coin": "BTC", "cluster_id": OLD}, f"/coins/BTC/changes?cluster_id={OLD}&limit=25"),
    ("sweeps", {"coin": "BTC", "side": "long"}, "/coins/BTC/sweeps?side=long&limit=25"),
    ("events", {}, "/events?limit=25"),
    ("events", {"coin": "BTC"}, "/coins/BTC/events?limit=25"),
    ("cascades", {"coin": "BTC"}, "/coins/BTC/cascades?limit=25"),
    ("score", {}, "/score"),
    ("stop", STOP, "/coins/BTC/stop?side=long&entry=100&stop=99&risk=50"),
)
"""Tool, arguments, and the question it has to be."""


def call(answers: ToolAnswers, name: str, **given: object) -> dict[str, Any]:
    """What a tool says, read as strict JSON: a NaN in it is no JSON."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} in an answer")

    return json.loads(asyncio.run(answers.call(name, given)), parse_constant=refuse)


def refusal(answers: ToolAnswers, name: str, **given: object) -> str:
    with pytest.raises(ToolRefused) as refused:
        asyncio.run(answers.call(name, given))
    return str(refused.value)


@pytest.mark.parametrize(("name", "given", "path"), ASKED)
def test_a_tool_says_what_the_route_says(
    answers: ToolAnswers, api: TestClient, name: str, given: dict[str, Any], path: str
) -> None:
    said = call(answers, name, **given)
    assert (said["state"], said["cut"]) in (("answered", {}), ("not_loaded", {}))
    route = api.get(f"{API}{path}")
    assert route.status_code == 200
    assert said["answer"] == route.json()


@pytest.mark.parametrize(("name", "given", "_"), ASKED)
def test_every_answer_says_source_time_coverage_and_whether_it_is_live(
    answers: ToolAnswers, name: str, given: dict[str, Any], _: str
) -> None:
    standing = call(answers, name, **given)["standing"]
    status = call(answers, "status")["answer"]
    assert standing["provenance"] == status["provenance"]
    assert standing["provenance"]["is_simulated"]
    assert standing["coverage"]["share"] == status["coverage"]["share"]
    assert standing["is_live"] is False
    coins = {each["coin"]: each["coverage"] for each in call(answers, "coins")["answer"]["coins"]}
    if "coin" in given:
        assert standing["coverage"]["coin_share"] == coins[given["coin"]]
    asked_ms = given.get("at")
    assert asked_ms is None or standing["as_of_ms"] == asked_ms


def test_map_is_the_window_of_the_route_with_the_prices_of_its_rows(answers: ToolAnswers, api: TestClient) -> None:
    said = call(answers, "map", coin="BTC", width=6, height=20)["answer"]
    window = api.get(f"{API}/coins/BTC/heatmap", params={"format": "json", "width": 6, "height": 20}).json()
    edges = said.pop("row_edges")
    assert said == window
    ratio = 1.0005 ** (2 ** window["level"])
    first = 1.0005 ** (window["first_band"] * 2 ** window["level"])
    assert edges == pytest.approx([first * ratio**row for row in range(window["rows"] + 1)], rel=1e-6)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_arguments_are_parameters_of_the_route_with_its_words(tool: MapTool, api: TestClient) -> None:
    """The table of tools is written by hand; the API's own description says whether it is still true."""
    paths = api.get("/schema/openapi.json").json()["paths"]
    described = paths[f"{API}{tool.path}"]["get"].get("parameters", [])
    schemas = api.get("/schema/openapi.json").json()["components"]["schemas"]
    known = {each["name"]: each for each in described}
    for argument in tool.arguments:
        parameter = known[argument.name]
        assert argument.is_required == parameter.get("required", False) or tool.without is not None, argument.name
        words = _words(parameter["schema"], schemas)
        if argument.words:
            assert set(argument.words) <= words, argument.name
        elif words:
            raise AssertionError(f"{argument.name} is one of {words}, which the tool does not say")
    assert {name for name, each in known.items() if each.get("required")} <= {each.name for each in tool.arguments}
    assert set(tool.fixed or {}) <= set(known)


def _words(schema: dict[str, Any], schemas: dict[str, Any]) -> set[str]:
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    found = set(schema.get("enum", ()))
    for each in schema.get("oneOf", []) + schema.get("anyOf", []):
        found |= _words(each, schemas)
    return found - {None}


@pytest.mark.parametrize(
    ("name", "given", "state"),
    [
        ("account", {"address": f"0x{'f' * 40}"}, "not_loaded"),
        ("clusters", {"coin": "BTC", "at": START_MS - MINUTE_MS}, "not_loaded"),
        ("map", {"coin": "BTC", "start": "2020-01-01", "end": "2020-01-02"}, "not_loaded"),
        ("map", {"coin": "BTC", "price_low": 1e-6, "price_high": 2e-6}, "nothing_there"),
        ("positions", {"coin": "BTC", "within_percent": 1e-6}, "nothing_there"),
        ("changes", {"coin": "BTC", "reason": "deleveraged_as_winner"}, "nothing_there"),
        ("changes", {"coin": "BTC", "end": START_MS - MINUTE_MS}, "not_loaded"),
        ("changes", {"coin": "BTC", "start": START_MS + 10_000 * MINUTE_MS}, "not_loaded"),
        ("changes", {"coin": "BTC"}, "answered"),
        ("score", {}, "not_loaded"),
        ("triggers", {"coin": "BTC"}, "not_loaded"),
    ],
)
def test_not_loaded_is_told_from_nothing_there(
    answers: ToolAnswers, name: str, given: dict[str, Any], state: str
) -> None:
    said = call(answers, name, **given)
    assert said["state"] == state
    assert (said["why"] is None) == (state == "answered")


def test_a_map_without_a_study_has_not_looked(answers: ToolAnswers) -> None:
    judge = next(tool.judge for tool in answers.tools if tool.name == "sweeps")
    unstudied = {"sweeps": [], "open": [], "since_ms": None, "as_of_ms": START_MS, "note": "nothing was studied"}
    assert judge(unstudied, {}) == ("not_loaded", "nothing was studied")


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("clusterz", {}, "unknown tool 'clusterz'; did you mean clusters?"),
        ("clusters", {}, "coin is missing: coin as the exchange spells it, such as BTC or kPEPE."),
        ("clusters", {"coin": "BTCC"}, "unknown coin 'BTCC'; did you mean BTC?"),
        ("clusters", {"coin": "BTC", "limt": 3}, "unknown argument 'limt'; did you mean limit?"),
        ("clusters", {"coin": "BTC", "limit": 201}, "limit 201 is outside 1 to 200"),
        ("clusters", {"coin": "BTC", "limit": 1.5}, "limit 1.5 is not a whole number"),
        ("clusters", {"coin": "BTC", "limit": "many"}, "limit 'many' is not a whole number"),
        ("clusters", {"coin": ["BTC"]}, "coin is a list, and has to be text"),
        ("clusters", {"coin": "BTC", "mode": "join"}, "mode 'join' is none of solo, joint; did you mean joint?"),
        ("clusters", {"coin": "BTC", "cursor": "x" * 201}, "cursor has 201 characters, at most 200 are read"),
        (
            "changes",
            {"coin": "BTC", "cluster_id": "BTC-long-9-9"},
            "no cluster 'BTC-long-9-9' of BTC is known; did you mean BTC-long-3-3?",
        ),
        ("account", {"address": "0x12"}, "address '0x12' is not 0x and 40 hex digits"),
        ("stop", {**STOP, "isolated": "perhaps"}, "isolated 'perhaps' is not true or false"),
        ("stop", {**STOP, "stop": 101}, "the stop 101.0 of a long must be below its entry 100.0"),
        ("map", {"coin": "BTC", "price_low": float("nan")}, "price_low 'nan' is not a number that has an end"),
    ],
)
def test_bad_input_is_one_sentence(answers: ToolAnswers, name: str, given: dict[str, Any], sentence: str) -> None:
    assert refusal(answers, name, **given) == sentence


def test_a_page_goes_on_where_the_one_before_ended(answers: ToolAnswers) -> None:
    whole = call(answers, "coins")["answer"]["coins"]
    first = call(answers, "coins", limit=1)["answer"]
    second = call(answers, "coins", limit=1, cursor=first["next_cursor"])["answer"]
    assert [*first["coins"], *second["coins"]] == whole[:2]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@pytest.mark.property
@given(st.sampled_from(TOOLS), st.data())
def test_any_json_is_read_or_refused(tool: MapTool, data: st.DataObject) -> None:
    names = st.sampled_from([each.name for each in tool.arguments] or ["x"]) | st.text(max_size=8)
    asked = data.draw(st.dictionaries(names, JSON, max_size=4))
    texts: dict[str, str] | None = None
    with suppress(QuestionError):
        texts = read_arguments(tool.arguments, asked)
    if texts is not None:
        path = api_path(tool.without if tool.without and "coin" not in texts else tool.path, texts)
        assert path.startswith(API)
        assert path.isascii()
        assert "{" not in path.partition("?")[0]


def test_long_lists_are_cut_and_named_but_not_the_cells_of_a_window() -> None:
    record = {"rows": [{"deep": list(range(300))}] * 250, "cells": list(range(900)), "mark": 1.0}
    answer, cut = cut_lists(record)
    assert len(answer["rows"]) == MAX_ROWS
    assert len(answer["rows"][0]["deep"]) == MAX_ROWS
    assert len(answer["cells"]) == 900
    assert cut == {"rows": {"shown": MAX_ROWS, "of": 250}, "rows[].deep": {"shown": MAX_ROWS, "of": 300}}


@pytest.mark.parametrize("rows", [[], [1] * MAX_ROWS, [{"deep": [[1] * MAX_ROWS]}]])
def test_an_answer_without_a_long_list_is_given_as_it_came(rows: list[Any]) -> None:
    record = {"rows": rows, "mark": None}
    answer, cut = cut_lists(record)
    assert answer is record
    assert cut == {}


def test_a_long_list_is_found_wherever_it_is() -> None:
    record = {"one": {"two": [{"three": [1] * (MAX_ROWS + 1)}]}}
    answer, cut = cut_lists(record)
    assert answer == {"one": {"two": [{"three": [1] * MAX_ROWS}]}}
    assert cut == {"one.two[].three": {"shown": MAX_ROWS, "of": MAX_ROWS + 1}}


def test_an_answer_that_is_too_long_is_refused(answers: ToolAnswers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liqscape.mcp.bounds.MAX_BYTES", 1_000)
    assert "at most 1,000 are given" in refusal(answers, "clusters", coin="BTC")


class BrokenApi:
    """Answers what nobody expects."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.asked = 0

    async def read(self, path: str, on_line: object = None) -> bytes:  # noqa: ARG002
        self.asked += 1
        return self.body


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"clusters": 3}'])
def test_an_answer_that_cannot_be_read_is_refused_without_its_inside(body: bytes) -> None:
    said = refusal(ToolAnswers(BrokenApi(body)), "clusters", coin="BTC")
    assert said == answering.FAILED


def test_standing_is_asked_again_after_its_time_only() -> None:
    status = {"as_of_ms": START_MS, "provenance": {}, "coverage": {"share": None, "known_coins": 0}}
    rest = ("is_live", "feed_state", "oldest_age_ms", "median_age_ms", "margin_source_share", "not_stored_reason")
    status |= dict.fromkeys(rest) | {"in_doubt": [], "in_doubt_count": 0, "damaged": [], "coins": []}
    api = BrokenApi(json.dumps(status).encode())
    now = [0.0]
    memory = StandingMemory(api, lambda: now[0])

    async def ask() -> None:
        assert (await memory.of("BTC", None))["coverage"]["coin_share"] is None

    for seconds, asked in ((0.0, 2), (KEPT_S, 2), (KEPT_S + 0.1, 4)):
        now[0] = seconds
        asyncio.run(ask())
        assert api.asked == asked


def test_a_question_that_is_given_up_ends_in_the_application() -> None:
    """An agent that goes away frees the place its question took."""
    from liqscape.mcp.asking import InProcessApi

    left = []

    async def slow(_: Any, receive: Any, __: Any) -> None:
        await receive()
        left.append((await receive())["type"])

    async def give_up() -> None:
        asking = asyncio.ensure_future(InProcessApi(slow).read(f"{API}/status"))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(give_up())
    assert left == ["http.disconnect"]


def test_lines_are_put_together_whatever_pieces_they_come_in() -> None:
    from liqscape.mcp.asking import InProcessApi

    async def lines(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})
        for piece in (b'{"a":', b'1}\n{"b":2}\n{"c"', b":3}"):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    heard: list[bytes] = []

    async def on_line(line: bytes) -> None:
        heard.append(line)

    assert asyncio.run(InProcessApi(lines).read("/x", on_line)) == b'{"c":3}'
    assert heard == [b'{"a":1}', b'{"b":2}', b'{"c":3}']


def test_questions_beyond_the_bound_are_busy(answers: ToolAnswers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "MAX_ASKED", 0)
    assert "0 questions are under way" in refusal(answers, "status")


def test_a_refusal_carries_the_kind_of_its_problem(api: TestClient) -> None:
    assert api.get(f"{API}/coins/NOPE/clusters").json()["type"].endswith("unknown-coin")
    assert ApiRefused("x", 404, "kind").kind == "kind"
