"""The map at the size of the whole exchange: every bound that is stated of it, measured, beside the build before.

    python benchmarks/real_size.py [--only history --only stream] [--before CHECKOUT] [--hours 3] [--seconds 60]
        [--live-hours 0.25] [--speed 1] [--accounts 300000] [--rounds 1] [--scratch FOLDER] [--json FILE] [--list]

300,000 accounts with 700,000 positions in 250 coins, a million known addresses (population.py, real_size/world.py).
Each part is a process of its own; with `--before`, a checkout of another build with a `.venv`, both builds run in
turns, part by part. A part is ended at 10 minutes, 8 GB of memory or 12 GB of disk, and what it wrote is removed.

Exit code 1 where a bound is missed or a part gave nothing. Run alone on a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from machine import describe
from real_size.parts import BY_NAME, PARTS
from real_size.record import Row, Settings
from real_size.table import table
from real_size.turns import Bounds, run_part


def main() -> int:
    """Measure and print."""
    chosen = _arguments()
    if chosen.list:
        for part in PARTS:
            print(f"{part.name:12s} {part.about}")
        return 0
    builds = {"now": Path(sys.executable)}
    if chosen.before:
        builds = {"before": _python_of(chosen.before), **builds}
    names = chosen.only or [part.name for part in PARTS]
    with tempfile.TemporaryDirectory(prefix="real-size-", dir=chosen.scratch) as scratch:
        settings = Settings(
            scratch=scratch,
            seed=chosen.seed,
            accounts=chosen.accounts,
            known=chosen.known,
            hours=chosen.hours,
            seconds=chosen.seconds,
            live_hours=chosen.live_hours,
            speed=chosen.speed,
        )
        rows = measure_all(names, builds, settings, chosen.rounds)
    text = table(rows)
    print(text)
    if chosen.json:
        found = {
            "machine": describe(),
            "rows": {build: [row.as_json() for row in each] for build, each in rows.items()},
        }
        chosen.json.write_text(json.dumps(found, indent=1) + "\n")
    return 1 if any(row.verdict in ("MISS", "not measured") for row in rows["now"]) else 0


def measure_all(names: list[str], builds: dict[str, Path], settings: Settings, rounds: int) -> dict[str, list[Row]]:
    """Rows of every build, the median of the rounds; builds in turns."""
    found: dict[str, dict[str, list[Row]]] = {build: {} for build in builds}
    for name in names:
        for _ in range(rounds):
            for build, python in builds.items():
                began = time.monotonic()
                for row in run_part(name, python, settings.of_build(build), Bounds()):
                    found[build].setdefault(row.what, []).append(row)
                print(f"{name}, {build}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return {build: [_median(rows) for rows in each.values()] for build, each in found.items()}


def _median(rows: list[Row]) -> Row:
    values = [row.value for row in rows if row.value is not None]
    return replace(rows[-1], value=statistics.median(values)) if values else rows[-1]


def _python_of(checkout: Path) -> Path:
    python = checkout / ".venv" / "bin" / "python"
    if not python.exists():
        raise SystemExit(f"{checkout}: no .venv/bin/python there; --before names a checkout with its environment")
    return python.absolute()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", choices=sorted(BY_NAME), metavar="PART")
    parser.add_argument("--before", type=Path, metavar="CHECKOUT")
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--live-hours", type=float, default=0.25, help="part hours")
    parser.add_argument("--speed", type=float, default=1.0, help="of the exchange's time, part live")
    parser.add_argument("--accounts", type=int, default=300_000)
    parser.add_argument("--known", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--scratch", type=Path, help="where the temporary folder is made")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--list", action="store_true", help="name the parts and end")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
