"""Whether the parts of sweeps are those of the exchange's own log, fill by fill, and what became of what was swept.

    python benchmarks/sweeps_truth.py [--json] [--accounts 500] [--coins 3] [--minutes 12] [--seeds 101 102 ...]

Worlds live in blocks of 3 s. After two minutes the whole market falls by 26 %, after six it rises by 65 %: through the
levels of most longs, then of most shorts. Every sweep that the mark has left is held against the log
(tests/support/sweep_truth.py): positions in the span at entry, by wallet, and each fill of theirs until it ended.

equal   sweeps of which every part is the log's, to the lot
USD     at the far price of the span
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from sweep_truth import PARTS, SweptWorld

from liqscape.sandbox.world import WorldSettings

BURSTS = {2: -0.3, 6: 0.5}
"""Log moves of the market by the minute at which they begin."""
REST = ("saved_by_margin", "moved_away", "still_there", "unknown")


def run(settings: WorldSettings, minutes: int) -> Counter[str]:
    """One world: sweeps, those that are equal, and USD by part."""
    world, counted = SweptWorld(settings).run(minutes, BURSTS), Counter[str]()
    for row in (*world.rows, *world.left):
        truth = world.truth(row)
        found = {name: world.lots(row, getattr(row, name)) for name in PARTS}
        rest = world.lots(row, sum(getattr(row, name) for name in REST))
        counted["sweeps"] += 1
        counted["equal"] += found == truth.parts and rest == truth.rest
        counted["usd_met"] += row.size_at_entry * row.price_high
        for name in (*PARTS, *REST):
            counted[f"usd_{name}"] += getattr(row, name) * row.price_high
    return counted


def main() -> None:
    """Print the counts of all worlds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--accounts", type=int, default=500)
    parser.add_argument("--coins", type=int, default=3)
    parser.add_argument("--minutes", type=int, default=12)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(101, 121)))
    options = parser.parse_args()
    total = Counter[str]()
    for seed in options.seeds:
        total += run(
            WorldSettings(seed=seed, accounts=options.accounts, coins=options.coins, block_ms=3_000), options.minutes
        )
    if options.json:
        print(json.dumps(total))
        return
    for name, count in total.items():
        print(f"{name:26} {count:14,.0f}")


if __name__ == "__main__":
    main()
