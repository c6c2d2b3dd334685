"""Messages of the stream against its description: what a test makes a server say is valid, or the test fails."""

from __future__ import annotations

import json
import zlib
from functools import cache
from typing import Any

import jsonschema_rs

from liqscape.service.streaming.packet import Payload
from liqscape.web.asyncapi import MESSAGES, asyncapi
from liqscape.web.routes.stream import stream


@cache
def validators() -> dict[str, Any]:
    """By the type of a message that a server sends."""
    document = asyncapi(stream)
    described = document["components"]
    sent = document["channels"]["stream"]["messages"]
    names = [row["$ref"].rpartition("/")[2] for row in document["operations"]["tell"]["messages"]]
    found = {}
    for name in names:
        message = described["messages"][sent[name]["$ref"].removeprefix(MESSAGES)]
        schema = {"$ref": message["payload"]["$ref"], "components": {"schemas": described["schemas"]}}
        found[message["name"]] = jsonschema_rs.validator_for(strict(schema))
    return found


def strict(schema: Any) -> Any:
    """The same, where a field that is not described is an error."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: strict(each) for name, each in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        closed["additionalProperties"] = False
    return closed


def check_said(payload: Payload) -> str | None:
    """The type of a message; None for bytes of a test that are none. Raises AssertionError where it is not valid."""
    text = payload.encode() if isinstance(payload, str) else payload
    if not text.startswith(b"{"):
        try:
            text = zlib.decompress(text)
        except zlib.error:
            return None
    message = json.loads(text)
    kind = message["type"]
    assert kind in validators(), f"{kind} is not described"
    errors = [f"{error.instance_path}: {error.message}"[:300] for error in validators()[kind].iter_errors(message)]
    assert errors == [], f"{kind}: {errors[:3]}"
    return str(kind)
