"""Kernels compiled into a folder are used from there by who may not write it, and declared where nothing may be."""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernel_tree import copy_compiler
from read_only_tree import SITE_PACKAGES, interpreter, run_in_read_only_tree, why_not

LOCATOR = "liqscape.risk.kernels.readable_cache.ReadableCacheLocator"
KERNEL = """
from liqscape.risk.kernels.jit import compiled

@compiled
def doubled(size):
    return 2 * size

print(doubled(21), sum(doubled.stats.cache_hits.values()))
"""
CODE = "import liqscape.risk.kernels.made_up"


@pytest.fixture(scope="module")
def tree() -> Iterator[Path]:
    """An image in small: what compiles kernels, with one kernel, and what was compiled at its build."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with tempfile.TemporaryDirectory() as folder:  # one that everybody may go into, which tmp_path is not
        root = Path(folder)
        root.chmod(0o755)
        kernels = copy_compiler(root, "readable_cache")
        (kernels / "made_up.py").write_text(KERNEL)
        (root / "kernels").mkdir()
        yield root


def ran(tree: Path, home: Path, **environment: str) -> tuple[str, str]:
    """What the kernel printed, and what went wrong."""
    python = interpreter()
    assert python is not None
    path = f"{tree}:{SITE_PACKAGES}"
    done = run_in_read_only_tree(
        [python, "-c", CODE], tree, {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **environment}, home=home
    )
    return done.stdout.strip(), done.stderr.strip().rpartition("\n")[2]


def build(tree: Path, **environment: str) -> None:
    """Compile as root, as the build of an image does."""
    python = interpreter()
    assert python is not None
    path = f"{tree}:{SITE_PACKAGES}"
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([python, "-c", CODE], env=own | environment, check=True, capture_output=True)


def test_what_was_compiled_in_the_image_is_used_by_a_user_who_may_write_nothing(tree: Path) -> None:
    kept = {"NUMBA_CACHE_DIR": str(tree / "kernels"), "NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    build(tree, **kept)
    home = tree  # not even that may be written
    assert ran(tree, home, **kept, NUMBA_CACHE_LOCATOR_CLASSES=LOCATOR)[0] == "42 1"
    if platform.machine() == "x86_64":  # kept for another processor: compiled again, for the process alone
        other = {**kept, "NUMBA_CPU_NAME": "x86-64-v2"}
        assert ran(tree, home, **other, NUMBA_CACHE_LOCATOR_CLASSES=LOCATOR)[0] == "42 0"


def test_without_the_locator_numba_refuses_to_declare_a_kernel_there(tree: Path) -> None:
    said = ran(tree, tree, NUMBA_CACHE_DIR=str(tree / "kernels"))
    assert said[0] == ""
    assert "no locator available" in said[1]
