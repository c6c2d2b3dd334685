"""docs/worked_examples.md says what the code does."""

from __future__ import annotations

import doctest
from pathlib import Path


def test_every_worked_example_gives_the_printed_result() -> None:
    page = Path(__file__).resolve().parent.parent / "docs" / "worked_examples.md"
    results = doctest.testfile(str(page), module_relative=False)
    assert results.attempted > 20
    assert results.failed == 0
