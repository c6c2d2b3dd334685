"""The list of guards that are broken on purpose stays true while the code moves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from chaos.kinds import all_kinds
from chaos.mutants import CHAOS, MUTANTS, Mutant
from chaos.verdicts import Verdict, append_verdict, read_verdicts, table
from mutants import main, verdict_on

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


def test_a_file_of_verdicts_says_what_is_due_and_makes_the_table(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    caught, survived, changed, untried = (
        Mutant(name, "src/liqscape/x.py", "a", "b", ("t.py",)) for name in ("caught", "survived", "changed", "untried")
    )
    append_verdict(out, caught, Verdict(("t.py", "chaos: a kind")))
    append_verdict(out, survived, Verdict())
    append_verdict(out, replace(changed, new="c"), Verdict(("t.py",)))
    with out.open("a") as file:
        file.write('{"name": "untried", "row": ')
    rows = [caught, survived, changed, untried]
    found = read_verdicts(out, rows)
    assert set(found) == {"caught", "survived"}
    assert [found[name].complaint for name in found] == ["", "nobody noticed"]
    assert table(rows, found).splitlines()[2:] == [
        "| caught | `x.py` | `t.py`, `chaos: a kind` |",
        "| survived | `x.py` | **nobody noticed** |",
        "| changed | `x.py` | **not tried** |",
        "| untried | `x.py` | **not tried** |",
    ]
    append_verdict(out, survived, Verdict(("t.py",)))
    assert not read_verdicts(out, rows)["survived"].complaint


def test_a_whole_file_is_printed_and_nothing_is_tried_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.jsonl"
    assert main(["--out", str(out), "--minutes", "0"]) == 1
    assert capsys.readouterr().out.count("not tried") == len(MUTANTS)
    for mutant in MUTANTS:
        append_verdict(out, mutant, Verdict(mutant.caught_by))
    assert main(["--out", str(out)]) == 0
    assert capsys.readouterr().out.count("\n") == 2 + len(MUTANTS)


def test_a_verdict_tells_a_guard_that_is_tested_from_one_that_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a project of one function; what fails by itself or cannot even begin says nothing of a guard."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    sound: dict[str, str] = {}
    (tmp_path / "guard.py").write_text("def refuses(size):\n    return size > 3 or size < 0\n")
    (tmp_path / "test_guard.py").write_text(
        "from guard import refuses\n\ndef test_large():\n    assert refuses(9)\n\n"
        "def test_wrong():\n    assert refuses(1)\n"
    )

    def verdict(old: str, new: str, *tests: str) -> Verdict:
        caught_by = tuple(f"test_guard.py::{test}" for test in tests)
        return verdict_on(Mutant("made up", "guard.py", old, new, caught_by), tmp_path, 1, sound)

    assert verdict("size > 3", "size > 99", "test_large") == Verdict(("test_guard.py::test_large",))
    assert verdict("size < 0", "False", "test_large").complaint == "nobody noticed"
    assert verdict("size < 0", "False", "test_wrong").wrong == "test_guard.py::test_wrong fails without it"
    assert "ends with code" in verdict("def refuses", "def other", "test_large").wrong
    assert verdict("size", "it", "test_large").wrong == "its text stands 3 times in the file"
    assert "size > 3 or size < 0" in (tmp_path / "guard.py").read_text()
