"""Time to read and solve a recorded market with and without markets.parquet, in turns in one run.

    python benchmarks/learning.py [--recording FOLDER] [--snapshots N] [--turns N]

Without the file maximum leverages are learnt from the published prices (docs/accuracy.md).
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import polars

from liqscape.sources.recording.solved import SolvedRecording


def main() -> None:
    parser = argparse.ArgumentParser()
    recorded = Path(os.environ.get("LIQSCAPE_RECORDED", "../shared/data"))
    parser.add_argument("--recording", type=Path, default=recorded / "market_2026_02")
    parser.add_argument("--snapshots", type=int, default=0, help="only the first ones; 0: all")
    parser.add_argument("--turns", type=int, default=3)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folders = {kind: Path(name) / kind for kind in ("with", "without")}
        rows = _write(folders, wanted.recording, wanted.snapshots)
        took: dict[str, list[float]] = {kind: [] for kind in folders}
        _solve(folders["with"])
        for _ in range(wanted.turns):
            for kind, folder in folders.items():
                took[kind].append(_solve(folder))
    for kind, seconds in took.items():
        middle = statistics.median(seconds)
        print(f"{kind:8} {middle:6.2f} s, {middle / rows * 1e6:5.1f} us a row of {rows}")
    print(f"without / with: {statistics.median(took['without']) / statistics.median(took['with']):.2f}")


def _write(folders: dict[str, Path], recording: Path, snapshots: int) -> int:
    table = polars.read_parquet(recording / "positions.parquet")
    if snapshots:
        times = table["snapshot_ts"].unique().sort()[:snapshots]
        table = table.filter(polars.col("snapshot_ts").is_in(times.implode()))
    for folder in folders.values():
        folder.mkdir()
        table.write_parquet(folder / "positions.parquet")
    shutil.copyfile(recording / "markets.parquet", folders["with"] / "markets.parquet")
    return table.height


def _solve(folder: Path) -> float:
    began = time.perf_counter()
    solved = SolvedRecording.read(folder)
    assert len(solved.inference.votes)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
