"""The journey of a live message in docs/architecture.md names classes, functions and files that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (ROOT / "src" / "liqscape", ROOT / "frontend" / "src")
HEADING = "## The journey of a live message\n"

QUOTED = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"[a-z0-9_/]+\.(?:py|ts)")
PAIR = re.compile(r"`([A-Za-z_.]+)`(?:,| \(| of )(?:[^`()]*, )?`([a-z0-9_/]+\.(?:py|ts))`")
NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?")
TS_NAME = re.compile(r"^(?:export )?(?:abstract )?(?:class|interface|function|const|type) (\w+)", re.MULTILINE)
TS_METHOD = re.compile(r"^ {2}(?:private |async |readonly )*(\w+)\(", re.MULTILINE)

POOLS_OF_THREADS = {"frames", "market", "storage"}
OTHERS = {"src/liqscape", "frontend/src", "/metrics"}


def journey() -> str:
    text = (ROOT / "docs" / "architecture.md").read_text()
    assert HEADING in text
    return text.split(HEADING)[1].split("\n## ")[0]


def found(name: str) -> Path | None:
    return next((folder / name for folder in FOLDERS if (folder / name).is_file()), None)


def names_in(path: Path) -> set[str]:
    """What a file defines: names, and `Class.member`."""
    text = path.read_text()
    if path.suffix == ".ts":
        kinds = TS_NAME.findall(text)
        return {*kinds, *(f"{kind}.{method}" for kind in kinds for method in TS_METHOD.findall(text))}
    names: set[str] = set()
    for node in ast.parse(text).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    names.add(f"{node.name}.{member.name}")
                elif isinstance(member, ast.Assign):
                    names |= {f"{node.name}.{target.id}" for target in member.targets if isinstance(target, ast.Name)}
    return names


def test_every_file_of_the_journey_is_there() -> None:
    files = [name for name in QUOTED.findall(journey()) if FILE.fullmatch(name)]
    assert len(files) > 40
    assert [name for name in files if found(name) is None] == []


def test_every_name_of_the_journey_is_defined_in_a_file_it_names() -> None:
    quoted = QUOTED.findall(journey())
    paths = {path for name in quoted if FILE.fullmatch(name) and (path := found(name)) is not None}
    defined = set().union(*(names_in(path) for path in paths))
    names = [name for name in quoted if not FILE.fullmatch(name) and name not in POOLS_OF_THREADS | OTHERS]
    assert len(names) > 60
    assert [name for name in names if not NAME.fullmatch(name) or name not in defined] == []


def test_a_name_stands_in_the_file_beside_it() -> None:
    pairs = PAIR.findall(journey())
    assert len(pairs) > 40
    wrong = [(name, file) for name, file in pairs if (path := found(file)) is not None and name not in names_in(path)]
    assert wrong == []
