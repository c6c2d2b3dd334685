"""What is handed over is named: no long calls by place, and records of many fields are made by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAX_BY_PLACE = 6
"""Things a call hands over by place; a starred one is one thing, whose own name says what it holds."""
MAX_FIELDS_BY_PLACE = 4
"""Fields a record may have and still be made by place."""
TABLES = {"tools/chaos/mutant.py: Mutant"}
"""Records that are the rows of one long table of literals: each field stands on a line of its own there."""

Trees = list[tuple[str, ast.Module]]


@pytest.fixture(scope="module")
def trees() -> Trees:
    """(path, syntax) of every module of the package, the benchmarks and the tools."""
    return [
        (str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8")))
        for folder in ("src", "benchmarks", "tools")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)  # a competitor's environment
    ]


def is_kernel(path: str) -> bool:
    """Compiled functions hand each other scalars and columns: a record for each would be made in the inner loops."""
    return "/kernels/" in path or path.endswith(("_kernels.py", "/kernels.py"))


def long_calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Calls with more than MAX_BY_PLACE arguments by place."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) > MAX_BY_PLACE:
            yield node


def placed_records(tree: ast.Module) -> Iterator[ast.ClassDef]:
    """Dataclasses and structs of more than MAX_FIELDS_BY_PLACE fields of their own that are not keyword-only."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        fields = [line for line in node.body if isinstance(line, ast.AnnAssign) and "ClassVar" not in ast.dump(line)]
        marks = [ast.unparse(each) for each in (*node.decorator_list, *node.bases)]
        is_record = any("dataclass" in mark or mark.endswith("Struct") for mark in marks)
        options = [
            *node.keywords,
            *(k for each in node.decorator_list if isinstance(each, ast.Call) for k in each.keywords),
        ]
        is_named = any(option.arg == "kw_only" for option in options)
        if is_record and not is_named and len(fields) > MAX_FIELDS_BY_PLACE:
            yield node


def test_no_call_hands_over_more_than_six_things_by_place(trees: Trees) -> None:
    found = [
        f"{path}:{call.lineno}: {ast.unparse(call.func)} takes {len(call.args)} by place"
        for path, tree in trees
        if not is_kernel(path)
        for call in long_calls(tree)
    ]
    assert not found, "name what is handed over (keywords, a record, a NamedTuple of columns):\n" + "\n".join(found)


def test_records_of_more_than_four_fields_are_made_by_name(trees: Trees) -> None:
    found = {f"{path}: {record.name}" for path, tree in trees for record in placed_records(tree)}
    assert not found - TABLES, "add kw_only=True:\n" + "\n".join(sorted(found - TABLES))
    assert found >= TABLES


def test_a_long_call_is_seen() -> None:
    text = "f(1, 2, 3, 4, 5, 6)\nf(1, 2, 3, 4, 5, 6, 7)\nf(*row, last=1)"
    assert [call.lineno for call in long_calls(ast.parse(text))] == [2]


@pytest.mark.parametrize(
    ("head", "is_seen"),
    [
        ("@dataclass(frozen=True)\nclass A:", True),
        ("@dataclass\nclass A:", True),
        ("class A(msgspec.Struct, frozen=True):", True),
        ("@dataclass(frozen=True, kw_only=True)\nclass A:", False),
        ("class A(msgspec.Struct, frozen=True, kw_only=True):", False),
        ("class A(NamedTuple):", False),
    ],
)
def test_a_record_that_takes_five_fields_by_place_is_seen(head: str, is_seen: bool) -> None:
    fields = "".join(f"\n    {name}: int" for name in "abcde")
    assert bool(list(placed_records(ast.parse(head + fields)))) == is_seen
    assert not list(placed_records(ast.parse(head + fields.replace("    e: int", ""))))
