"""`import liqscape` costs nothing, and gives every name that it promises."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import liqscape

SOURCE = Path(liqscape.__file__)


def loaded_by(code: str) -> set[str]:
    """Modules a fresh interpreter has loaded after a line of code."""
    script = f"import sys; before = set(sys.modules)\n{code}\nprint(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_loads_no_module_of_ours_and_nothing_of_others() -> None:
    loaded = loaded_by("import liqscape as lq; dir(lq); lq.__all__; lq.__version__")
    assert {name for name in loaded if name.partition(".")[0] not in sys.stdlib_module_names} == {"liqscape"}


def test_an_error_or_an_enum_is_loaded_alone() -> None:
    loaded = loaded_by("import liqscape as lq; lq.NotFound")
    assert {name for name in loaded if name.startswith("liqscape")} == {"liqscape", "liqscape.errors"}


@pytest.mark.parametrize("name", liqscape.__all__)
def test_every_promised_name_is_there(name: str) -> None:
    assert getattr(liqscape, name) is not None
    assert name in dir(liqscape)


def test_what_is_promised_is_what_type_checkers_see_and_what_is_loaded() -> None:
    tree = ast.parse(SOURCE.read_text())
    seen = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("liqscape.")
        for alias in node.names
    }
    loaded = {name for names in liqscape._PLACES.values() for name in names.split()}
    assert seen == loaded == set(liqscape.__all__) - {"__version__"}


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'opne'"):
        liqscape.opne  # noqa: B018


def test_users_type_checkers_are_told_that_the_package_is_typed() -> None:
    assert (SOURCE.parent / "py.typed").is_file()


@pytest.mark.truth
def test_a_type_checker_knows_the_names(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    script = tmp_path / "user.py"
    script.write_text(
        "import polars\nimport liqscape as lq\n"
        "rows: polars.DataFrame = lq.open('x').levels('BTC', at='2026-02-05 12:00', within_percent=5)\n"
        "wrong: int = lq.open('x').levels('BTC')\n"
    )
    words = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(script)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    errors = [line for line in done.stdout.splitlines() if "error:" in line]
    assert len(errors) == 1, done.stdout
    assert 'user.py:4: error: Incompatible types in assignment (expression has type "DataFrame"' in errors[0]
