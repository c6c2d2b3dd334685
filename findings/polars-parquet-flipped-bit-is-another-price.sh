#!/usr/bin/env bash
# Polars reads a Parquet file of liquidation prices with one flipped bit as other prices, in three flips of four.
#
# One would guess: compressed columns with headers and statistics do not survive a flipped bit, a damaged file raises. The
# format has a CRC for each page.
# What happens: Polars writes no page CRC and has no option for it, and pages of doubles that do not compress are stored as
# they are. A flip in one is another price, and nothing tells.
# Why it matters: levels of months lie on disks for years; a liquidation price that rotted is drawn like any other. Keep a
# checksum of the whole file beside or in it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install polars==2.1.0
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import io
import random
import sys

import polars

print("polars", polars.__version__)
draw = random.Random(5)
levels = polars.DataFrame({"liquidation_price": [draw.uniform(40_000.0, 90_000.0) for _ in range(300)]})
file = io.BytesIO()
levels.write_parquet(file)
content = file.getvalue()
seen = {"other prices, no error": 0, "the same prices": 0, "an error": 0}
for _ in range(600):
    damaged = bytearray(content)
    bit = draw.randrange(8 * len(content))
    damaged[bit // 8] ^= 1 << bit % 8
    try:
        found = polars.read_parquet(io.BytesIO(bytes(damaged)))
        word = "the same prices" if found.equals(levels) else "other prices, no error"
    except BaseException:  # some come as a panic of the library, which is no Exception
        word = "an error"
    seen[word] += 1
print("600 flips of one bit in", len(content), "bytes:", seen)
sys.exit(0 if seen["other prices, no error"] > 300 else 1)
PYTHON
