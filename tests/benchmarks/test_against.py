"""Two builds are compared in turns: who is named, what a child answers, what stands in the table."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from against import before_moments, older
from against.builds import CHECKOUT, BuildError, other_build, pins_that_differ, this_build
from against.decide import enough, ratio, verdict
from against.show import as_text, lines, suspects
from against.table import ROWS, SCALE, SHARES, START
from against.turns import Child, Measured, Plan, measure, said

from liqscape.heatmap.moment import Moment

TINY = '''"""A tiny row."""

def prepare():
    print("this goes to stderr")
    turns = iter(range(1, 1000))
    return {"tiny": lambda: 0.5, "rising": lambda: float(next(turns)), "check:tiny": lambda: 42.0}
'''


@pytest.mark.parametrize(
    ("first", "again", "wanted", "found"),
    [
        (1.04, None, None, ""),
        (1.20, 1.03, None, ""),
        (1.20, 1.06, None, "SLOWER"),
        (1.20, 1.06, 2.0, "SLOWER"),
        (1.04, None, 0.5, "not reached"),
        (0.50, None, 0.5, "reached"),
        (1.06, 0.40, 0.5, "reached"),
        (1.06, None, None, ""),
    ],
)
def test_a_row_is_named_slower_only_where_it_is_so_twice(
    first: float, again: float | None, wanted: float | None, found: str
) -> None:
    assert verdict(first, again, wanted) == found


def test_the_ratio_is_of_the_best_of_each_build_and_nothing_is_divided_by_zero() -> None:
    assert ratio([2.0, 9.0], [3.0, 1.0]) == 0.5
    assert ratio([0.0], [1.0]) == float("inf")


def test_a_file_has_its_fewest_rounds_however_long_they_take() -> None:
    assert not enough(2, 1e9, fewest=3, most=9, budget_s=1.0)
    assert enough(3, 1.0, fewest=3, most=9, budget_s=1.0)
    assert not enough(3, 0.5, fewest=3, most=9, budget_s=1.0)
    assert enough(9, 0.0, fewest=3, most=9, budget_s=1.0)


def test_rows_run_in_turns_under_a_build_and_answers_are_kept(tmp_path: Path) -> None:
    rows = tmp_path / "tiny.py"
    rows.write_text(TINY)
    build = this_build()
    found = measure(rows, [build], Plan(fewest=3, most=3, seconds=0.0))
    assert found.figures == {"tiny": {"now": [0.5] * 3}, "rising": {"now": [1.0, 2.0, 3.0]}}
    assert found.answers == {"tiny": {"now": 42.0}}
    assert found.missing == {}


def test_a_file_of_long_jobs_may_ask_for_fewer_rounds(tmp_path: Path) -> None:
    rows = tmp_path / "long.py"
    rows.write_text(TINY + "\nFEWEST = 2\nTHREADS = 2\n")
    assert said(rows, "THREADS", 1) == 2
    found = measure(rows, [this_build()], Plan(fewest=5, most=9, seconds=0.0))
    assert found.figures["tiny"] == {"now": [0.5] * 2}


def test_a_build_without_what_a_row_needs_says_so(tmp_path: Path) -> None:
    rows = tmp_path / "new.py"
    rows.write_text("def prepare():\n    from liqscape.risk import a_thing_of_tomorrow\n")
    found = measure(rows, [this_build()], Plan(fewest=1, most=1, seconds=0.0))
    assert found.figures == {}
    assert "a_thing_of_tomorrow" in found.missing["now"]


def test_a_job_that_fails_ends_the_file_with_its_last_words(tmp_path: Path) -> None:
    rows = tmp_path / "bad.py"
    rows.write_text("def prepare():\n    return {'bad': lambda: 1 / 0}\n")
    found = measure(rows, [this_build()], Plan(fewest=1, most=1, seconds=0.0))
    assert found.missing == {"a job failed": "ZeroDivisionError: division by zero"}


def test_a_process_that_imports_another_package_than_its_builds_measures_nothing(tmp_path: Path) -> None:
    rows = tmp_path / "tiny.py"
    rows.write_text(TINY)
    child = Child(replace(this_build(), checkout=tmp_path), rows)
    try:
        assert "it imported" in str(child.prepare())
    finally:
        child.end()


def test_the_table_names_wants_and_what_is_not_there() -> None:
    first = Measured(
        figures={
            "solve and bands": {"7c38c534": [2e-2], "now": [1e-2]},
            "stream": {"7c38c534": [1e-2], "now": [1e-2]},
            "joint": {"7c38c534": [1e-2], "now": [2e-2]},
            "of tomorrow": {"now": [1.0]},
        },
        answers={"solve and bands": {"7c38c534": 1.0, "now": 2.0}},
    )
    assert suspects(first, ["7c38c534"]) == ["joint"]
    again = Measured(figures={"joint": {"7c38c534": [1e-2], "now": [1.9e-2]}})
    solve, _, joint, tomorrow, share = lines(first, again, ["7c38c534"])
    assert (solve.verdict, solve.wanted, solve.note) == ("reached", "at most 0.5", "answers differ: 7c38c534")
    assert (joint.verdict, joint.ratios) == ("SLOWER", {"7c38c534": pytest.approx(1.9)})
    assert (tomorrow.title, tomorrow.note, tomorrow.ratios) == ("of tomorrow", "not in 7c38c534", {})
    assert (share.figures["now"], share.verdict) == (1.0, "reached")
    text = as_text([solve, joint, tomorrow, share], ["7c38c534"])
    assert len({len(line) for line in text.splitlines()}) == 1


def test_what_is_wanted_of_the_build_at_the_start_is_not_asked_of_another() -> None:
    (line, *_) = lines(Measured(figures={"joint": {"b56a4571": [1.0], "now": [1.0]}}), Measured(), ["b56a4571"])
    assert (line.wanted, line.verdict) == ("", "")


def test_every_row_has_a_unit_and_shares_name_rows() -> None:
    assert len(START) == 8
    for name, row in ROWS.items():
        assert row.unit in SCALE, name
    for share in SHARES:
        assert {share.job, share.over} <= set(ROWS)


def test_files_of_rows_say_what_they_measure_and_how_many_threads_they_take() -> None:
    for path in (CHECKOUT / "benchmarks" / "against" / "rows").glob("[!_]*.py"):
        assert path.read_text().startswith('"""'), path
        assert said(path, "THREADS", 1) >= 1
        assert said(path, "FEWEST", Plan.fewest) <= Plan.fewest


def test_a_build_needs_an_environment_of_its_own_only_where_its_pins_differ(tmp_path: Path) -> None:
    assert pins_that_differ(CHECKOUT) == []
    (tmp_path / "constraints.txt").write_text("# pins\nnumpy==0.0.1\npytest==0.0.1\n")
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["numpy>=2", "polars"]\n')
    assert pins_that_differ(tmp_path) == ["numpy==0.0.1"]


def test_what_is_neither_a_commit_nor_a_checkout_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"no-such-thing: neither a commit of this repository nor a folder"):
        other_build("no-such-thing")
    ended = subprocess.run(
        [sys.executable, str(CHECKOUT / "benchmarks" / "against.py"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, len(ended.stderr.strip().splitlines())) == (2, 1)


def test_an_older_builds_fields_are_read_and_given_by_todays_name() -> None:
    class Older:
        __dataclass_fields__ = ("quality",)

        def __init__(self, quality: int) -> None:
            self.quality = quality

        @staticmethod
        def build(*, quality: int) -> Older:
            return Older(quality)

    older.rename_field(Older, "quality", "margin_source")
    for older_record in (Older.build(margin_source=3), Older(margin_source=3)):  # type: ignore[call-arg]
        assert older_record.margin_source == 3  # type: ignore[attr-defined]


def test_a_build_without_moments_is_handed_frame_accounts_and_tables_by_themselves() -> None:
    taken: list[tuple[Any, ...]] = []

    class Writer:
        def append_many(self, frames: Any, tables: str) -> None:
            taken.extend((*each, tables) for each in frames)

    class Live:
        def publish(self, *parts: str, is_stored: bool) -> None:
            taken.append((*parts, is_stored))

    class Pipeline:
        ledger = SimpleNamespace(accounts="accounts", tables="tables")

        def feed(self, event: Any) -> str | None:
            return event.frame  # type: ignore[no-any-return]

    class Fed:
        frames = (SimpleNamespace(frame="moment"),)

    before_moments.cut_moments(Pipeline, Fed)
    before_moments.publish_moments(Live)
    before_moments.store_moments(Writer)
    assert Fed().moments == ("moment",)  # type: ignore[attr-defined]
    assert Pipeline().feed(SimpleNamespace(frame=None)) is None
    moment: Any = Pipeline().feed(SimpleNamespace(frame="frame", is_stored=True))
    Live().publish(moment)  # type: ignore[call-arg]
    Writer().append_many([moment, moment])  # type: ignore[call-arg]
    together = ("frame", "accounts", "tables")
    assert taken == [(*together, True), together, together]


def test_this_build_has_moments_of_its_own() -> None:
    before_moments.give_moments()
    assert Moment.__module__ == "liqscape.heatmap.moment"
    assert sys.modules["liqscape.heatmap.moment"].Moment is Moment


def test_a_script_runs_with_its_own_arguments_and_nothing_of_an_older_build(tmp_path: Path) -> None:
    script = tmp_path / "said.py"
    script.write_text("import sys\nprint(__name__, sys.argv[1:], 'against.older' in sys.modules)\n")
    call = [sys.executable, str(CHECKOUT / "benchmarks" / "against" / "script.py"), str(script), "--few", "3"]
    ended = subprocess.run(call, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "__main__ ['--few', '3'] False"
