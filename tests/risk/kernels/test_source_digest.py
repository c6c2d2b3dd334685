"""Compiled kernels are known by every source they were made from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from kernel_tree import copy_compiler

import liqscape
import liqscape.model.events
import liqscape.risk.kernels.levels
from liqscape.risk.kernels.source_digest import imported_by, source_digest

SOURCE = Path(liqscape.__file__).parent

KERNEL = """
from liqscape.risk.kernels.jit import compiled
from liqscape.risk.kernels.made_up_rule import RATE
from liqscape.risk.kernels.made_up_rule import Position

@compiled
def weighed(position):
    return position.size * RATE

if __name__ != "__main__":
    print(int(weighed(Position(2))), sum(weighed.stats.cache_hits.values()))
"""
RULE = "from typing import NamedTuple\n\nRATE = 3\n\nclass Position(NamedTuple):\n    size: int\n"


def package_with_a_kernel(folder: Path) -> Path:
    """What compiles kernels, alone, with a made-up kernel whose rule stands in another file."""
    kernels = copy_compiler(folder)
    (kernels / "made_up.py").write_text(KERNEL)
    (kernels / "made_up_rule.py").write_text(RULE)
    return kernels


def answer_of(folder: Path) -> list[str]:
    """What the kernel answers in a process of its own, and how much of it came from the disk."""
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); import liqscape.risk.kernels.made_up"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_kernel_is_compiled_anew_when_a_rule_it_imports_changes_or_moves(tmp_path: Path) -> None:
    kernels = package_with_a_kernel(tmp_path)
    assert answer_of(tmp_path) == ["6", "0"]
    assert answer_of(tmp_path) == ["6", "1"]
    (kernels / "made_up_rule.py").write_text(RULE.replace("RATE = 3", "RATE = 5"))
    assert answer_of(tmp_path) == ["10", "0"]
    kernel = KERNEL.replace("made_up_rule import Position", "made_up_records import Position")
    (kernels / "made_up_rule.py").unlink()
    (kernels / "made_up_rules.py").write_text("RATE = 5\n")
    (kernels / "made_up_records.py").write_text(RULE)
    (kernels / "made_up.py").write_text(kernel.replace("made_up_rule import RATE", "made_up_rules import RATE"))
    assert answer_of(tmp_path) == ["10", "0"]


def test_imports_at_the_top_are_followed_and_those_further_in_are_not() -> None:
    source = b"""
from liqscape.model import markets, events
from liqscape.risk.kernels import (
    levels,
)
import liqscape.units
import numpy as np

def of():
    from liqscape.service import view
"""
    assert imported_by(source) == {
        "liqscape.model",
        "liqscape.model.markets",
        "liqscape.model.events",
        "liqscape.risk.kernels",
        "liqscape.risk.kernels.levels",
        "liqscape.units",
    }


def test_the_digest_of_a_kernel_holds_the_rules_it_is_compiled_with() -> None:
    assert source_digest("liqscape.ledger.kernels.prints") != source_digest("liqscape.ledger.kernels.taking")
    assert source_digest("liqscape.ledger.kernels.prints") == source_digest("liqscape.ledger.kernels.prints")
