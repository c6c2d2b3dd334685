"""The AsyncAPI document: whole, served as it stands in docs, and right about what is sent and what is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from litestar.testing import TestClient
from spoken_messages import check_said, strict, validators

from liqscape.errors import QuestionError
from liqscape.service.streaming.messages import RECEIVED, SENT, name_of
from liqscape.service.streaming.requests import read_request
from liqscape.web.asyncapi import MESSAGES, asyncapi
from liqscape.web.routes.stream import stream

DOCUMENT = Path(__file__).parents[2] / "docs" / "asyncapi.json"


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


def resolved(document: Any, reference: str) -> Any:
    place = document
    for part in reference.removeprefix("#/").split("/"):
        place = place[part]
    return place


def test_it_is_served_as_it_stands_in_docs(client: TestClient) -> None:
    answer = client.get("/asyncapi.json")
    assert answer.headers["content-type"] == "application/json"
    is_same = answer.content == DOCUMENT.read_bytes()
    assert is_same, "a message of the stream has changed: run python tools/asyncapi.py and commit docs/asyncapi.json"


def test_every_reference_leads_somewhere_and_every_schema_is_one() -> None:
    document = asyncapi(stream)
    assert (document["asyncapi"], document["defaultContentType"]) == ("3.0.0", "application/json")
    for reference in references(document):
        assert resolved(document, reference) is not None
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_operations_name_every_message_once_by_its_type() -> None:
    document = asyncapi(stream)
    for operation, records in (("tell", SENT), ("ask", RECEIVED)):
        messages = [resolved(document, row["$ref"]) for row in document["operations"][operation]["messages"]]
        described = [resolved(document, row["$ref"]) for row in messages]
        assert [row["name"] for row in described] == [name_of(each) for each in records]
        for row, record in zip(described, records, strict=True):
            kind = resolved(document, row["payload"]["$ref"])["properties"]["type"]
            assert kind == {"enum": [name_of(record)]}
            assert row["summary"]


def test_the_address_is_described_with_every_parameter() -> None:
    query = asyncapi(stream)["channels"]["stream"]["bindings"]["ws"]["query"]["properties"]
    assert {"coin", "level", "encoding", "channels", "coins", "study", "alerts"} <= query.keys()
    assert all(row["description"] for row in query.values())
    assert (query["every_ms"]["minimum"], query["every_ms"]["maximum"]) == (0, 60_000)


@pytest.mark.parametrize(
    ("message", "is_valid"),
    [
        ({"type": "coin", "coin": "BTC"}, True),
        ({"type": "view", "coin": "BTC", "level": 2, "price_low": 5.5, "side": -1}, True),
        ({"type": "subscribe", "channel": "marks"}, True),
        ({"type": "subscribe", "channel": "marks", "coins": None, "every_ms": 500}, True),
        ({"type": "subscribe", "channel": "frames", "coins": ["BTC"], "level": 0}, True),
        ({"type": "unsubscribe", "channel": "alerts", "coins": ["BTC"]}, True),
        ({"type": "subscribe", "channel": "mark"}, False),
        ({"type": "subscribe", "coins": ["BTC"]}, False),
        ({"type": "view", "coin": "BTC"}, False),
        ({"type": "view", "coin": "BTC", "level": 1, "side": 2}, False),
        ({"type": "coin", "coin": 7}, False),
        ({"type": "coin", "coin": "BTC", "level": 1}, False),
        ({"type": "order", "coin": "BTC"}, False),
    ],
)
def test_what_is_read_is_what_is_described(message: dict, is_valid: bool) -> None:
    document = asyncapi(stream)
    names = [row["$ref"].rpartition("/")[2] for row in document["operations"]["ask"]["messages"]]
    messages = document["channels"]["stream"]["messages"]
    components = [document["components"]["messages"][messages[name]["$ref"].removeprefix(MESSAGES)] for name in names]
    schema = {
        "anyOf": [{"$ref": each["payload"]["$ref"]} for each in components],
        "components": {"schemas": document["components"]["schemas"]},
    }
    assert jsonschema_rs.validator_for(strict(schema)).is_valid(message) is is_valid
    try:
        read_request(json.dumps(message))
    except QuestionError:
        assert not is_valid
    else:
        assert is_valid


def test_a_message_that_is_not_as_described_is_found() -> None:
    check_said('{"type":"error","detail":"x"}')
    for wrong in ('{"type":"error"}', '{"type":"error","detail":7}', '{"type":"error","detail":"x","more":1}'):
        with pytest.raises(AssertionError, match="error"):
            check_said(wrong)
    with pytest.raises(AssertionError, match="not described"):
        check_said('{"type":"weather"}')
    assert len(validators()) == len(SENT)
