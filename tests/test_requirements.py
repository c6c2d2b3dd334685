"""docs/requirements.md: every row once, and every test it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "requirements.md"
EXPECTED = [f"H{number}" for number in range(1, 28)] + [f"S{number}" for number in range(1, 34)]
ROW = re.compile(r"^\| ([HS]\d+) \| ([^|]+) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)
NAMED = re.compile(r"`([\w/.-]+)::([^`]+)`")
NOT_YET = "not yet"


def rows() -> list[tuple[str, str, str, str]]:
    return [tuple(cell.strip() for cell in row) for row in ROW.findall(DOCUMENT.read_text())]  # type: ignore[misc]


@cache
def names_of_tests(path: Path) -> frozenset[str]:
    """Names of the tests of a file: functions in Python, titles in TypeScript."""
    text = path.read_text()
    if path.suffix == ".py":
        return frozenset(
            node.name
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        )
    return frozenset(re.findall(r"\b(?:test|it)\(\s*[\"'`](.+?)[\"'`]\s*,", text))


def test_every_row_is_there_exactly_once_in_order() -> None:
    assert [row[0] for row in rows()] == EXPECTED


def test_every_line_of_the_tables_is_read() -> None:
    lines = [line for line in DOCUMENT.read_text().splitlines() if re.match(r"\| [HS]\d", line)]
    assert len(lines) == len(rows())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_row_names_tests_that_exist_or_says_not_yet(row: tuple[str, str, str, str]) -> None:
    _, promise, shown, left = row
    assert promise
    named = NAMED.findall(shown)
    if not named:
        assert shown == NOT_YET
        return
    assert NOT_YET not in shown
    assert "`" not in NAMED.sub("", shown), "something in backticks is not file::test"
    for file, test in named:
        path = ROOT / file
        assert path.is_file(), file
        assert test in names_of_tests(path), f"{file} has no test {test!r}"
    assert left, "a row says what is left, or 'nothing'"


def test_a_missing_test_would_be_found(tmp_path: Path) -> None:
    path = tmp_path / "test_x.py"
    path.write_text("class C:\n    def test_a(self): ...\ndef helper(): ...\n")
    assert names_of_tests(path) == {"test_a"}
