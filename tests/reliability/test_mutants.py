"""The list of guards that are broken on purpose stays true while the code moves."""

from __future__ import annotations

from pathlib import Path

import pytest
from chaos.kinds import all_kinds
from chaos.mutants import CHAOS, MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.name)
def test_the_text_to_break_stands_exactly_once_and_who_catches_it_exists(mutant: Mutant) -> None:
    text = (ROOT / mutant.path).read_text("utf-8")
    assert text.count(mutant.old) == 1
    assert mutant.new != mutant.old
    kinds = {kind.name for kind in all_kinds()}
    for catcher in mutant.caught_by:
        if catcher.startswith(CHAOS):
            assert catcher.removeprefix(CHAOS) in kinds
        else:
            path, _, test = catcher.partition("::")
            assert (ROOT / path).is_file()
            assert f"def {test.partition('[')[0]}(" in (ROOT / path).read_text("utf-8") or not test


def test_no_two_mutants_have_one_name() -> None:
    names = [each.name for each in MUTANTS]
    assert len(names) == len(set(names))
