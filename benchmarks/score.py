"""What scoring stored history costs an hour of it, and what a year would: one worker, then several.

    python benchmarks/score.py --history FOLDER [--json] [--workers 2] [--pieces 6]

FOLDER is the data folder of a demo (`liqscape demo --days 3`); it is read, nothing is written to it. A year is worked
out from its hours: 8,760 times one. Processor time stands beside each wall time, for the ratio of workers is only true
on a quiet machine. Kernels are compiled and loaded, and processes started, before the clock starts.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

from liqscape.service.scoring.pieces import ScoreTask, score_piece
from liqscape.service.scoring.run import ScoreWanted, wanted_days
from liqscape.service.studying.executors import ProcessExecutor
from liqscape.store.history import HistoryReader

YEAR_HOURS = 8_760
TARGET_MINUTES, TARGET_RATIO = 20.0, 0.6
Rows = list[dict[str, object]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--history", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pieces", type=int, default=6)
    chosen = parser.parse_args()
    reader = HistoryReader(chosen.history)
    days = wanted_days(reader, ScoreWanted())
    coins = reader.coins_ever
    task = ScoreTask(data=chosen.history, first_day=days[0], last_day=days[-1], coins=coins)
    rows = one_worker(task) + several(task, chosen.workers, chosen.pieces)
    for row in rows:
        print(f"{row['name']}: {row['value']:.4g} {row['unit']}  {row['note']}", flush=True)
    if chosen.json:
        print(json.dumps({"title": "Scores", "text": (__doc__ or "").split("\n\n")[0], "figures": rows}))


def one_worker(task: ScoreTask) -> Rows:
    """The whole history in this process, twice: the first time loads."""
    score_piece(task)
    began, began_cpu = time.perf_counter(), time.process_time()
    pieces = score_piece(task)
    wall, used = time.perf_counter() - began, time.process_time() - began_cpu
    hours = sum(piece.hour_count for piece in pieces)
    year = used / hours * YEAR_HOURS / 60.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    note = f"of {hours} hours; {1e3 * wall / hours:.0f} ms on the clock"
    return [
        _figure(f"an hour of {len(task.coins)} coins scored, one worker", 1e3 * used / hours, "ms", note),
        _figure("a year of it, extrapolated", year, "min", f"processor time, {YEAR_HOURS} hours", TARGET_MINUTES),
        _figure("memory of the process at its highest", peak, "MB", ""),
    ]


def several(task: ScoreTask, workers: int, count: int) -> Rows:
    """The same history so many times, by one process and by several."""
    wall, used = {}, {}
    for number in (1, workers):
        executor = ProcessExecutor(number)
        try:
            list(executor.map(score_piece, [task] * number))  # started, loaded
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            began = time.perf_counter()
            list(executor.map(score_piece, [task] * count))
            wall[number] = time.perf_counter() - began
        finally:
            executor.close()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used[number] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    note = (
        f"{wall[workers]:.1f} s against {wall[1]:.1f} s for {count} times the history; with their start "
        f"{used[workers]:.1f} and {used[1]:.1f} s of processor time"
    )
    return [_figure(f"{workers} workers against one", wall[workers] / wall[1], "of the time", note, TARGET_RATIO)]


def _figure(name: str, value: float, unit: str, note: str, target: float | None = None) -> dict[str, object]:
    return {"name": name, "value": value, "unit": unit, "note": note, "target": target, "wanted": "at most"}


if __name__ == "__main__":
    main()
