"""The examples of docs/library.md run as they are written, on the small made-up market."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import Any

import polars
import pytest
from polars import Config

import liqscape as lq
from liqscape.library.map_study import StudyMap

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "library.md"
EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_examples_run_as_they_are_written(stored: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("altair")
    pytest.importorskip("duckdb")
    monkeypatch.chdir(stored.folder.parent)
    blocks = EXAMPLE.findall(DOCUMENT.read_text())
    assert len(blocks) >= 8
    text = "\n".join(blocks)
    test = doctest.DocTestParser().get_doctest(text, {}, "docs/library.md", None, None)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
    with Config():
        Config.restore_defaults()
        failed, tried = runner.run(test, out=said.append)
    assert failed == 0, "".join(said)
    assert tried > 20
    for name in ("map.png", "map.html"):
        (stored.folder.parent / name).unlink()


def test_every_question_of_a_map_is_listed_with_its_arguments() -> None:
    import inspect

    text = DOCUMENT.read_text()
    questions = [name for kind in (lq.Map, StudyMap) for name in vars(kind) if not name.startswith("_")]
    assert len(questions) == 27
    for name in questions:
        (row,) = re.findall(rf"^\| `{name}\((.*?)\)` \|", text, re.MULTILINE)
        for argument in list(inspect.signature(getattr(lq.Map, name)).parameters)[1:]:
            assert argument in row or "..." in row, (name, argument)


def test_every_column_of_the_levels_is_described_in_order(folder_map: lq.Map) -> None:
    section = DOCUMENT.read_text().split("### levels", 1)[1]
    described = [
        name for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    ]
    levels = folder_map.levels("BTC")
    assert isinstance(levels, polars.DataFrame)
    assert described == levels.columns
