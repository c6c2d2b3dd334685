"""The stream as an AsyncAPI 3 document, made of the records that are sent and read, so that it cannot say otherwise.

The document is of the server: it *sends* what a reader hears and *receives* what a reader says.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter

from liqscape.service.streaming.messages import RECEIVED, SENT, name_of

VERSION = "3.0.0"
API_VERSION = "1"
"""That of the addresses; the program's own is in /api/v1/status."""
ADDRESS = "/api/v1/stream"
SCHEMAS = "#/components/schemas/"
MESSAGES = "#/components/messages/"
COMPRESSED = ("snapshot", "frame", "view", "changes", "marks")
"""What `encoding=deflate` sends as binary messages."""

DESCRIPTION = """The live liquidation map as messages. Unknown is null, never 0. Times are milliseconds since 1970 UTC,
prices USD, sizes coins. A text message is JSON; with `encoding=deflate` messages about frames and marks are binary: the
same JSON in zlib format (RFC 1950). The rules of the stream stand in docs/api.md."""


def asyncapi(route: BaseRouteHandler) -> dict[str, Any]:
    """The document; route is that of the stream."""
    _, schemas = msgspec.json.schema_components([*SENT, *RECEIVED], ref_template=f"{SCHEMAS}{{name}}")
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "liqscape stream",
            "version": API_VERSION,
            "description": DESCRIPTION.replace("\n", " "),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "here": {
                "host": "127.0.0.1:8417",
                "protocol": "ws",
                "description": "Where `liqscape serve` listens by default; wss behind a proxy with TLS.",
            }
        },
        "channels": {
            "stream": {
                "address": ADDRESS,
                "servers": [{"$ref": "#/servers/here"}],
                "description": "One connection: frames, marks, clusters, liquidations, trigger orders and alerts.",
                "messages": {name_of(each): {"$ref": MESSAGES + name_of_component(each)} for each in SENT}
                | {f"ask_{name_of(each)}": {"$ref": MESSAGES + name_of_component(each)} for each in RECEIVED},
                "bindings": {"ws": {"query": _query(route), "bindingVersion": "0.1.0"}},
            }
        },
        "operations": {
            "tell": _operation("send", "What a reader hears.", [name_of(each) for each in SENT]),
            "ask": _operation("receive", "What a reader may say.", [f"ask_{name_of(each)}" for each in RECEIVED]),
        },
        "components": {
            "messages": {name_of_component(each): _message(each) for each in (*SENT, *RECEIVED)},
            "schemas": schemas,
        },
    }


def name_of_component(message: type[msgspec.Struct]) -> str:
    """Of a message among the components: `view` is both sent and received, but not with the same fields."""
    return message.__name__


def _operation(action: str, text: str, messages: Sequence[str]) -> dict[str, Any]:
    return {
        "action": action,
        "summary": text,
        "channel": {"$ref": "#/channels/stream"},
        "messages": [{"$ref": f"#/channels/stream/messages/{each}"} for each in messages],
    }


def _message(message: type[msgspec.Struct]) -> dict[str, Any]:
    text = inspect.getdoc(message) or ""
    described: dict[str, Any] = {
        "name": name_of(message),
        "title": message.__name__,
        "summary": text.partition("\n")[0].removeprefix("Push message: "),
        "payload": {"$ref": SCHEMAS + message.__name__},
    }
    if message in SENT and name_of(message) in COMPRESSED:
        described["description"] = "Text, or with `encoding=deflate` a binary message: the same JSON in zlib format."
    return described


def _query(route: BaseRouteHandler) -> dict[str, Any]:
    """The parameters of the address, with the words that the route itself has for them."""
    found = {}
    for name, field in route.parsed_fn_signature.parameters.items():
        parameter = field.kwarg_definition
        if isinstance(parameter, QueryParameter):
            schema = msgspec.json.schema(field.annotation)
            bounds = {"minimum": parameter.ge, "maximum": parameter.le, "maxLength": parameter.max_length}
            schema |= {bound: value for bound, value in bounds.items() if value is not None}
            found[name] = {"description": parameter.description, **schema}
    return {"type": "object", "properties": found, "additionalProperties": False}
