#!/usr/bin/env bash
# np.histogram inside a Numba function puts values that lie on an edge into another bin than NumPy does.
#
# One would guess: the compiled np.histogram of equal bins gives NumPy's counts; both take a bin's lower edge as inside.
# What happens: Numba finds the bin from one multiplication, NumPy corrects it against the edges. Prices at whole multiples of the
# band width land a band lower in Numba.
# Why it matters: liquidation prices, stops and books crowd at round prices, and bands are usually as wide as round steps.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install numba==0.68.1 numpy==2.4.6
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import numba
import numpy as np


@numba.njit
def compiled(prices, bins, low, high):
    return np.histogram(prices, bins, (low, high))[0]


LOW, HIGH, BINS = 75.4, 158.7, 49  # bands of 1.70
edges = np.linspace(LOW, HIGH, BINS + 1)[:-1]
plain = np.histogram(edges, BINS, range=(LOW, HIGH))[0]
fast = compiled(edges, BINS, LOW, HIGH)
print("numba", numba.__version__, "numpy", np.__version__)
print(f"one price on the lower edge of each of {BINS} bands: NumPy fills {np.count_nonzero(plain)} bands, Numba {np.count_nonzero(fast)}")
sys.exit(0 if (plain == 1).all() and (fast != 1).any() and fast.sum() == BINS else 1)
PYTHON
