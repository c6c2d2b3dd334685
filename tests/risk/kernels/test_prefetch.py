"""Kernels that ask for memory ahead, or read words of a text, run as Python too: the sample of a demo is served so."""

from __future__ import annotations

import os
import subprocess
import sys

CODE = """
import numpy as np

from liqscape.cascade.kernels import index
from liqscape.ledger.address_table import read_words
from liqscape.model.address_words import names_of

index.prefetch(np.zeros((2, 8)), 1, 0)
names = [f"0x{number:040x}" for number in range(40)]
assert names_of(read_words(names)) == names
"""


def test_nothing_is_asked_for_where_kernels_run_as_python() -> None:
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    subprocess.run([sys.executable, "-W", "ignore", "-c", CODE], env=environment, check=True)
