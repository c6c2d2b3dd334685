"""/docs: a page of the server's own, without a word from another host."""

from __future__ import annotations

import re

import pytest
from litestar.testing import TestClient

PARTS = {"/docs": "text/html", "/docs/docs.css": "text/css", "/docs/docs.js": "text/javascript"}


@pytest.mark.parametrize("path", PARTS)
def test_each_part_is_served_under_the_strict_policy(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == PARTS[path]
    assert answer.headers["content-security-policy"].startswith("default-src 'self'; ")
    assert "https:" not in answer.text
    assert "http:" not in answer.text


def test_the_page_needs_nothing_that_the_policy_forbids_and_works_below_a_path(client: TestClient) -> None:
    page = client.get("/docs").text
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", page)
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert {"docs/docs.css", "docs/docs.js", "schema/openapi.json", "asyncapi.json"} <= set(named)
    assert not any(each.startswith("/") for each in named)  # a proxy may serve the map below a path
    for each in named:
        assert client.get(f"/{each.removeprefix('./')}").status_code in (200, 204)
    assert client.get("/docs?page=2").status_code == 400
