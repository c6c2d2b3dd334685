"""Processor time of a mistake, a first and a repeated question on a recording, this build and another in turns.

    python benchmarks/commands.py [--before /path/to/other/python] [--recording FOLDER] [--rounds 3] [--json]

Every command is a process of its own; its seconds of processor time count, those of its children too, which a busy
machine stretches less than time on the wall. Each build keeps what it keeps in a cache of its own, new in each round.

--before     the Python of an environment with another build installed; without it only this build is measured.
--recording  a recorded market; by default one is made up: 24 snapshots of 200 accounts.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars

ACCOUNTS, SNAPSHOTS, COINS = 200, 24, 30
QUESTION = ("map", "C0")
COMMANDS = {
    "mistyped command": ("mapp", "C0"),
    "mistyped time": (*QUESTION, "--at", "noon"),
    "folder that is not there": (*QUESTION, "--recording", "nowhere"),
    "mistyped coin, first": ("map", "C0C"),
    "mistyped coin, again": ("map", "C0C"),
    "mistyped address": ("account", "0x12"),
    "question, first": QUESTION,
    "question, again": QUESTION,
}
"""In this order in each round; the recording is named where no other folder is."""
TARGETS = {name: 1.0 if name == "question, again" else 0.4 for name in COMMANDS if name != "question, first"}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--before", type=Path)
    parser.add_argument("--recording", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    builds = {"now": Path(sys.executable)} | ({} if asked.before is None else {"before": asked.before})
    taken: dict[str, dict[str, list[float]]] = {build: {name: [] for name in COMMANDS} for build in builds}
    with tempfile.TemporaryDirectory() as made:
        recording, coin = asked.recording, "BTC"
        if recording is None:
            recording, coin = _write(Path(made) / "recording"), "C0"
        for number in range(asked.rounds):
            for build, python in builds.items():
                home = Path(made) / f"{build}-{number}"
                for name, words in COMMANDS.items():
                    seconds = _seconds(python, _line(words, coin, recording), home, is_mistake=words != QUESTION)
                    taken[build][name].append(seconds)
    rows = [
        {
            "name": f"{name}, {build}" if build != "now" else name,
            "value": float(np.median(values)),
            "unit": "s of processor",
            "target": TARGETS.get(name) if build == "now" else None,
        }
        for name in COMMANDS
        for build, values in ((build, taken[build][name]) for build in builds)
    ]
    if asked.json:
        print(json.dumps({"title": "Commands on a recording", "text": "A process each.", "figures": rows}))
        return 0
    for row in rows:
        print(f"{row['name']:<40} {row['value']:.2f} s")
    return 0


def _line(words: tuple[str, ...], coin: str, recording: Path) -> Iterator[str]:
    yield from (word.replace("C0", coin) for word in words)
    if "--recording" not in words:
        yield from ("--recording", str(recording))


def _seconds(python: Path, line: Iterator[str], home: Path, *, is_mistake: bool) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "XDG_CACHE_HOME": str(home), "LIQSCAPE_CACHE": "1"}
    call = [str(python), "-c", "import sys; from liqscape.cli.main import main; sys.exit(main())", *line]
    subprocess.run(call, env=environment, capture_output=True, check=not is_mistake)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _write(folder: Path) -> Path:
    """Accounts that hold eight of the coins each, marks that wander, a published price for most."""
    random = np.random.default_rng(3)
    rows = []
    marks = 10.0 ** random.uniform(0, 4, COINS)
    held = [random.choice(COINS, 8, replace=False) for _ in range(ACCOUNTS)]
    for snapshot in range(SNAPSHOTS):
        time = (datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=5 * snapshot)).isoformat()
        marks = np.round(marks * (1.0 + random.normal(0, 0.01, COINS)), 4)
        for owner, coins in enumerate(held):
            for coin in coins.tolist():
                size = round(float(random.uniform(-50, 50)), 3) or 1.0
                now = float(marks[coin])
                rows.append(
                    {
                        "snapshot_ts": time,
                        "address": f"0x{owner + 1:040x}",
                        "coin": f"C{coin}",
                        "szi": size,
                        "entry_px": now,
                        "leverage": 5,
                        "position_value": abs(size) * now,
                        "unrealized_pnl": 0.0,
                        "liquidation_px": round(now * (0.8 if size > 0 else 1.2), 4),
                    }
                )
    folder.mkdir()
    polars.DataFrame(rows).write_parquet(folder / "positions.parquet")
    return folder


if __name__ == "__main__":
    raise SystemExit(main())
