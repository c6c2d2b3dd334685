#!/usr/bin/env bash
# numpy.unique of whole numbers costs many times what sorting them costs, and less when asked for more.
#
# One would guess: np.unique sorts and compares neighbours; return_counts=True can only add to it.
# What happens: the plain call on integers goes through a hash table. For a million keys of (account, market), nearly all
# distinct, it takes tens of times as long as with return_counts=True, which still sorts.
# Why it matters: snapshots are joined and counted by such keys. Sort and compare, or take return_counts and leave it.
# The script holds the medians of five calls in turns to a factor of three.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install numpy==2.4.6
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import statistics
import sys
import time

import numpy as np

rng = np.random.default_rng(1)
keys = rng.integers(0, 2**31, 500_000) * 512 + rng.integers(0, 400, 500_000)
plain, counted = [], []
for _ in range(5):
    start = time.perf_counter()
    distinct = np.unique(keys)
    middle = time.perf_counter()
    again, counts = np.unique(keys, return_counts=True)
    plain.append(middle - start)
    counted.append(time.perf_counter() - middle)
assert np.array_equal(distinct, again)
ratio = statistics.median(plain) / statistics.median(counted)
print("numpy", np.__version__, f"{len(distinct)} distinct of {len(keys)}: the plain call takes {ratio:.1f} x the one that counts")
sys.exit(0 if ratio > 3 else 1)
PYTHON
