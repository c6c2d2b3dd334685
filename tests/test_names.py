"""Names of the source: one class name once, and none of the words that stood for two things or said nothing."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "liqscape"

OLD_WORDS = {
    "person": "account, or address where its 20 bytes are meant",
    "persons": "accounts",
    "people": "accounts",
    "heap": "batch",
    "heaps": "batches",
    "desk": "queue",
    "shelf": "registry",
    "shelves": "registries",
    "keeper": "queue or writer",
    "told": "reported",
    "untold": "unreported",
    "strange": "unknown",
    "unclear": "ambiguous",
    "quality": "margin_source",
    "qualities": "margin sources",
    "most": "max (as the beginning of a bound)",
    "least": "min (as the beginning of a bound)",
    "longest": "max (as the beginning of a bound)",
}
"""docs/glossary.md, "Words we do not use"."""

BOUNDS = {"most", "least", "longest"}
"""Words that are wrong only as the beginning of a constant: `most` of a local name is plain English."""

ALLOWED = {
    "person": "an argument of hashlib.blake2b",
}


def files() -> Iterator[tuple[str, str]]:
    """(path, text) of every module."""
    for path in sorted(SOURCE.rglob("*.py")):
        yield str(path.relative_to(SOURCE)), path.read_text("utf-8")


def words_of(name: str) -> list[str]:
    """`MAX_BookRows` -> max, book, rows."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def old_words(name: str) -> list[str]:
    """The words of an identifier that are not used any more."""
    if name in ALLOWED:
        return []
    is_constant = name.isupper()
    return [word for word in words_of(name) if word in OLD_WORDS and (is_constant or word not in BOUNDS)]


def identifiers(text: str) -> set[tuple[str, int]]:
    """Names in a module, with a line of each."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {(token.string, token.start[0]) for token in tokens if token.type == tokenize.NAME}


def test_a_class_name_stands_once() -> None:
    places = defaultdict(list)
    for path, text in files():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{path}:{node.lineno}")
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_words_that_were_given_up_name_nothing() -> None:
    found = [
        f"{path}:{line} {name}: say {OLD_WORDS[word]}"
        for path, text in files()
        for name, line in sorted(identifiers(text))
        for word in old_words(name)
    ]
    found += [f"{path}: {word}" for path, _ in files() for word in old_words(Path(path).stem)]
    assert found == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("MOST_ROWS", ["most"]),
        ("most_common", []),
        ("AddressDesk", ["desk"]),
        ("raw_keeper", ["keeper"]),
        ("dashboard", []),
        ("person", []),
        ("_person_row", ["person"]),
        ("margin_source", []),
    ],
)
def test_old_words_are_found_inside_names(name: str, expected: list[str]) -> None:
    assert old_words(name) == expected
