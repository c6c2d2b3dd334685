"""A package of its own with what compiles kernels and nothing else, for tests that change sources or where they lie."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import liqscape

SOURCE = Path(liqscape.__file__).parent / "risk" / "kernels"
IMPORTED = re.compile(r"from liqscape\.risk\.kernels\.(\w+) import")


def copy_compiler(root: Path, *more: str) -> Path:
    """`liqscape.risk.kernels` below root with `jit`, modules named and all they import from beside them; its folder."""
    kernels = root / "liqscape" / "risk" / "kernels"
    kernels.mkdir(parents=True)
    for path in (root / "liqscape", kernels.parent, kernels):
        (path / "__init__.py").touch()
    waiting = ["jit", *more]
    while waiting:
        name = f"{waiting.pop()}.py"
        if not (kernels / name).exists():
            shutil.copy(SOURCE / name, kernels / name)
            waiting += IMPORTED.findall((SOURCE / name).read_text())
    return kernels
