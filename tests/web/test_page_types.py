"""The page's types of answers are those of the server: made from its OpenAPI description, not written by hand."""

from __future__ import annotations

import page_types
import pytest


@pytest.mark.skipif(
    not page_types.GENERATOR.exists(), reason="what the page is built with is not installed (make page)"
)
def test_writing_the_types_anew_changes_nothing() -> None:
    assert page_types.TYPES.read_text() == page_types.written(), "run: npm run types --prefix frontend"


def test_messages_of_the_stream_are_among_the_schemas() -> None:
    schemas = page_types.description()["components"]["schemas"]
    assert {message.__name__ for message in page_types.MESSAGES} <= set(schemas)
    assert schemas["ChangesMessage"]["properties"]["type"]["enum"] == ["changes"]


def test_every_field_of_an_answer_is_told() -> None:
    schemas = page_types.description()["components"]["schemas"]
    assert all(
        set(schema["required"]) == set(schema["properties"]) for schema in schemas.values() if "properties" in schema
    )
    assert "feed_state" in schemas["StatusAnswer"]["required"]  # it has a default
