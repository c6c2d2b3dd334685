"""Compiled kernels that an earlier version left on disk (risk/kernels/jit.py)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

COLUMNS = "from typing import NamedTuple\n\nclass {name}(NamedTuple):\n    left: int\n    right: int\n"
KERNEL = """
from columns import {name}
from liqscape.risk.kernels.jit import compiled

@compiled
def add(pair):
    return pair.left + pair.right

assert add({name}(2, 3)) == 5
print(sum(add.stats.cache_hits.values()))
"""


def run(folder: Path, name: str) -> str:
    """Cache hits of the kernel, its argument being of a class of this name."""
    (folder / "columns.py").write_text(COLUMNS.format(name=name))
    (folder / "kernel.py").write_text(KERNEL.format(name=name))
    done = subprocess.run(
        [sys.executable, str(folder / "kernel.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_kept_kernel_whose_columns_were_renamed_is_compiled_anew(tmp_path: Path) -> None:
    assert run(tmp_path, "Pair") == "0"
    assert run(tmp_path, "Columns") == "0"
    kept = sorted(path.suffix for path in (tmp_path / "__pycache__").iterdir() if path.suffix in (".nbi", ".nbc"))
    assert ".nbi" in kept
    assert ".nbc" in kept
