"""No text that a reader meets says where price goes: page, API, command line, answers and documents.

The map names forced flow and where it would start. That it "will" be reached, attracts price or is a reason to buy is
a claim nobody measured, so the words for it are looked for in every sentence.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from memory_history import MemoryHistory
from small_market import small_market

from liqscape.service.hub import Hub
from liqscape.service.view import MapView
from liqscape.web.app import create_app

ROOT = Path(__file__).resolve().parent.parent
MOVES = r"(?:rise|rally|pump|fall|drop|crash|dump|bounce|reverse|revert|reach|hit|touch|sweep|go (?:up|down)|move to)"
CLAIM = re.compile(
    r"\b(?:magnets?|magnetic|price targets?|profit targets?|guarantee[sd]?|bullish|bearish|risk[- ]free|easy money"
    r"|(?:price|mark|market|it|this|that|coin|[A-Z]{3,5}) "
    rf"(?:will|should|must|is going to|is (?:sure|bound|certain) to) {MOVES}"
    rf"|(?:expect|expects|expected) (?:price|the mark|the market|a coin) to {MOVES}"
    r"|(?:price|mark|market) (?:is|gets) (?:drawn|attracted|pulled) (?:to|towards?)|attracts? (?:price|the mark)"
    r"|(?:buy|sell|go long|go short|long it|short it) now)\b",
    re.IGNORECASE,
)
HYPOTHESIS = {"docs/attraction.md", "docs/requirements.md"}
"""What is tested has to be named where the test is described, and a promise where it is answered."""
COMMENTS = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)


def documents() -> Iterator[tuple[str, str]]:
    """Each paragraph of what is written for readers; the reference of the command line is part of it."""
    for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))):
        name = path.relative_to(ROOT).as_posix()
        if name in HYPOTHESIS:
            continue
        for paragraph in path.read_text().split("\n\n"):
            yield name, " ".join(paragraph.split())


def page() -> Iterator[tuple[str, str]]:
    """The page's code without its comments: a claim has spaces or is no name of ours."""
    folder = ROOT / "frontend" / "src"
    for path in sorted((*folder.rglob("*.ts"), *folder.rglob("*.tsx"), *folder.rglob("*.html"))):
        if path.name != "openapi.ts":
            yield path.relative_to(ROOT).as_posix(), " ".join(COMMENTS.sub(" ", path.read_text()).split())


def program() -> Iterator[tuple[str, str]]:
    """Every string of the program: what commands print, notes of answers, errors; docstrings are help and API texts."""
    for path in sorted((ROOT / "src" / "liqscape").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                yield f"{name}:{node.lineno}", " ".join(node.value.split())


def texts_of(schema: Any) -> Iterator[str]:
    """Every description, summary and title in a schema."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key in ("description", "summary", "title") and isinstance(value, str):
                yield value
            else:
                yield from texts_of(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from texts_of(value)


def claims(texts: Iterator[tuple[str, str]]) -> list[str]:
    return [f"{place}: {found.group(0)}" for place, text in texts for found in CLAIM.finditer(text)]


@pytest.mark.parametrize("texts", [documents, page, program], ids=lambda texts: texts.__name__)
def test_no_text_says_where_price_goes(texts: Any) -> None:
    read = list(texts())
    assert len(read) > 30
    assert claims(iter(read)) == []


def test_no_text_of_the_api_says_where_price_goes() -> None:
    view = MapView(MemoryHistory(small_market()))
    schema = create_app(view, Hub(view)).openapi_schema.to_schema()
    read = list(texts_of(schema))
    assert len(read) > 200
    assert claims(("API", text) for text in read) == []


@pytest.mark.parametrize(
    "text",
    [
        "The mark will reach 61,000",
        "BTC should bounce here",
        "a strong magnet above",
        "price is drawn to the cluster",
        "Clusters attract price",
        "expected price to fall",
        "profit target 61,000",
        "This level is guaranteed",
        "bullish",
        "sell now",
    ],
)
def test_the_claims_looked_for_are_found(text: str) -> None:
    assert CLAIM.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "if the mark reaches 61,000, so much would be sold",
        "a target price of the simulation",
        "27 % of such levels were reached within 4 h (n = 312)",
        "the engine will send 20 % of the position",
        "longs are sold when the mark falls to their level",
    ],
)
def test_what_is_measured_or_asked_may_be_said(text: str) -> None:
    assert not CLAIM.search(text)
