#!/usr/bin/env bash
# np.searchsorted with plain numbers on a sorted int32 column converts the whole column at every call.
#
# One would guess: a look-up in a sorted column takes the steps of a binary search, whatever integers are looked for.
# What happens: a tuple or list of Python integers becomes int64, and the column is converted to int64 first: the look-up takes
# as long as the column, hundreds of times longer. Numbers of the column's own type are looked up in place.
# Why it matters: rows of accounts and coins are kept as int32 because there are millions; a map that cuts spans out of them for
# every minute or click reads all of them each time. Convert what is looked for: `column.dtype.type(number)`, or an array.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install numpy==2.4.6
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys
import time
import tracemalloc

import numpy as np

rows = np.arange(20_000_000, dtype=np.int32)
plain, typed = (5, 6), np.array((5, 6), rows.dtype)


def looked_up(wanted):
    """(places, shortest of seven times in us, bytes allocated at most)"""
    tracemalloc.start()
    places = np.searchsorted(rows, wanted).tolist()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    times = []
    for _ in range(7):
        began = time.perf_counter()
        np.searchsorted(rows, wanted)
        times.append(time.perf_counter() - began)
    return places, min(times) * 1e6, peak


slow, quick = looked_up(plain), looked_up(typed)
print("numpy", np.__version__, f"| plain numbers: {slow[1]:.0f} us, {slow[2] / 1e6:.0f} MB | of the column's type: {quick[1]:.1f} us, {quick[2]} bytes")
sys.exit(0 if slow[0] == quick[0] and slow[2] > rows.nbytes and quick[2] < 10_000 else 1)
PYTHON
