"""How long a map takes to be right again after kill -9, by the number of accounts: a table of docs/reliability.md.

    python tools/kills.py [--accounts 60 300 1000] [--kills 10] [--seed 1] [--patience 240] [--out FILE.jsonl]

The stage of `tools/chaos.py --where process` with an exchange that counts request weight (1,200 a minute, HTTP 429
beyond): a map that is right is killed at a drawn moment of its next minute and begun again at once. Judged as there:
right is a live frame with every account, its sizes and its levels, and nobody in doubt. Loopback only. Code 1 where
one was not right in time.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from chaos.process import stage as staging
from chaos.process.exchange import WorldOptions
from chaos.process.judge import judge
from chaos.results import append_row, read_rows

USED_S = 60.0
"""A kill comes at any moment of so many seconds after the map was right."""
HEADER = (
    "| Accounts | Kills | A frame again after, worst | Right again after, median | worst | Wrong while called live |\n"
    "| ---: | ---: | ---: | ---: | ---: | ---: |"
)


def main() -> int:
    """Measure, print the table of all rows in the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--accounts", type=int, nargs="+", default=[60, 300, 1_000])
    parser.add_argument("--kills", type=int, default=10, help="of each number of accounts (10)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--patience", type=float, default=240.0, help="seconds after which it is not right in time (240)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("kills.jsonl"), help="file of results, also read (kills.jsonl)"
    )
    asked = parser.parse_args()
    staging.RIGHT_S = asked.patience
    for accounts in asked.accounts:
        done = sum(row["accounts"] == accounts for row in read_rows(asked.out))
        if done < asked.kills:
            _kill(accounts, range(done, asked.kills), asked.seed, asked.out)
    rows = list(read_rows(asked.out))
    print(table(rows))
    return 0 if all(row["right_s"] is not None for row in rows) else 1


def _kill(accounts: int, numbers: range, seed: int, out: Path) -> None:
    """The same map again and again."""
    stage = staging.Stage(WorldOptions(accounts=accounts, is_limited=True))
    try:
        began_s = time.monotonic()
        for number in numbers:
            stage.ready()
            ready_s = time.monotonic() - began_s
            time.sleep(Random(f"{seed} {accounts} {number}").uniform(0.0, USED_S))
            before = stage.running
            before.kill()
            killed_s = time.monotonic()
            product = stage.begin()
            right_s = stage.right_after(product.started_s)
            verdict = judge(product.seen, stage.truth)
            frames = product.frames
            row = {
                "accounts": accounts,
                "number": number,
                "ready_s": round(ready_s, 1),
                "frame_s": round(frames[0].at_s - killed_s, 2) if frames else None,
                "right_s": None if right_s is None else round(right_s - killed_s, 2),
                "wrong": verdict.wrong,
                "frames": verdict.frames,
                "load": round(os.getloadavg()[0], 1),
                "note": "; ".join([*verdict.examples, *([] if right_s else [stage.why_not()])]),
                "log": [line for _, line in product.log[:6]],
            }
            append_row(out, row)
            print(json.dumps(row), file=sys.stderr, flush=True)
            if right_s is None:
                return
            began_s = time.monotonic()
    finally:
        stage.end()


def table(rows: Sequence[dict]) -> str:
    """A row for each number of accounts."""
    lines = [HEADER]
    for accounts in sorted({row["accounts"] for row in rows}):
        own = [row for row in rows if row["accounts"] == accounts]
        right = sorted(row["right_s"] for row in own if row["right_s"] is not None)
        never = len(own) - len(right)
        frame = max((row["frame_s"] for row in own if row["frame_s"] is not None), default=float("nan"))
        worst = f"**never in {never}**" if never else f"{right[-1]:.1f} s"
        median = f"{right[len(right) // 2]:.1f} s" if right else "never"
        wrong, frames = sum(row["wrong"] for row in own), sum(row["frames"] for row in own)
        lines.append(f"| {accounts:,} | {len(own)} | {frame:.1f} s | {median} | {worst} | {wrong} of {frames:,} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
