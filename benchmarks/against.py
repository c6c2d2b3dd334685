"""This build beside others, in turns, row by row; a row that costs more than 5 % over another build is named.

    python benchmarks/against.py REF [REF ...] [--only FILE ...] [--seconds 8] [--shared] [--json FILE] [--list]

REF is a commit (checked out under .bench/) or the folder of a checkout. Rows are the files of against/rows/, their
titles and what is wanted of them stand in against/table.py. Exit code 1 where a row is slower, asked twice; 2 where a
build is not to be had.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from against.builds import Build, BuildError, other_build, this_build
from against.show import Line, as_text, lines, suspects
from against.turns import ROWS, Measured, Plan, measure
from machine import describe

AGAIN = 3
"""So many times as long a suspected row is asked the second time."""


def main() -> int:
    """Measure and print."""
    there = {path.stem: path for path in sorted(ROWS.glob("[!_]*.py"))}
    chosen = _arguments(list(there))
    if chosen.list:
        print("\n".join(there))
        return 0
    if not chosen.ref:
        print("name a commit or a checkout to compare with: make bench AGAINST=v0.1.0", file=sys.stderr)
        return 2
    try:
        builds = [*(other_build(ref, is_shared=chosen.shared) for ref in chosen.ref), this_build()]
    except BuildError as reason:
        print(reason, file=sys.stderr)
        return 2
    others = [build.name for build in builds[:-1]]
    began, listed = time.monotonic(), []
    for name in chosen.only or there:
        file_began = time.monotonic()
        listed += of_file(there[name], builds, chosen.seconds)
        print(f"{name}: {time.monotonic() - file_began:.0f} s", file=sys.stderr, flush=True)
    print(as_text(listed, others))
    slower = [line.title for line in listed if line.verdict == "SLOWER"]
    print(f"\n{time.monotonic() - began:.0f} s; slower than 5 %: {'; '.join(slower) or 'none'}")
    if chosen.json:
        found = {"machine": describe(), "rows": [asdict(line) for line in listed]}
        chosen.json.write_text(json.dumps(found, indent=1) + "\n")
    return 1 if slower else 0


def of_file(path: Path, builds: list[Build], seconds: float) -> list[Line]:
    """Lines of a file of rows. What looks slower is asked again by new processes, longer, in the other order."""
    first = measure(path, builds, Plan(seconds=seconds))
    for build, why in first.missing.items():
        print(f"{path.stem}, {build}: not there, {why}", file=sys.stderr, flush=True)
    others = [build.name for build in builds[:-1]]
    doubted = suspects(first, others)
    again = Measured()
    if doubted:
        print(f"{path.stem}: asking again: {', '.join(doubted)}", file=sys.stderr, flush=True)
        plan = Plan(fewest=AGAIN * Plan.fewest, most=AGAIN * Plan.most, seconds=AGAIN * seconds)
        again = measure(path, builds[::-1], plan, doubted)
    return lines(first, again, others)


def _arguments(there: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("ref", nargs="*", metavar="REF", help="a commit, or the folder of a checkout")
    parser.add_argument("--only", action="append", choices=there, metavar="FILE")
    parser.add_argument("--seconds", type=float, default=Plan.seconds, help="of turns a file, after five rounds")
    parser.add_argument("--shared", action="store_true", help="all builds in this environment, whatever they pin")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--list", action="store_true", help="name the files of rows and end")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
